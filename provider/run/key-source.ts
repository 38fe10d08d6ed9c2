/** Where a private key is fetched from. The reference is stored in the state; the key never is. */
import { execFile } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";

const SHAPE = 'give exactly one of { env: "NAME" }, { file: "path" } and { command: ["program", "argument"] }';

/** Where the private key is read from: exactly one of the three. */
export const KeyReference = z
  .strictObject({
    /** Environment variable of the process that runs `pulumi`. */
    env: z.string().min(1).optional(),
    /** File, relative to the folder of the program. */
    file: z.string().min(1).optional(),
    /** Program and its arguments, run without a shell when the certificate is sent to Qwilt; it prints the key. */
    command: z.tuple([z.string().min(1)], z.string()).optional(),
  })
  .refine((ways) => Object.values(ways).filter((way) => way !== undefined).length === 1, { error: SHAPE });
export type KeyReference = z.infer<typeof KeyReference>;

export type KeyLook =
  | { readonly kind: "found"; readonly pem: string }
  | { readonly kind: "absent"; readonly why: string }
  /** The reference is a command, which only an upload runs. */
  | { readonly kind: "later" };

export type KeyFetched = Exclude<KeyLook, { readonly kind: "later" }>;

/** More than any PEM key: a wrong path must not load a disk image into memory. */
const SIZE_LIMIT = 1024 * 1024;
const STDERR_SHOWN = 300;
export const COMMAND_LIMIT_MS = 60_000;

/** Cheap enough for every preview: a command is not run. Never throws. */
export function lookForKey({ env: name, file, command }: KeyReference, env: NodeJS.ProcessEnv = process.env): KeyLook {
  if (command !== undefined) return { kind: "later" };
  return file === undefined ? readVariable(name ?? "", env) : readKeyFile(file);
}

function readVariable(name: string, env: NodeJS.ProcessEnv): KeyFetched {
  const value = env[name];
  if (value === undefined || value.trim() === "") return absent(`the environment variable ${name} is not set`);
  // Many pipelines keep a variable on one line.
  return { kind: "found", pem: value.includes("\n") ? value : value.replaceAll("\\n", "\n") };
}

function readKeyFile(file: string): KeyFetched {
  try {
    if (statSync(file).size > SIZE_LIMIT) return absent(`the file ${file} is too large for a key`);
    const pem = readFileSync(file, "utf8");
    return pem.trim() === "" ? absent(`the file ${file} is empty`) : { kind: "found", pem };
  } catch (thrown) {
    const code = typeof thrown === "object" && thrown !== null && "code" in thrown ? thrown.code : "unknown error";
    return absent(`the file ${file} cannot be read (${code})`);
  }
}

export interface CommandOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/** Like `lookForKey`, but runs a command. */
export async function fetchKeyFrom(reference: KeyReference, options: CommandOptions = {}): Promise<KeyFetched> {
  const look = lookForKey(reference);
  if (look.kind !== "later") return look;
  return reference.command === undefined ? absent("nothing is given") : runKeyCommand(reference.command, options);
}

/** Standard output is the key; standard error goes into the reason of a failure, shortened. */
export function runKeyCommand(
  command: readonly [string, ...string[]],
  options: CommandOptions = {},
): Promise<KeyFetched> {
  const [program, ...args] = command;
  const timeout = options.timeoutMs ?? COMMAND_LIMIT_MS;
  return new Promise((resolve) => {
    const settings = { timeout, maxBuffer: SIZE_LIMIT, killSignal: "SIGKILL", encoding: "utf8" } as const;
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    const child = execFile(program, args, { ...settings, ...signal }, (error, stdout, stderr) => {
      if (error !== null) return resolve(absent(`the command ${program} ${failureOf(error, timeout)}${said(stderr)}`));
      if (stdout.trim() === "") return resolve(absent(`the command ${program} printed nothing${said(stderr)}`));
      resolve({ kind: "found", pem: stdout });
    });
    // A program that prompts gets end-of-file instead of waiting.
    child.stdin?.on("error", () => undefined).end();
  });
}

/** The error's own message repeats the whole command line, whose arguments may be secret. */
function failureOf(error: Error & { code?: string | number | null; killed?: boolean }, timeoutMs: number): string {
  if (error.name === "AbortError") return "was stopped, the run was interrupted";
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return "printed more than any key";
  if (error.killed === true) return `did not end within ${Math.round(timeoutMs / 1_000)} s`;
  return typeof error.code === "number"
    ? `exited with code ${error.code}`
    : `could not be run (${error.code ?? "killed"})`;
}

/** A failing program may have printed the key, whole or in parts, in any of the formats that OpenSSL uses. */
function said(stderr: string): string {
  const text = stderr
    .replace(/-----BEGIN [^-]*-----[\s\S]*?(-----END [^-]*-----|$)/g, "(PEM)")
    .split(/\r?\n/)
    .map((line) => (ONE_WORD.test(line) || !ONE_TOKEN.test(line) ? line : HIDDEN))
    .join(" ")
    .replace(/[\s\p{Cc}]+/gu, " ")
    .replace(HEX_PAIRS, HIDDEN)
    .replace(/[A-Za-z0-9+/_=-]{40,}/g, HIDDEN)
    .replace(/(?:\(\.\.\.\)\s*){2,}/g, `${HIDDEN} `)
    .trim();
  if (text === "") return "";
  return `: ${text.length <= STDERR_SHOWN ? text : `${text.slice(0, STDERR_SHOWN)} ...`}`;
}

const HIDDEN = "(...)";
/** "Forbidden.", "denied": a single word that is not key material. */
const ONE_WORD = /^\s*[A-Za-z]?[a-z]*[.!:]?\s*$/;
/** A line of a key that was wrapped, however narrow. */
const ONE_TOKEN = /^\s*(?!\(PEM\)\s*$)\S+\s*$/;
/** `openssl pkey -text`: 50:fe:52:09. */
const HEX_PAIRS = /\b[0-9a-f]{2}(?:[:\s]+[0-9a-f]{2}){3,}\b:?/gi;

function absent(why: string): KeyFetched {
  return { kind: "absent", why };
}
