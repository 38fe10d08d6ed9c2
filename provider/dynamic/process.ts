/** What lives once per provider process: configuration, connection to Qwilt, queue, keys, signals. */
import { createQwiltApi } from "../api/qwilt-api.ts";
import { createCertificatePool } from "../certificate-pool.ts";
import { systemClock } from "../clock.ts";
import { type ProviderConfig, readConfig } from "../config.ts";
import { QwiltError } from "../errors.ts";
import { createHolders } from "../holders.ts";
import { createKeyVault } from "../key-vault.ts";
import type { CheckContext, Context } from "../lifecycle.ts";
import { createSiteQueue } from "../site-queue.ts";
import { createEngineLog, type EngineLog } from "./engine-log.ts";

export interface ConfigSource {
  get(key: string): string | undefined;
}

/** Bounded end after a signal: the engine kills the process group 5 s after its SIGINT. */
const LAST_WORDS_MS = 3_000;

export interface ProviderProcess {
  readonly log: EngineLog;
  configure(source: ConfigSource): void;
  checkContext(): Promise<CheckContext>;
  context(urn: string | undefined): Promise<Context>;
  /** Remembers that the state has this object. */
  meet(kind: string, id: string): void;
  /** Counts work in flight, so that a signal lets it end. */
  track<T>(work: Promise<T>): Promise<T>;
}

export function createProviderProcess(): ProviderProcess {
  const log = createEngineLog();
  const keys = createKeyVault();
  const sites = createSiteQueue();
  const stop = new AbortController();
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
      holders: createHolders(),
      stack,
      signal: stop.signal,
    };
    return shared;
  }

  function onSignal(): void {
    stop.abort(
      new QwiltError({
        code: "QWILT_INTERRUPTED",
        what: "The run was interrupted while waiting.",
        todo: "run `pulumi up` again: it goes on from what is there",
      }),
    );
    const exit = () => process.exit(130);
    setTimeout(exit, LAST_WORDS_MS).unref();
    void Promise.allSettled(inFlight).then(() => log.flush().then(exit));
  }

  return {
    log,
    configure(newSource) {
      if (source === undefined) {
        process.once("SIGINT", onSignal);
        process.once("SIGTERM", onSignal);
      }
      source ??= newSource;
    },
    checkContext: async () => configured(),
    context: async (urn) => ({ ...configured(), row: log.row(urn), urn }),
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
