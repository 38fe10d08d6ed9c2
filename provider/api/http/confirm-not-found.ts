/**
 * When a 404 is believed. It may come from a proxy that misroutes or from a copy of the data that lags behind, and
 * what is believed to be gone leaves the stack's state while it goes on existing. So a second look has to agree.
 */
import { unexpectedResponse } from "../../core/errors/unexpected-response.ts";
import { isNotFound, orFalse, orUndefined } from "./api-error.ts";

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
  return unlessContradicted(look, "parent");
}

/**
 * @returns false when it was gone already
 * @throws QWILT_API_UNEXPECTED_ANSWER when it is there and its deletion says that it is not
 */
export async function removed(remove: () => Promise<void>, exists: () => Promise<boolean>): Promise<boolean> {
  if (await orFalse(remove())) return true;
  if (!(await exists())) return false;
  await unlessContradicted(remove, "object");
  return true;
}

async function unlessContradicted<T>(call: () => Promise<T>, exists: "object" | "parent"): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    if (!isNotFound(thrown)) throw thrown;
    throw unexpectedResponse(
      { reason: "contradiction", request: thrown.where, exists },
      { cause: thrown, call: { status: 404, outcome: "not-done", reading: thrown.call.reading } },
    );
  }
}
