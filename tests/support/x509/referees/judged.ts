/** Every case with all verdicts. Java's are recorded (java-verdicts.json), because tests need no Java. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "../../../../provider/x509/finding.ts";
import { lintCertificate } from "../../../../provider/x509/lint/lint.ts";
import { formCases } from "./cases-form.ts";
import { keyCases } from "./cases-keys.ts";
import { nameCases } from "./cases-names.ts";
import { pathCases } from "./cases-path.ts";
import { usageCases } from "./cases-usage.ts";
import { goVerdicts } from "./go.ts";
import { eachOf, opensslVerdict } from "./openssl.ts";
import type { PathCase } from "./path-world.ts";

export interface Judged {
  readonly of: PathCase;
  /** Rejections; "" if it is accepted. */
  readonly openssl: string;
  readonly strict: string;
  readonly go: string;
  /**
   * Undefined if there is no record. Java's path validation does not check host names, so it has no verdict on names.
   */
  readonly java: string | undefined;
  readonly ours: readonly Finding[];
}

const JAVA = join(__dirname, "../java-verify");
const RECORD = join(JAVA, "verdicts.json");

export async function judgeAll(): Promise<readonly Judged[]> {
  const cases = [...pathCases(), ...usageCases(), ...formCases(), ...keyCases(), ...nameCases()];
  const at = Date.now();
  const openssl = await eachOf(cases, async (one) => {
    const plain = await opensslVerdict({ ...one, at }, { strict: false });
    // Strict checks are additional: what is rejected without them is rejected with them.
    return { plain, strict: plain || (await opensslVerdict({ ...one, at }, { strict: true })) };
  });
  const go = await goVerdicts(cases.map(({ leaf, chain, root, host }) => ({ leaf, chain, root, host, at })));
  if (process.env.QWILT_RECORD_JAVA === "1") recordJava(cases);
  const java = new Map(Object.entries(JSON.parse(readFileSync(RECORD, "utf8")) as Record<string, string>));
  return cases.map((of, index) => ({
    of,
    openssl: openssl[index]?.plain ?? "",
    strict: openssl[index]?.strict ?? "",
    go: go[index]?.refusal ?? "",
    java: java.get(of.title),
    ours: lintCertificate({
      certificate: of.leaf,
      certificateChain: of.chain,
      ...(of.host === undefined ? {} : { hosts: [of.host] }),
      now: at,
    }),
  }));
}

/** Java's rejections by title, for docs and for tests without Java. */
function recordJava(cases: readonly PathCase[]): void {
  const folder = mkdtempSync(join(tmpdir(), "java-verify-"));
  const asked = cases.filter(({ host }) => host === undefined);
  try {
    for (const [index, { leaf, chain, root }] of asked.entries()) {
      const of = join(folder, String(index));
      mkdirSync(of);
      for (const [name, text] of Object.entries({ leaf, chain, root })) writeFileSync(join(of, `${name}.pem`), text);
    }
    const output = execFileSync("java", [join(JAVA, "PkixVerify.java"), folder], { encoding: "utf8" });
    const said = new Map(output.split("\n").map((line) => line.split("\t") as [string, string]));
    const record = Object.fromEntries(
      asked.map(({ title }, index) => [title, said.get(String(index)) ?? "not judged"]),
    );
    writeFileSync(RECORD, `${JSON.stringify(record, undefined, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (!existsSync(RECORD)) throw new Error("nothing was recorded");
}
