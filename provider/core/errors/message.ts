/** The three parts of an error's text. */
import type { ErrorCode } from "./codes.ts";

export interface Message {
  /** What happened, past tense, with numbers. Never a secret, key or token. */
  readonly what: string;
  /** Resource, ID or request. */
  readonly where?: string | undefined;
  /** One thing to do now. */
  readonly todo: string;
}

export function textOf({ what, where, todo }: Message, code: ErrorCode): string {
  const lines = [what];
  if (where !== undefined) lines.push(`  where: ${where}`);
  lines.push(`  do: ${todo} [${code}]`);
  return lines.join("\n");
}

/** The text of Qwilt's response, as a sentence after ours; redacted by the caller. */
export function returned(serverText: string): string {
  return serverText === "" ? "" : ` Qwilt returned: ${asSentence(serverText)}`;
}

export function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
