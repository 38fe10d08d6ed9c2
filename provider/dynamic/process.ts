/** What lives once per provider process: configuration, connection to Qwilt, queue, keys, signals. */
import { createQwiltApi, type QwiltApi } from "../api/qwilt-api.ts";
import { createCertificatePool } from "../certificate-pool.ts";
import { systemClock } from "../clock.ts";
import { type ProviderConfig, readConfig } from "../config.ts";
import { QwiltError } from "../errors.ts";
import { createHolders, type Holders } from "../holders.ts";
import { createKeyVault } from "../key-vault.ts";
import type { CheckContext, Context } from "../lifecycle.ts";
import { createOwnership, type Ownership } from "../ownership.ts";
import { createSiteQueue } from "../site-queue.ts";
import { createTemplatesMet } from "../templates-met.ts";
import type { Upcoming } from "../upcoming.ts";
import { watchCancel } from "./cancel-watch.ts";
import { createEngineLog, type EngineLog } from "./engine-log.ts";

export interface ConfigSource {
  get(key: string): string | undefined;
}

/** Bounded end after a signal: the engine kills the process group 5 s after its SIGINT. */
const LAST_WORDS_MS = 3_000;
/** Time for answers on their way to leave the process. */
const ANSWERS_MS = 250;

export interface ProviderProcess {
  readonly log: EngineLog;
  configure(source: ConfigSource): void;
  checkContext(): Promise<CheckContext>;
  context(urn: string | undefined): Promise<Context>;
  /** Whose the credentials are, and whose the states of this run. */
  ownership(): Ownership;
  /** Remembers that the state has this object. */
  meet(kind: string, id: string): void;
  readonly holders: Holders;
  /** What the resources of this run are about to do. */
  readonly upcoming: Upcoming;
  /** Counts work in flight, so that a signal lets it end. */
  track<T>(work: Promise<T>): Promise<T>;
}

interface Session {
  readonly shared: Omit<Context, "row" | "urn">;
  readonly ownership: Ownership;
}

export function createProviderProcess(): ProviderProcess {
  const log = createEngineLog();
  const keys = createKeyVault();
  const stop = new AbortController();
  const sites = createSiteQueue(stop.signal);
  const holders = createHolders();
  const templates = createTemplatesMet();
  const inFlight = new Set<Promise<unknown>>();
  const met = new Set<string>();
  const stack = { has: (kind: string, id: string) => met.has(`${kind} ${id}`) };
  let source: ConfigSource | undefined;
  let session: Session | undefined;

  // Each method awaits this itself: the engine's process hands out a provider before its `configure` is done.
  function configured(): Session {
    if (session !== undefined) return session;
    const config: ProviderConfig = readConfig(source ?? { get: () => undefined }, process.env);
    const ownership = createOwnership({ looks: () => looksOf(api) });
    const api = createQwiltApi({ config, clock: systemClock, signal: stop.signal, witness: ownership });
    const shared = {
      api,
      pool: createCertificatePool(api),
      config,
      clock: systemClock,
      keys,
      sites,
      holders,
      stack,
      templates,
      signal: stop.signal,
    };
    session = { shared, ownership };
    return session;
  }

  /** Ends waiting; what is being written is written to its end. */
  function interrupt(): void {
    if (!stop.signal.aborted) stop.abort(interrupted());
  }

  function onSignal(): void {
    interrupt();
    const exit = () => process.exit(130);
    setTimeout(exit, LAST_WORDS_MS).unref();
    // The answers of the interrupted calls leave after their work has ended.
    void Promise.allSettled(inFlight).then(() => log.flush().then(() => setTimeout(exit, ANSWERS_MS)));
  }

  return {
    log,
    configure(newSource) {
      if (source === undefined) {
        process.once("SIGINT", onSignal);
        process.once("SIGTERM", onSignal);
        watchCancel(interrupt);
      }
      source ??= newSource;
    },
    checkContext: async () => configured().shared,
    ownership: () => configured().ownership,
    async context(urn) {
      // What has not begun when the run is interrupted does not begin.
      if (stop.signal.aborted) throw stop.signal.reason;
      return { ...configured().shared, row: log.row(urn), urn };
    },
    upcoming: sites.upcoming,
    holders,
    meet: (kind, id) => void met.add(`${kind} ${id}`),
    async track(work) {
      inFlight.add(work);
      try {
        return await work;
      } finally {
        inFlight.delete(work);
      }
    },
  };
}

/** Lists that name the owner of what is in them; the keys come last, since their path is an assumption (U31). */
function looksOf(api: QwiltApi): (() => Promise<unknown>)[] {
  return [
    () => api.sites.listShared(),
    () => api.certificates.listShared(),
    () => api.certificateTemplates.list(),
    () => api.apiKeys.list(),
  ];
}

function interrupted(): QwiltError {
  return new QwiltError({
    code: "QWILT_INTERRUPTED",
    what: "The run was interrupted.",
    todo: "run `pulumi up` again: it goes on from what is there",
  });
}
