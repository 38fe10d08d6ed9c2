/**
 * Converts between the engine's sentinels and the core's UNKNOWN, so that the core cannot mistake a sentinel for a
 * string.
 */
import { UNKNOWN } from "../run/lifecycle.ts";

/** What @pulumi/pulumi sends for an unknown of any type (sdk/nodejs/runtime/rpc.ts, unknownValue). */
export const SENTINEL = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The engine's sentinels: string, bool, number, array, asset, archive, object (pkg/resource/plugin/rpc.go). */
const SENTINELS = new Set([
  SENTINEL,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

export function isSentinel(value: unknown): boolean {
  return typeof value === "string" && SENTINELS.has(value);
}

/** True when the value, or anything inside it, is unknown (sentinel or marker). */
export function containsUnknown(value: unknown): boolean {
  if (value === UNKNOWN || isSentinel(value)) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  if (value !== null && typeof value === "object") return Object.values(value).some(containsUnknown);
  return false;
}

/** A property that contains an unknown anywhere is UNKNOWN as a whole in the core. */
export function toCore(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([key, value]) => [key, containsUnknown(value) ? UNKNOWN : value]),
  );
}

/** Facts derived from unknowns are unknown to the engine as well. */
export function toEngine(value: unknown): unknown {
  if (value === UNKNOWN) return SENTINEL;
  if (Array.isArray(value)) return value.map(toEngine);
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toEngine(inner)]));
  }
  return value;
}
