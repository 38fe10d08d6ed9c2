import { type ErrorParts, QwiltError } from "../../core/errors.ts";

/**
 * "not-done": the service refused, or never saw it. "unknown": a change may have been made although no usable answer
 * came; observe before repeating.
 */
export type CallOutcome = "not-done" | "unknown";

export interface ApiErrorParts extends ErrorParts {
  readonly status?: number | undefined;
  readonly outcome: CallOutcome;
  /** Default false. */
  readonly reading?: boolean;
}

/** A call that failed. `code` tells how, `status` is what the service answered, if it did. */
export class ApiError extends QwiltError {
  readonly status: number | undefined;
  readonly outcome: CallOutcome;
  /** It was only to be read: nothing is known, and nothing was changed. */
  readonly reading: boolean;

  constructor(parts: ApiErrorParts) {
    super(parts);
    this.name = "ApiError";
    this.status = parts.status;
    this.outcome = parts.outcome;
    this.reading = parts.reading ?? false;
  }
}

/** The service says that the object does not exist. */
export function isNotFound(thrown: unknown): thrown is ApiError {
  return thrown instanceof ApiError && thrown.code === "QWILT_NOT_FOUND";
}

/** The service refuses because of what is there: something linked, published or in progress. */
export function isConflict(thrown: unknown): thrown is ApiError {
  return thrown instanceof ApiError && thrown.code === "QWILT_CONFLICT";
}

/** A look failed, not a change. */
export function isFailedRead(thrown: unknown): thrown is ApiError {
  return thrown instanceof ApiError && thrown.reading;
}

/** A change may have been made: observe before repeating it. */
export function isOutcomeUnknown(thrown: unknown): thrown is ApiError {
  return thrown instanceof ApiError && thrown.outcome === "unknown";
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
