/** Errors of calls to Qwilt's API: what they mean for the object, and whether anything was changed. */
import { type CallFacts, QwiltError } from "../../core/errors/qwilt-error.ts";
import { conflict, notFound } from "../../core/errors/response-errors.ts";

export type CallError = QwiltError & { readonly call: CallFacts };

export function isCallError(thrown: unknown): thrown is CallError {
  return thrown instanceof QwiltError && thrown.call !== undefined;
}

/** Qwilt's response says that the object does not exist. */
export function isNotFound(thrown: unknown): thrown is CallError {
  return isCallError(thrown) && notFound.is(thrown);
}

/** Qwilt rejected the request because of the current state: something linked, published or in progress. */
export function isConflict(thrown: unknown): thrown is CallError {
  return isCallError(thrown) && conflict.is(thrown);
}

/** A read failed; nothing was changed. */
export function isFailedRead(thrown: unknown): thrown is CallError {
  return isCallError(thrown) && thrown.call.reading;
}

/** A change may have been made: observe before repeating it. */
export function isOutcomeUnknown(thrown: unknown): thrown is CallError {
  return isCallError(thrown) && thrown.call.outcome === "unknown";
}

/** Returns undefined instead of throwing QWILT_NOT_FOUND. */
export async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** Returns false if there was nothing to delete. */
export async function orFalse(call: Promise<void>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (thrown) {
    if (isNotFound(thrown)) return false;
    throw thrown;
  }
}
