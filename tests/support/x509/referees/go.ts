/** Go's verdicts, from the program in tests/support/go-verify, many per call. */
import { execFileSync } from "node:child_process";

export interface GoQuestion {
  readonly leaf?: string;
  readonly chain?: string;
  readonly root?: string;
  readonly host?: string | undefined;
  readonly at?: number;
  readonly certificates?: string;
  readonly key?: string;
  /** Each character of `certificates` and `key` is a byte. */
  readonly latin1?: boolean;
}

export interface GoAnswer {
  /** "" if Go accepts it. */
  readonly refusal: string;
  readonly count: number;
}

/** @throws with one line that says what to install, if Go is missing */
export async function goVerdicts(
  questions: readonly GoQuestion[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly GoAnswer[]> {
  // An ES module; the path is not a literal, so that the compiler does not look for its types.
  const tool = "../../../../tools/go-verify.mjs";
  const { ensureGoVerify } = (await import(tool)) as { ensureGoVerify: (env: NodeJS.ProcessEnv) => Promise<string> };
  const program = await ensureGoVerify(env);
  const output = execFileSync(program, { input: JSON.stringify(questions), encoding: "utf8", maxBuffer: 1 << 26 });
  return JSON.parse(output) as readonly GoAnswer[];
}
