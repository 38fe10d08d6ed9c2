/** A command's access to the machine. */
export interface Terminal {
  /** @throws as node:fs does when the file cannot be read */
  readFile(path: string): string;
  /** All of standard input. */
  readInput(): string;
  writeFile(path: string, text: string): void;
  /** Epoch milliseconds. */
  now(): number;
  out(text: string): void;
  error(text: string): void;
  readonly colours: boolean;
}

/** Exit codes of every command. */
export const EXIT = { ok: 0, errorsFound: 1, wrongUsage: 2 } as const;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission is denied",
  EISDIR: "it is a folder",
};

/** Why a file cannot be read or written. */
export function reasonOf(error: unknown): string {
  const code = typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error));
}
