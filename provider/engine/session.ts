/** What one run shares: configuration, connection to Qwilt, site lock, keys, ownership, rows, interruption. */
import { createQwiltApi, type QwiltApi, type QwiltApiOptions } from "../api/qwilt-api.ts";
import type { Clock } from "../core/clock.ts";
import { type ConfigSource, readConfig } from "../core/config.ts";
import { interrupted } from "../core/errors/no-response-errors.ts";
import { createOrganizationCheck, type OrganizationCheck } from "../core/organization.ts";
import { createCertificatePool } from "../run/certificate-pool.ts";
import { createKeyMaterials } from "../run/key-material.ts";
import type { CheckContext, Context } from "../run/lifecycle.ts";
import { createOwnership, NOT_SHARED, type Ownership, type SharedClaims } from "../run/ownership.ts";
import { createSiteLock } from "../run/site-lock.ts";
import { createTemplateRegistry, type TemplateRegistry } from "../run/template-registry.ts";
import type { EngineLog } from "./engine-log.ts";

export interface SessionOptions {
  readonly clock: Clock;
  /** Source of settings that are not in the stack configuration. */
  readonly env: NodeJS.ProcessEnv;
  readonly log: EngineLog;
  /** Default: only the session's own `interrupt` interrupts it. */
  readonly interruptions?: Interruptions;
  /** Default: this process is the only one of the run. */
  readonly sharedClaims?: SharedClaims;
  /** Default: Qwilt over HTTP. */
  readonly createApi?: (options: QwiltApiOptions) => QwiltApi;
}

/** Notifies the session when the user interrupts the run. */
export interface Interruptions {
  /** Called once, when the session is first configured: loading the package must not install listeners. */
  watch(session: Pick<Session, "interrupt" | "settled">): void;
}

export interface Session {
  readonly log: EngineLog;
  /** The first source is used: Pulumi's process configures every provider text, each with the same values. */
  configure(source: ConfigSource): void;
  /** @throws QWILT_CONFIG_INVALID */
  checkContext(): CheckContext;
  /** @throws QWILT_CONFIG_INVALID, or QWILT_INTERRUPTED if the run has been interrupted */
  context(urn?: string, timeoutMs?: number): Context;
  /** Which organization the credentials and the states of this run belong to. */
  organization(): OrganizationCheck;
  /** Records that the stack's state contains this object. */
  recordInState(kind: string, id: string): void;
  readonly ownership: Ownership;
  readonly templates: TemplateRegistry;
  /** Tracks work in flight, so that an interruption lets it finish. */
  track<T>(work: Promise<T>): Promise<T>;
  /** Ends waiting; changes in flight are completed. */
  interrupt(): void;
  /** Resolves when the work in flight has finished and its rows have been delivered. */
  settled(): Promise<void>;
  /** Closes connections. */
  close(): void;
}

export function createSession(options: SessionOptions): Session {
  const { clock, env, log, interruptions, sharedClaims = NOT_SHARED, createApi = createQwiltApi } = options;
  const stop = new AbortController();
  const keys = createKeyMaterials();
  const siteLock = createSiteLock(stop.signal);
  const ownership = createOwnership(sharedClaims);
  const templates = createTemplateRegistry();
  const inFlight = new Set<Promise<unknown>>();
  const inState = new Set<string>();
  const stack = { has: (kind: string, id: string) => inState.has(`${kind} ${id}`) };
  let source: ConfigSource | undefined;
  let shared: (Omit<Context, "row" | "urn" | "timeoutMs"> & { readonly organization: OrganizationCheck }) | undefined;

  // Created on first use: Pulumi's process uses a provider before its `configure` is done.
  function configured() {
    if (shared !== undefined) return shared;
    const config = readConfig(source ?? { get: () => undefined }, env);
    sharedClaims.enter(JSON.stringify([config.endpoints, config.organization]));
    const organization = createOrganizationCheck({ looks: () => looksOf(api) });
    const api: QwiltApi = createApi({
      config,
      clock,
      signal: stop.signal,
      observer: organization,
      warn: log.row(undefined).warn,
    });
    const pool = createCertificatePool(api);
    shared = {
      api,
      pool,
      config,
      clock,
      keys,
      siteLock,
      ownership,
      stack,
      templates,
      signal: stop.signal,
      organization,
    };
    return shared;
  }

  const session: Session = {
    log,
    configure(newSource) {
      if (source === undefined) interruptions?.watch(session);
      source ??= newSource;
    },
    checkContext: configured,
    organization: () => configured().organization,
    context(urn, timeoutMs) {
      // Work that has not begun when the run is interrupted does not begin.
      if (stop.signal.aborted) throw stop.signal.reason;
      return { ...configured(), row: log.row(urn), urn, timeoutMs };
    },
    recordInState: (kind, id) => void inState.add(`${kind} ${id}`),
    ownership,
    templates,
    async track(work) {
      inFlight.add(work);
      try {
        return await work;
      } finally {
        inFlight.delete(work);
      }
    },
    interrupt() {
      if (!stop.signal.aborted) stop.abort(interrupted({ during: "run" }));
    },
    async settled() {
      await Promise.allSettled(inFlight);
      await log.flush();
    },
    close: () => shared?.api.close(),
  };
  return session;
}

/** Lists that name the owner of their items; API keys come last, since their path is an assumption (U31). */
function looksOf(api: QwiltApi): (() => Promise<unknown>)[] {
  return [
    () => api.sites.list(),
    () => api.certificates.list(),
    () => api.certificateTemplates.list(),
    () => api.apiKeys.list(),
  ];
}
