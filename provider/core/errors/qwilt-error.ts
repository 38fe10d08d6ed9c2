/**
 * Errors as data: a code, details that are plain JSON, and a text that one place builds from both. An error is for a
 * person at 3 a.m.: what happened, where, one thing to do now. Code reads `code`, `details` and `call`, never the text.
 */
import type { ErrorCode } from "./codes.ts";
import { type Message, textOf } from "./message.ts";
import { applyNote, type Note } from "./notes.ts";

/**
 * "not-done": Qwilt rejected the request, or never received it. "unknown": a change may have been made although no usable
 * response came; observe before repeating.
 */
export type CallOutcome = "not-done" | "unknown";

/** Set for an error that comes from one call of Qwilt's API. */
export interface CallFacts {
  /** undefined: there was no response. */
  readonly status?: number | undefined;
  readonly outcome: CallOutcome;
  /** The call only reads: nothing was changed. */
  readonly reading: boolean;
}

export interface ErrorOptions {
  readonly cause?: unknown;
  readonly call?: CallFacts | undefined;
}

interface ErrorParts<C, D> extends ErrorOptions {
  readonly code: C;
  readonly details: D;
  readonly message: Message;
  readonly notes: readonly Note[];
}

export class QwiltError<C extends ErrorCode = ErrorCode, D extends object = object> extends Error {
  readonly code: C;
  readonly details: D;
  /** What has been done about the failure since, in order. */
  readonly notes: readonly Note[];
  readonly call: CallFacts | undefined;
  readonly what: string;
  readonly where: string | undefined;
  readonly todo: string;

  /** Called by the catalog and by `withNote`; everything else calls the constructor function of a code. */
  constructor({ code, details, message, notes, call, cause }: ErrorParts<C, D>) {
    super(textOf(message, code), cause === undefined ? undefined : { cause });
    this.name = "QwiltError";
    this.code = code;
    this.details = details;
    this.notes = notes;
    this.call = call;
    this.what = message.what;
    this.where = message.where;
    this.todo = message.todo;
  }
}

/** The constructor function of a code. */
export interface ErrorKind<C extends ErrorCode, D extends object> {
  (details: D, options?: ErrorOptions): QwiltError<C, D>;
  readonly code: C;
  is(thrown: unknown): thrown is QwiltError<C, D>;
}

export function defineError<C extends ErrorCode, D extends object>(
  code: C,
  describe: (details: D) => Message,
): ErrorKind<C, D> {
  const create = (details: D, options: ErrorOptions = {}) =>
    new QwiltError({ ...options, code, details, message: describe(details), notes: [] });
  const is = (thrown: unknown): thrown is QwiltError<C, D> => thrown instanceof QwiltError && thrown.code === code;
  return Object.assign(create, { code, is });
}

/** The same error with a note on what has been done about it since. */
export function withNote<C extends ErrorCode, D extends object>(error: QwiltError<C, D>, note: Note): QwiltError<C, D> {
  const { code, details, call, notes } = error;
  return new QwiltError({
    code,
    details,
    call,
    message: applyNote(error, note),
    notes: [...notes, note],
    cause: error,
  });
}

/** An error inside the details of another error. */
export interface QuotedError {
  /** undefined: not a QwiltError. */
  readonly code?: ErrorCode;
  readonly what: string;
}

export function quote(thrown: unknown): QuotedError {
  return thrown instanceof QwiltError ? { code: thrown.code, what: thrown.what } : { what: String(thrown) };
}
