import type { Assumptions } from "./assumptions.ts";
import type { Clock } from "./clock.ts";
import type { AcmeOrders } from "./issuance/acme-orders.ts";
import type { Issuer } from "./issuance/issuer.ts";
import type { KeyPool } from "./issuance/key-pool.ts";
import type { EdgeState } from "./publishing/edge-state.ts";
import type { Publisher } from "./publishing/publisher.ts";
import type { Scheduler } from "./scheduler.ts";
import type { Store } from "./store/store.ts";

/** The user that may log in. */
export interface Account {
  readonly username: string;
  readonly password: string;
}

/** What the two HTTP servers operate on. */
export interface EmulatorContext {
  readonly store: Store;
  readonly clock: Clock;
  readonly rules: Assumptions;
  readonly edge: EdgeState;
  readonly publisher: Publisher;
  readonly issuer: Issuer;
  readonly keys: KeyPool;
  /** Orders at an ACME CA, if one is configured. */
  readonly acme: AcmeOrders | undefined;
  readonly scheduler: Scheduler;
  readonly account: Account;
  /** The first one is the default of a login; the account belongs to all of them. */
  readonly organisations: readonly string[];
  /** False once the emulator is closing. */
  readonly isOpen: () => boolean;
  /** Deletes everything and restores the state of the first start. */
  readonly reset: () => void;
}
