/** What a preview plans, as the report reads it. */
import type { PlannedResource } from "../policies/planned.ts";

export type Severity = "info" | "warning" | "error";

export interface Said {
  readonly severity: Severity;
  readonly text: string;
}

/** One resource of this package. */
export interface Planned extends PlannedResource {
  readonly op: string;
  /** URNs that the value of an input comes from. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  readonly said: readonly Said[];
}

export interface Preview {
  readonly planned: readonly Planned[];
  /** Said on no resource of this package. */
  readonly said: readonly Said[];
  /** Steps of other packages by what they do, without those that stay as they are. */
  readonly others: Readonly<Record<string, number>>;
  /** URNs that their inputs come from; undefined: events do not tell. */
  readonly usedByOthers: ReadonlySet<string> | undefined;
}
