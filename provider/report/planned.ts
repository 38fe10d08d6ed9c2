/** A preview as the report reads it. */
import type { PlannedResource } from "../policies/planned.ts";
import type { ExpiryWarning } from "../x509/expiry.ts";

export type Severity = "info" | "warning" | "error";

export interface Said {
  readonly severity: Severity;
  readonly text: string;
}

/** One resource of this package. */
export interface Planned extends PlannedResource {
  readonly op: string;
  /** By input: URNs of the resources that its value comes from. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  readonly said: readonly Said[];
}

export interface Preview {
  readonly planned: readonly Planned[];
  /** Messages that belong to no resource of this package. */
  readonly said: readonly Said[];
  /** Number of steps of other packages by operation, without unchanged resources. */
  readonly others: Readonly<Record<string, number>>;
  /** The preview has compared the state with what exists at Qwilt. */
  readonly isRefreshed: boolean;
  /** `qwilt:expiryWarningDays` of the stack. */
  readonly expiryWarning: ExpiryWarning;
  /** URNs of the resources that their inputs come from; undefined: unknown, as in events. */
  readonly usedByOthers: ReadonlySet<string> | undefined;
}
