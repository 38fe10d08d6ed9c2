/**
 * Records what the stacks of a test did to an emulator, so that the whole history can be judged when it is closed. It
 * finds out what it can by itself: who the stack is, what was declared, what was claimed, what had to be served.
 */
import { createHash, X509Certificate } from "node:crypto";
import type { EdgeChange, LedgerRow } from "../emulator/emulator-process.ts";
import { type StackSite, stackFingerprints, stackSites } from "../engine/stack-state.ts";
import {
  type Claim,
  describeViolations,
  type Facts,
  type History,
  type Invariant,
  judgeHistory,
  type Served,
} from "./checker.ts";

export interface HistorySource {
  /** Label of rows that are not the stack's; undefined: there are none. */
  outsider(): string | undefined;
  ledger(since?: number): Promise<LedgerRow[]>;
  edgeNow(): Promise<EdgeChange[]>;
  edgeHistory(): Promise<EdgeChange[]>;
  now(): Promise<string>;
}

export interface RunEnd {
  readonly code: number | null;
  readonly all: string;
}

export interface HistoryRecord {
  /** Called when a command begins; what it did is known at its end. `folder` is the stack's. */
  begin(folder: string, args: readonly string[]): Promise<(end: RunEnd) => Promise<void>>;
  /** This test violates an invariant on purpose, or something outside the stack does. */
  except(invariant: Invariant, why: string): void;
  /** `replaceExisting`: links of others may be replaced from now on. */
  allowReplacing(): void;
  /** Objects that somebody else created and that were never handed to the stack. */
  foreign(what: { readonly certificates?: readonly number[]; readonly sites?: readonly string[] }): void;
  /** @throws with every violation so far */
  check(): Promise<void>;
  /** What happened until now is not judged again: the emulator is about to drop it. Recording starts again. */
  restart(): void;
}

interface NotedRun {
  readonly folder: string;
  readonly since: number;
  readonly startedAt: string;
  /** Hosts that production served before it. */
  readonly served: readonly string[];
  /** undefined while it runs. */
  ended?: {
    readonly seq: number;
    readonly takesAway: boolean;
    readonly ok: boolean;
    readonly sites: readonly StackSite[];
  };
}

const TAKES_AWAY =
  /qwilt:(?:index:)?(SiteCertificateLink|SitePublication|SiteConfiguration|Site)\s+\S+\s+(\[[^\]]*\]\s+)?delet/;

export function createHistoryRecord(source: HistorySource): HistoryRecord {
  let runs: NotedRun[] = [];
  let claims: Claim[] = [];
  const excepted = new Map<Invariant, string>();
  const foreign = { certificates: new Set<number>(), sites: new Set<string>() };
  const fingerprints = new Set<string>();
  let replacing = false;
  /** Nothing has happened since the last judgment. */
  let clean = false;

  const isOutsider = (row: LedgerRow) => row.actor === source.outsider() && row.method !== "GET";

  async function claimsOf(run: NotedRun, args: readonly string[]): Promise<Claim[]> {
    const [verb = ""] = args;
    const noChanges = args.includes("--expect-no-changes");
    const kind = verb === "up" ? "success" : verb === "preview" && noChanges ? "empty preview" : undefined;
    if (kind === undefined || run.ended?.ok !== true || args.includes("--target")) return [];
    const before = runs.findLast((one) => one !== run && one.ended !== undefined)?.ended?.seq ?? 0;
    const rows = await source.ledger(before);
    // What others did since is noticed by a run that refreshes, or that works on the same site.
    const worked = rows.some((row) => row.seq > run.since && row.method !== "GET" && !isOutsider(row));
    if (rows.some(isOutsider) && !worked && !args.includes("--refresh")) return [];
    const [seq, at] = [run.ended.seq, await source.now()];
    return run.ended.sites.map((site) => ({ kind, seq, at, ...site }));
  }

  function facts(ledger: readonly LedgerRow[], now: string): Facts {
    const ended = runs.flatMap((run, index) => {
      const { ended: end } = run;
      if (end === undefined) return [];
      // What a run started may continue after it, until the next one takes over.
      const next = runs.slice(index + 1).find(({ since }) => since >= end.seq);
      return [{ ...run, ...end, to: next?.since ?? Number.POSITIVE_INFINITY, until: next?.startedAt ?? now }];
    });
    const served = ended.flatMap((run): Served[] => {
      if (run.takesAway) return [];
      const wanted = run.sites.flatMap(({ hosts }) => hosts);
      return [{ hosts: run.served.filter((host) => wanted.includes(host)), from: run.startedAt, until: run.until }];
    });
    const last = new Map(ended.map((run) => [run.folder, run]));
    const issued = ledger.some((row) => row.route.includes("certificate-templates"));
    return {
      actors: [...new Set(ledger.map((row) => row.actor))].filter((actor) => actor !== source.outsider()),
      securedSites: [...last.values()].flatMap((run) => (run.ok ? run.sites.map(({ siteId }) => siteId) : [])),
      removals: ended.filter((run) => run.takesAway).map((run) => ({ from: run.since, to: run.to })),
      served,
      claims,
      foreign: { certificates: [...foreign.certificates], sites: [...foreign.sites] },
      ...(replacing ? { replaceable: "all" as const } : {}),
      ...(issued ? {} : { known: [...fingerprints, ...ledger.flatMap(uploaded)] }),
    };
  }

  return {
    async begin(folder, args) {
      const [rows, edge, startedAt] = await Promise.all([source.ledger(), source.edgeNow(), source.now()]);
      const served = edge.filter(({ target, fingerprint }) => target === "ga" && fingerprint !== null);
      const run: NotedRun = { folder, since: rows.at(-1)?.seq ?? 0, startedAt, served: served.map(({ host }) => host) };
      runs.push(run);
      clean = false;
      return async ({ code, all }) => {
        const seq = (await source.ledger(run.since)).at(-1)?.seq ?? run.since;
        const takesAway = args[0] === "destroy" || TAKES_AWAY.test(all);
        run.ended = { seq, takesAway, ok: code === 0, sites: stackSites(folder) };
        for (const one of stackFingerprints(folder)) fingerprints.add(one);
        claims.push(...(await claimsOf(run, args)));
      };
    },
    except: (invariant, why) => void excepted.set(invariant, why),
    allowReplacing() {
      replacing = true;
    },
    foreign({ certificates = [], sites = [] }) {
      for (const id of certificates) foreign.certificates.add(id);
      for (const id of sites) foreign.sites.add(id);
    },
    async check() {
      if (clean) return;
      const history: History = { ledger: await source.ledger(), edge: await source.edgeHistory() };
      const violations = judgeHistory(history, facts(history.ledger, await source.now()));
      const left = violations.filter(({ invariant }) => !excepted.has(invariant));
      if (left.length > 0) throw new Error(describeViolations(left));
    },
    restart() {
      runs = [];
      claims = [];
      clean = true;
    },
  };
}

/** Fingerprint of the certificate that a row uploads (base64 of PEM). */
function uploaded(row: LedgerRow): string[] {
  if (row.method === "GET" || !row.route.startsWith("/api/v2/certificates")) return [];
  const body = row.body;
  const text: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "certificate") : undefined;
  if (typeof text !== "string") return [];
  try {
    const { raw } = new X509Certificate(Buffer.from(text, "base64"));
    return [createHash("sha256").update(raw).digest("hex")];
  } catch {
    return [];
  }
}
