/**
 * When a 404 is believed. It may come from a proxy that misroutes or from a copy of the data that lags behind, and
 * what is believed to be gone leaves the stack's state while it goes on existing. So a second look has to agree.
 */
import { ApiError, orFalse, orUndefined } from "./api-error.ts";

/** undefined: the object was not found twice. */
export async function absentOr<T>(look: () => Promise<T>): Promise<T | undefined> {
  return (await orUndefined(look())) ?? (await orUndefined(look()));
}

/**
 * A list that belongs to an object. undefined: the object itself is not there.
 * @throws QWILT_API_UNEXPECTED_ANSWER when the object is there and its list stays missing
 */
export async function contentsOf<T>(look: () => Promise<T>, exists: () => Promise<boolean>): Promise<T | undefined> {
  const first = await orUndefined(look());
  if (first !== undefined) return first;
  if (!(await exists())) return undefined;
  return unlessContradicted(look, "though what it belongs to is there");
}

/**
 * @returns false when it was gone already
 * @throws QWILT_API_UNEXPECTED_ANSWER when it is there and its deletion says that it is not
 */
export async function removed(remove: () => Promise<void>, exists: () => Promise<boolean>): Promise<boolean> {
  if (await orFalse(remove())) return true;
  if (!(await exists())) return false;
  await unlessContradicted(remove, "though it is there");
  return true;
}

async function unlessContradicted<T>(call: () => Promise<T>, though: string): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.code !== "QWILT_NOT_FOUND") throw thrown;
    throw new ApiError({
      code: "QWILT_API_UNEXPECTED_ANSWER",
      what: `Qwilt says twice that this does not exist (status 404), ${though}.`,
      ...(thrown.where === undefined ? {} : { where: thrown.where }),
      todo: "run the command again later; if it stays, show this text to Qwilt support",
      status: 404,
      outcome: "not-done",
      reading: thrown.reading,
      cause: thrown,
    });
  }
}
