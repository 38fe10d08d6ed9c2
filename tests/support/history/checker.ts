/**
 * Judges what happened to a site by two records that no program under test writes: the emulator's ledger of requests
 * and the history of what its edge served. Pure; the six invariants are `INVARIANTS`.
 */
import type { EdgeChange, LedgerRow } from "../emulator/emulator-process.ts";
import { readSiteEvent, type SiteEvent } from "./events.ts";

export const INVARIANTS = {
  1: "no publish while a secured site has nothing linked",
  2: "exactly one link a secured site at the end, never two, and none taken away but for another",
  3: "the edge never serves nothing, an expired certificate while a valid one was wanted, or a stranger",
  4: "success reported means that the wanted certificate is served",
  5: "an empty preview means that declared, linked and published are the same",
  6: "nothing that the stack does not own is unlinked or deleted",
} as const;
export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  readonly invariant: Invariant;
  readonly what: string;
  /** The rows that show the violation. */
  readonly rows: readonly (LedgerRow | EdgeChange)[];
}

/** Rows after `from` up to and including `to`, by their `seq`. */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/**
 * During this time the hosts must be served in production without interruption. Times: ISO 8601 on the emulator's
 * clock.
 */
export interface Served {
  readonly hosts: readonly string[];
  readonly from: string;
  readonly until: string;
  /** Also check that what is served has not expired: a valid certificate was wanted all the time. */
  readonly valid?: boolean;
}

/** What a run claimed about one site when it ended. */
export interface Claim {
  readonly kind: "success" | "empty preview";
  /** Newest row of the ledger, and time, of the claim. */
  readonly seq: number;
  readonly at: string;
  readonly siteId: string;
  readonly certificateId: number;
  /** Hosts on which production has to serve it; empty if the site is not in production. */
  readonly hosts: readonly string[];
  readonly fingerprint: string;
}

/** After row `seq` of the ledger, Qwilt itself linked the site to a newer certificate of its template. */
export interface Renewal {
  readonly seq: number;
  readonly siteId: string;
  readonly certificateId: number;
}

export interface Facts {
  /** Labels of the stack's rows; other rows are somebody else's. If omitted, all rows are the stack's. */
  readonly actors?: readonly string[];
  /** Sites with secured hosts and a link at the end. */
  readonly securedSites?: readonly string[];
  /** Where the program removes a link; without `siteId`, on every site. */
  readonly removals?: readonly (Rows & { readonly siteId?: string })[];
  readonly served?: readonly Served[];
  readonly claims?: readonly Claim[];
  /** Created by somebody else and never handed to the stack. */
  readonly foreign?: { readonly certificates?: readonly number[]; readonly sites?: readonly string[] };
  /** Sites on which a foreign link may be replaced (`replaceExisting`); "all": any site. */
  readonly replaceable?: readonly string[] | "all";
  /** SHA-256 of every certificate that may ever be seen at the edge; if omitted, this is not judged. */
  readonly known?: readonly string[];
  /** Qwilt's own renewals: links that Qwilt made itself are in no row of the ledger. */
  readonly renewals?: readonly Renewal[];
  /** Newest row of the ledger at each kill of a run of the stack: the killed run did not do its next step. */
  readonly kills?: readonly number[];
}

export interface History {
  readonly ledger: readonly LedgerRow[];
  readonly edge: readonly EdgeChange[];
}

export function judgeHistory(history: History, facts: Facts): readonly Violation[] {
  return [...judgeLinks(history, facts), ...judgeEdge(history, facts), ...judgeClaims(history, facts)].sort(
    (a, b) => a.invariant - b.invariant,
  );
}

/** @throws with every violation and its rows */
export function expectInvariants(history: History, facts: Facts): void {
  const violations = judgeHistory(history, facts);
  if (violations.length > 0) throw new Error(describeViolations(violations));
}

export function describeViolations(violations: readonly Violation[]): string {
  const texts = violations.map(({ invariant, what, rows }) =>
    [`invariant ${invariant} (${INVARIANTS[invariant]}): ${what}`, ...rows.map((row) => `    ${oneLine(row)}`)].join(
      "\n",
    ),
  );
  return `${violations.length} violations of the invariants\n${texts.join("\n")}`;
}

function oneLine(row: LedgerRow | EdgeChange): string {
  if ("seq" in row)
    return `${row.seq} ${row.at} ${row.method} ${row.path} ${row.status} ${JSON.stringify(row.body)?.slice(0, 200)} ${row.actor}`;
  return `edge ${row.at} ${row.target} ${row.host} ${row.certificateId} ${row.fingerprint?.slice(0, 16) ?? "nothing"}`;
}

interface Linked {
  /** undefined: linked before the ledger begins. */
  certificateId: number | null | undefined;
  byStack: boolean;
  by: LedgerRow | undefined;
  /** The stack unlinked this certificate, and has not tried another one since. */
  takenAway: { readonly certificateId: number; readonly row: LedgerRow } | undefined;
}

function* judgeLinks({ ledger }: History, facts: Facts): Generator<Violation> {
  const secured = new Set(facts.securedSites ?? []);
  const sites = new Map<string, Linked>();
  const mine = (row: LedgerRow) => facts.actors === undefined || facts.actors.includes(row.actor);
  const removed = (siteId: string, { seq }: LedgerRow) =>
    (facts.removals ?? []).some(
      (one) => seq > one.from && seq <= one.to && (one.siteId === undefined || one.siteId === siteId),
    );
  const foreign = new Set(facts.foreign?.certificates ?? []);

  for (const row of ledger) {
    const event = readSiteEvent(row);
    if (event === undefined) continue;
    if (event.kind === "delete certificate") {
      if (mine(row) && foreign.has(event.certificateId)) {
        yield {
          invariant: 6,
          what: `certificate ${event.certificateId} is somebody else's and was deleted`,
          rows: [row],
        };
      }
      continue;
    }
    const { siteId } = event;
    const unknown = secured.has(siteId) ? null : undefined;
    const now = sites.get(siteId) ?? { certificateId: unknown, byStack: true, by: undefined, takenAway: undefined };
    sites.set(siteId, now);
    yield* judgeEvent(event, row, now, {
      mine: mine(row),
      removed: removed(siteId, row),
      replaceable: facts.replaceable === "all" || (facts.replaceable ?? []).includes(siteId),
      killedSince: ({ seq }) => (facts.kills ?? []).some((kill) => kill >= seq && kill < row.seq),
      foreign:
        event.kind === "delete site"
          ? (facts.foreign?.sites ?? []).includes(siteId)
          : isForeign(event.kind === "unlink" ? event.certificateId : undefined, now, foreign),
    });
  }
  for (const siteId of secured) {
    const last = sites.get(siteId);
    if (last?.certificateId == null) {
      yield { invariant: 2, what: `site ${siteId} has no link at the end`, rows: last?.by ? [last.by] : [] };
    }
  }
}

/** Who linked it decides; for a link from before the ledger, whose certificate it is. */
function isForeign(certificateId: number | undefined, now: Linked, foreign: ReadonlySet<number>): boolean {
  const fromBefore = now.certificateId === undefined && certificateId !== undefined;
  return !now.byStack || (fromBefore && foreign.has(certificateId));
}

interface Light {
  readonly mine: boolean;
  readonly removed: boolean;
  readonly replaceable: boolean;
  readonly foreign: boolean;
  /** Whether a run was killed between that row and this one. */
  readonly killedSince: (row: LedgerRow) => boolean;
}

/** Updates the state of the site, and yields what was wrong. */
function* judgeEvent(event: SiteEvent, row: LedgerRow, now: Linked, light: Light): Generator<Violation> {
  const rows = now.by === undefined ? [row] : [now.by, row];
  switch (event.kind) {
    case "publish":
      if (now.certificateId === null && !light.removed) {
        yield { invariant: 1, what: `site ${event.siteId} was published with nothing linked`, rows };
      }
      return;
    case "link": {
      // A roll-back that was killed after its unlink is not a violation: the next run may want this certificate again.
      const back = now.takenAway !== undefined && light.killedSince(now.takenAway.row) ? undefined : now.takenAway;
      if (back !== undefined && back.certificateId === event.certificateId && event.done && light.mine) {
        const what = `certificate ${event.certificateId} was taken off site ${event.siteId} only to be linked again`;
        yield { invariant: 2, what, rows: [back.row, row] };
      }
      now.takenAway = undefined;
      if (!event.done) return;
      if (typeof now.certificateId === "number") {
        const what = `certificate ${event.certificateId} was linked to site ${event.siteId} beside ${now.certificateId}`;
        yield { invariant: 2, what, rows };
      }
      Object.assign(now, { certificateId: event.certificateId, byStack: light.mine, by: row });
      return;
    }
    case "unlink":
      if (light.mine && light.foreign && !light.replaceable) {
        const what = `the link of certificate ${event.certificateId} to site ${event.siteId} is somebody else's and was removed`;
        yield { invariant: 6, what, rows };
      }
      now.takenAway = light.mine && !light.removed ? { certificateId: event.certificateId, row } : undefined;
      Object.assign(now, { certificateId: null, byStack: true, by: row });
      return;
    case "delete site":
      if (light.mine && light.foreign) {
        yield { invariant: 6, what: `site ${event.siteId} is somebody else's and was deleted`, rows: [row] };
      }
      Object.assign(now, { certificateId: undefined, takenAway: undefined, by: undefined });
  }
}

function* judgeEdge({ edge }: History, facts: Facts): Generator<Violation> {
  const production = edge.filter(({ target }) => target === "ga");
  for (const { hosts, from, until, valid } of facts.served ?? []) {
    for (const host of hosts) {
      const changes = production.filter((change) => change.host === host);
      for (const [index, change] of changes.entries()) {
        const end = [changes[index + 1]?.at ?? until, until].sort()[0] ?? until;
        // Ignores what ended before the period, or came after it.
        if (end < from || (end === from && change.at < from) || change.at > until) continue;
        if (change.fingerprint === null) {
          yield { invariant: 3, what: `${host} was not served from ${change.at} to ${end}`, rows: [change] };
        } else if (valid && change.notAfter !== null && Date.parse(change.notAfter) < Date.parse(end)) {
          yield { invariant: 3, what: `${host} was served with an expired certificate at ${end}`, rows: [change] };
        }
      }
    }
  }
  if (facts.known === undefined) return;
  for (const change of production) {
    if (change.fingerprint !== null && !facts.known.includes(change.fingerprint)) {
      yield { invariant: 3, what: `${change.host} was served with a certificate that nobody wanted`, rows: [change] };
    }
  }
}

function* judgeClaims({ ledger, edge }: History, facts: Facts): Generator<Violation> {
  const linkChanges = ledger.flatMap((row) => {
    const event = readSiteEvent(row);
    return isLinkChange(event) ? [{ row, event }] : [];
  });
  for (const claim of facts.claims ?? []) {
    const invariant = claim.kind === "success" ? 4 : 5;
    const told = `${claim.kind} at ${claim.at} with certificate ${claim.certificateId} on site ${claim.siteId}`;
    for (const host of claim.hosts) {
      const last = edge.findLast((one) => one.target === "ga" && one.host === host && one.at <= claim.at);
      if (last?.fingerprint === claim.fingerprint) continue;
      yield { invariant, what: `${told}, but ${host} is served with another one or none`, rows: last ? [last] : [] };
    }
    if (claim.kind === "success") continue;
    const changes = linkChanges.filter(({ row, event }) => row.seq <= claim.seq && event.siteId === claim.siteId);
    const last = changes.at(-1);
    if (last === undefined) continue;
    const renewal = facts.renewals?.findLast(({ siteId, seq }) => siteId === claim.siteId && seq <= claim.seq);
    const renewed = renewal !== undefined && renewal.seq >= last.row.seq ? renewal.certificateId : undefined;
    const linked = renewed ?? (last.event.kind === "link" ? last.event.certificateId : undefined);
    if (linked === claim.certificateId) continue;
    yield { invariant, what: `${told}, but it is not what is linked`, rows: [last.row] };
  }
}

type LinkChange = Extract<SiteEvent, { readonly kind: "link" | "unlink" }>;

function isLinkChange(event: SiteEvent | undefined): event is LinkChange {
  return event?.kind === "unlink" || (event?.kind === "link" && event.done);
}
