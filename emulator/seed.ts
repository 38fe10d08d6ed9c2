import type { Clock } from "./clock.ts";
import { apiKeyText } from "./http/api-keys.ts";
import { secretHash } from "./ids.ts";
import type { Store } from "./store/store.ts";

export interface Origin {
  readonly organisation: string;
  /** Time of the very first start. The key of the start line is derived from it, so it survives a reset. */
  readonly createdAtMs: number;
}

/** The key of the start line has this id. */
const startKeyId = "1";
/** Unlike other keys it is valid longer than any campaign over virtual years. */
const startKeyDays = 365 * 100;

export function readOrigin({ meta }: Store): Origin | undefined {
  const organisation = meta.get("organisation");
  return organisation === undefined ? undefined : { organisation, createdAtMs: Number(meta.get("created at ms")) };
}

/** Fills an empty store: the organization and the key of the start line. */
export function seedOrganization(
  store: Store,
  clock: Clock,
  { organisation, createdAtMs }: Origin,
  username: string,
): void {
  store.meta.set("organisation", organisation);
  store.meta.set("created at ms", String(createdAtMs));
  // Stores the frozen clock of the first start with the data, so that a restart continues with it.
  if (clock.isFrozen()) clock.freezeAt(clock.now());
  store.meta.next("api key");
  store.apiKeys.put({
    keyId: startKeyId,
    organisation,
    name: "start line",
    description: "Printed by the emulator when it starts",
    ttlDays: startKeyDays,
    permission: "editor",
    createdBy: username,
    createdAtMs,
    worksFromMs: 0,
    tokenHash: secretHash(startKey({ organisation, createdAtMs })),
  });
}

/** The same text at every start on the same data. */
export function startKey({ organisation, createdAtMs }: Origin): string {
  return apiKeyText(startKeyId, organisation, createdAtMs);
}
