/** What a site of the virtual years provides to the nightly run, and what it may use of its environment. */
import type { Emulator } from "../../../emulator/emulator.ts";
import type { Api } from "../../contract/emulator-harness.ts";
import { inWords, type LedgerRow } from "../emulator/emulator-process.ts";
import type { Properties, SavedState, Wanted } from "../engine/process-engine.ts";
import type { Random } from "../random.ts";
import type { Ca } from "../x509/factory.ts";

export const DAY_MS = 86_400_000;

export interface World {
  readonly emulator: Emulator;
  /** Reads with the stack's key. */
  readonly api: Api;
  readonly random: Random;
  readonly ca: Ca;
  now(): number;
  /** Reports a violation. */
  problem(site: YearsSite, what: string): void;
  /** Newest row of the ledger. */
  seq(): Promise<number>;
  /** A key of somebody else in the organization, recorded as such. */
  somebodyElse(): Promise<Api>;
  /** A certificate that may be seen at the edge. */
  know(fingerprint: string): void;
}

export interface Served {
  readonly certificateId: number;
  readonly fingerprint: string;
  readonly notAfterMs: number;
}

/** Times without a valid certificate that nobody could have prevented, in ISO 8601. */
export interface Excused {
  readonly from: string;
  readonly until: string;
}

export interface YearsSite {
  readonly name: string;
  readonly host: string;
  state: SavedState;
  /** Tonight's program. */
  program(): readonly Wanted[];
  /** What Qwilt and people did since the last night; every day, also before nights without a run. */
  day(): Promise<void>;
  /** Changes of tonight's preview, without a refresh. */
  expected(): readonly string[];
  /** Expected text on a row of that preview. */
  saysOf(shown: readonly string[]): string | undefined;
  /** The clock is so close to a renewal that both results are right. */
  isNear(): boolean;
  /** Whether a preview comes before tonight's run. */
  previews(): boolean;
  /** Whether tonight's run refreshes first. */
  refreshes(): boolean;
  expectedOfRefresh(): readonly string[];
  /** Part of the error that tonight's run has to end with. */
  expectedError?(): string | undefined;
  /** Between its first resource and the rest of its program, in the first night. */
  prepare?(): Promise<void>;
  /** What a refresh has to warn about, and what it must not. */
  warnings(): { readonly all: readonly string[]; readonly none: readonly string[] };
  /** Called after a run. @param shown by its preview; undefined near a renewal @param rows its requests to Qwilt */
  ran(shown: readonly string[] | undefined, rows: readonly LedgerRow[]): Promise<void>;
  /** Calls, all of them reads, of a preview or a run without changes. */
  looks(): number;
  /** When a further run has nothing to do. */
  settles(): "at once" | "not yet";
  /** What the edge has to serve now; undefined: not known, or not the site's own. */
  serves(): Promise<Served | undefined>;
  excused(): readonly Excused[];
}

export function outputsOf({ resources }: SavedState, kind: string): Properties {
  const found = resources.find((saved) => saved.kind === kind);
  return found === undefined ? {} : { ...found.outputs, id: found.id };
}

export function siteIdOf(site: YearsSite): string {
  return String(outputsOf(site.state, "Site").siteId);
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** A row that changed something, in a word or two. */
export function inShort(row: LedgerRow): string {
  if (row.route.endsWith("/certificate-templates")) return "make template";
  if (row.route.includes("/certificate-templates/")) return row.method === "DELETE" ? "delete template" : "ask again";
  const words = inWords(row);
  return words.startsWith("delete ") ? "delete certificate" : (words.split(" ")[0] ?? "");
}
