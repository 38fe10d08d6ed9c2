/** Errors of calls of Qwilt's API: what they tell about the object, and about what was done. */
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

/** Qwilt rejects the request because of what is there: something linked, published or in progress. */
export function isConflict(thrown: unknown): thrown is CallError {
  return isCallError(thrown) && conflict.is(thrown);
}

/** A look failed, not a change. */
export function isFailedRead(thrown: unknown): thrown is CallError {
  return isCallError(thrown) && thrown.call.reading;
}

/** A change may have been made: observe before repeating it. */
export function isOutcomeUnknown(thrown: unknown): thrown is CallError {
  return isCallError(thrown) && thrown.call.outcome === "unknown";
}

/** Absence as a value. */
export async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    if (isNotFound(thrown)) return undefined;
    throw thrown;
  }
}

/** Whether there was something to remove. */
export async function orFalse(call: Promise<void>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (thrown) {
    if (isNotFound(thrown)) return false;
    throw thrown;
  }
}
