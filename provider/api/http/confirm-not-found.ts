/**
 * When a 404 counts. It may come from a misrouting proxy or from a stale replica, and an object that is wrongly taken
 * for deleted would be dropped from the stack's state while it still exists. So a second request must confirm it.
 */
import { unexpectedResponse } from "../../core/errors/unexpected-response.ts";
import { isNotFound, orFalse, orUndefined } from "./api-error.ts";

/** undefined: two requests did not find the object. */
export async function findConfirmed<T>(look: () => Promise<T>): Promise<T | undefined> {
  return (await orUndefined(look())) ?? (await orUndefined(look()));
}

/**
 * A list that belongs to an object. undefined: the object itself does not exist.
 * @throws QWILT_API_UNEXPECTED_ANSWER if the object exists and its list stays missing
 */
export async function contentsOf<T>(look: () => Promise<T>, exists: () => Promise<boolean>): Promise<T | undefined> {
  const first = await orUndefined(look());
  if (first !== undefined) return first;
  if (!(await exists())) return undefined;
  return unlessContradicted(look, "parent");
}

/**
 * @returns false if the object did not exist
 * @throws QWILT_API_UNEXPECTED_ANSWER if the object exists although its deletion returned 404
 */
export async function removeConfirmed(remove: () => Promise<void>, exists: () => Promise<boolean>): Promise<boolean> {
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
