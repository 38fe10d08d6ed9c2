/** startEmulator(): Qwilt's whole control plane and edge in one process. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Assumptions, defaultAssumptions, strictAssumptions } from "./assumptions.ts";
import { Clock, readTime } from "./clock.ts";
import type { EmulatorContext } from "./context.ts";
import { createControlServer } from "./control/control-server.ts";
import { advanceClock, moveClockTo, reloadAll, zoneEntry } from "./control/time-travel.ts";
import { startDns } from "./dns/dns-server.ts";
import { DnsZone } from "./dns/dns-zone.ts";
import { startEdge } from "./edge/edge-listener.ts";
import { createApiServer } from "./http/api-server.ts";
import { AcmeOrders, type AcmeResult } from "./issuance/acme-orders.ts";
import { type CertificateAuthority, createCertificateAuthority } from "./issuance/ca.ts";
import { Issuer } from "./issuance/issuer.ts";
import { KeyPool } from "./issuance/key-pool.ts";
import { startProxy } from "./proxy/proxy.ts";
import { EdgeState } from "./publishing/edge-state.ts";
import { Publisher } from "./publishing/publisher.ts";
import { Scheduler } from "./scheduler.ts";
import { type Origin, readOrigin, seedOrganization, startKey } from "./seed.ts";
import { Store } from "./store/store.ts";

/** The options of the command line. */
export interface EmulatorOptions {
  /** Ports on 127.0.0.1; 0, the default, is any free one. */
  readonly port?: number;
  readonly controlPort?: number;
  readonly edgePort?: number;
  readonly edgeStagingPort?: number;
  readonly dnsPort?: number;
  readonly proxyPort?: number;
  /** Folder of the database and the CA. In memory if omitted. */
  readonly data?: string;
  /** Selects the assumptions that reject more. */
  readonly strict?: boolean;
  /** Milliseconds from a publish request to Success, 300 by default. */
  readonly publishMs?: number;
  /**
   * Milliseconds from a correct CNAME to a linkable certificate. If omitted: 2,000 on a running clock, and 30 to 60
   * minutes, as at Qwilt, on a frozen one.
   */
  readonly issueMs?: number;
  /** Lifetime in days of a managed template's certificate, 90 by default. */
  readonly certificateDays?: number;
  /** ISO 8601: freezes the clock there. Data with a later time keeps it. */
  readonly now?: string;
  /** Default `devorg`. A second organization has the same name with `-2` appended. */
  readonly organization?: string;
  readonly acmeDirectory?: string;
  readonly acmeCa?: string;
  /** Single assumptions, overriding those that `strict` selects. */
  readonly assumptions?: Partial<Assumptions>;
}

/** The first line on standard output (fixed). */
export interface StartLine {
  readonly api: string;
  readonly control: string;
  /** `host:port` of the TLS listener of target ga. */
  readonly edge: string;
  readonly dns: string;
  readonly proxy: string;
  /** File with the root certificate that clients of the proxy trust. */
  readonly ca: string;
  readonly apiKey: string;
  readonly username: string;
  readonly password: string;
  readonly organization: string;
  /** Like `edge`, for target staging. */
  readonly edgeStaging: string;
}

export interface Emulator extends StartLine {
  readonly startLine: StartLine;
  readonly clock: {
    /** Epoch milliseconds. */
    now(): number;
    /** Resolves after all due events have happened. */
    advance(ms: number): void;
    /** @param iso a time in ISO 8601 */
    set(iso: string): void;
  };
  close(): Promise<void>;
}

const loopback = "127.0.0.1";
const account = { username: "operator@emulator.example", password: "emulator-password" };

export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const closers: (() => void | Promise<void>)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    const startLine = await openAll(options, closers);
    return { ...startLine, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function openAll(
  options: EmulatorOptions,
  closers: (() => void | Promise<void>)[],
): Promise<Omit<Emulator, "close">> {
  const directory = options.data === undefined ? temporaryDirectory(closers) : resolve(options.data);
  const { store, clock } = openStore(options, closers);
  // Created before any event runs: signing requests may have been waiting for this start.
  const ca = await createCertificateAuthority({ directory, now: () => clock.now() });
  const { context, zone, origin } = openWorld({ options, store, clock, ca }, closers);
  const lookup = (target: "ga" | "staging") => (name: string) => {
    context.scheduler.runDue();
    return context.edge.lookup(name, target);
  };
  const api = createApiServer(context);
  const control = createControlServer(context, zone);
  closers.push(() => api.close());
  closers.push(() => control.close());
  const [apiUrl, controlUrl] = await Promise.all([
    api.listen({ host: loopback, port: options.port ?? 0 }),
    control.listen({ host: loopback, port: options.controlPort ?? 0 }),
  ]);
  const opened = async <Listener extends { port: number; close(): Promise<void> }>(starting: Promise<Listener>) => {
    const listener = await starting;
    closers.push(() => listener.close());
    return `${loopback}:${listener.port}`;
  };
  const edge = await opened(startEdge({ port: options.edgePort ?? 0, lookup: lookup("ga") }));
  const edgeStaging = await opened(startEdge({ port: options.edgeStagingPort ?? 0, lookup: lookup("staging") }));
  const dns = await opened(startDns({ port: options.dnsPort ?? 0, zone }));
  const apiPort = Number(new URL(apiUrl).port);
  const proxy = await opened(startProxy({ port: options.proxyPort ?? 0, apiPort, ca }));

  const startLine: StartLine = {
    api: apiUrl,
    control: controlUrl,
    edge,
    dns,
    proxy: `http://${proxy}`,
    ca: ca.path,
    apiKey: startKey(origin),
    ...account,
    organization: origin.organisation,
    edgeStaging,
  };
  return {
    ...startLine,
    startLine,
    clock: {
      now: () => context.clock.now(),
      advance: (ms) => advanceClock(context, ms),
      set: (iso) => moveClockTo(context, readTime(iso, "now")),
    },
  };
}

function openStore(options: EmulatorOptions, closers: (() => void)[]): { store: Store; clock: Clock } {
  const store = new Store(options.data);
  closers.push(() => store.close());
  return { store, clock: new Clock(store.meta) };
}

interface Parts {
  readonly options: EmulatorOptions;
  readonly store: Store;
  readonly clock: Clock;
  readonly ca: CertificateAuthority;
}

/** Everything but the listeners. Work that an earlier process left unfinished continues here. */
function openWorld(
  { options, store, clock, ca }: Parts,
  closers: (() => void)[],
): { context: EmulatorContext; zone: DnsZone; origin: Origin } {
  const rules = rulesOf(options);
  const frozenAt = options.now === undefined ? undefined : readTime(options.now, "now");
  const origin = openOrigin(store, clock, options, frozenAt);

  const zone = new DnsZone();
  const edge = new EdgeState(store);
  const publisher = new Publisher({ store, edge, rules, publishMs: options.publishMs ?? rules.publishMs });
  const keys = new KeyPool(rules.csrKey);
  closers.push(() => keys.close());
  const acme = acmeOf(options, zone, rules, (csrId, result) => {
    store.transaction(() => issuer.acmeResult(csrId, result, clock.now()));
    scheduler.rearm();
  });
  closers.push(() => acme?.close());
  const issuer: Issuer = new Issuer({
    store,
    rules,
    zone,
    publisher,
    keys,
    sign: ca.signCsr,
    issueMs: options.issueMs,
    isClockFrozen: () => clock.isFrozen(),
    acme,
  });
  const scheduler: Scheduler = new Scheduler(store, clock, (event) => {
    if (event.kind.startsWith("publish-")) publisher.onEvent(event);
    else issuer.onEvent(event);
  });
  let open = true;
  closers.push(() => {
    open = false;
    scheduler.stop();
  });
  const reset = () => {
    store.transaction(() => {
      store.snapshots.empty();
      if (frozenAt !== undefined) clock.freezeAt(frozenAt);
      else clock.load();
      seedOrganization(store, clock, origin, account.username);
    });
    reloadAll(context, zone);
  };
  const organisations = [origin.organisation, `${origin.organisation}-2`];
  const isOpen = () => open;
  const context: EmulatorContext = {
    store,
    clock,
    rules,
    edge,
    publisher,
    issuer,
    acme,
    keys,
    scheduler,
    account,
    organisations,
    reset,
    isOpen,
  };
  reloadAll(context, zone);
  zone.onChange(() => store.meta.set(zoneEntry, JSON.stringify(zone)));
  return { context, zone, origin };
}

function rulesOf({ strict, assumptions, certificateDays }: EmulatorOptions): Assumptions {
  const days = certificateDays === undefined ? {} : { managedCertificateDays: certificateDays };
  return { ...(strict ? strictAssumptions : defaultAssumptions), ...days, ...assumptions };
}

function openOrigin(
  store: Store,
  clock: Clock,
  { organization }: EmulatorOptions,
  frozenAt: number | undefined,
): Origin {
  const known = readOrigin(store);
  if (known !== undefined && organization !== undefined && organization !== known.organisation) {
    throw new Error(`The data belongs to organisation ${known.organisation}, not to ${organization}.`);
  }
  if (frozenAt !== undefined && (known === undefined || frozenAt > clock.now())) clock.freezeAt(frozenAt);
  if (known !== undefined) return known;
  const origin = { organisation: organization ?? "devorg", createdAtMs: clock.now() };
  store.transaction(() => seedOrganization(store, clock, origin, account.username));
  return origin;
}

function acmeOf(
  { acmeDirectory, acmeCa }: EmulatorOptions,
  zone: DnsZone,
  rules: Assumptions,
  report: (csrId: number, result: AcmeResult) => void,
): AcmeOrders | undefined {
  if (acmeDirectory === undefined) return undefined;
  return new AcmeOrders({ directoryUrl: acmeDirectory, caFile: acmeCa, zone, rules, report });
}

/** For the CA file of an emulator without a data folder. */
function temporaryDirectory(closers: (() => void)[]): string {
  const directory = mkdtempSync(join(tmpdir(), "qwilt-emulator-"));
  closers.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
