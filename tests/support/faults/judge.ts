/** What must be true after a run that a fault affected, and after what a user did next. */
import type { EmulatorProcess } from "../emulator/emulator-process.ts";
import type { Played, SavedState } from "../engine/process-engine.ts";
import type { Facts } from "../history/checker.ts";
import { HOSTS } from "../programs/site-program.ts";
import type { Flow } from "./flows.ts";

/** Every error says what, where and what to do, once, and never that the provider does not know. */
export function errorProblems(error: string | undefined): string[] {
  if (error === undefined) return [];
  const problems: string[] = [];
  if (!/\n {2}do: [^\n]+ \[QWILT_[A-Z_]+\]$/.test(error))
    problems.push(`the error does not end with what to do: ${error}`);
  if (error.includes("QWILT_INTERNAL")) problems.push(`an unknown failure: ${error}`);
  return problems;
}

export interface Compared {
  readonly flow: Flow;
  readonly state: SavedState;
  /** Error of the affected run. */
  readonly error: string | undefined;
}

export async function differences({ flow, state, error }: Compared, emulator: EmulatorProcess): Promise<string[]> {
  const problems: string[] = [];
  const served = [...new Set((await emulator.edgeNow()).map(({ fingerprint }) => fingerprint ?? "nothing"))].join();
  const wanted = (await flow.served(emulator)) ?? "";
  if (served !== wanted) problems.push(`served is ${served || "nothing"}, wanted ${wanted || "nothing"}`);
  const certificates = (await emulator.call("GET", "/api/v2/certificates")).body as unknown[];
  // The programs give a description: a certificate that was uploaded while the response was lost, and the process
  // ended, may stay (docs/decisions/0002).
  if (certificates.length > flow.certificates + 1) problems.push(`${certificates.length} certificates are left`);
  const sites = (await emulator.call("GET", "/api/v2/sites")).body as unknown[];
  // What Qwilt created after the client had given up waiting is found by the next `up`, but not by a destroy.
  const late = error?.includes("POST /api/v2/sites\n") === true && error.includes("[QWILT_OUTCOME_UNKNOWN]") ? 1 : 0;
  const needed = flow.program?.length === 0 ? 0 : 1;
  if (sites.length > Math.max(needed, late)) problems.push(`${sites.length} sites are left`);
  if (state.doomed.length > 0) problems.push("the state still has something to delete");
  return problems;
}

export interface Judged {
  readonly flow: Flow;
  readonly last: Played;
  /** Newest row of the ledger, and time, before the affected run. */
  readonly since: number;
  readonly startedAt: string;
}

export async function facts({ flow, last, since, startedAt }: Judged, emulator: EmulatorProcess): Promise<Facts> {
  const link = last.state.resources.find(({ kind }) => kind === "SiteCertificateLink");
  const siteId = String(link?.outputs.siteId);
  const fingerprint = (await flow.served(emulator)) ?? "";
  const at = new Date().toISOString();
  const seq = await emulator.mark();
  const claim = { kind: "success", seq, at, siteId, certificateId: Number(link?.outputs.linkedCertificateId) } as const;
  return {
    securedSites: flow.linked && last.error === undefined ? [siteId] : [],
    removals: flow.linked ? [] : [{ from: since, to: Number.POSITIVE_INFINITY }],
    served: flow.linked && flow.live ? [{ hosts: HOSTS, from: startedAt, until: at, valid: true }] : [],
    claims: flow.linked && last.error === undefined ? [{ ...claim, hosts: HOSTS, fingerprint }] : [],
  };
}
