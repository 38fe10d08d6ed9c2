/** What lives once per provider process: configuration, connection to Qwilt, queue, keys, signals. */
import { createQwiltApi } from "../api/qwilt-api.ts";
import { createCertificatePool } from "../certificate-pool.ts";
import { systemClock } from "../clock.ts";
import { type ProviderConfig, readConfig } from "../config.ts";
import { QwiltError } from "../errors.ts";
import { createHolders, type Holders } from "../holders.ts";
import { createKeyVault } from "../key-vault.ts";
import type { CheckContext, Context } from "../lifecycle.ts";
import { createSiteQueue } from "../site-queue.ts";
import { createTemplatesMet } from "../templates-met.ts";
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
  /** Remembers that the state has this object. */
  meet(kind: string, id: string): void;
  readonly holders: Holders;
  /** Counts work in flight, so that a signal lets it end. */
  track<T>(work: Promise<T>): Promise<T>;
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
  let shared: Omit<Context, "row" | "urn"> | undefined;

  // Each method awaits this itself: the engine's process hands out a provider before its `configure` is done.
  function configured(): Omit<Context, "row" | "urn"> {
    if (shared !== undefined) return shared;
    const config: ProviderConfig = readConfig(source ?? { get: () => undefined }, process.env);
    const api = createQwiltApi({ config, clock: systemClock, signal: stop.signal });
    shared = {
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
    return shared;
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
    checkContext: async () => configured(),
    async context(urn) {
      // What has not begun when the run is interrupted does not begin.
      if (stop.signal.aborted) throw stop.signal.reason;
      return { ...configured(), row: log.row(urn), urn };
    },
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

function interrupted(): QwiltError {
  return new QwiltError({
    code: "QWILT_INTERRUPTED",
    what: "The run was interrupted.",
    todo: "run `pulumi up` again: it goes on from what is there",
  });
}
