/**
 * A pipeline that runs every night for years: sites with short-lived certificates, which the program renews in time,
 * while requests fail, publishes fail and the provider process is killed. The clock is virtual and everything is
 * derived from a seed.
 */
import { type Emulator, startEmulator } from "../../../emulator/emulator.ts";
import { certificateFacts } from "../../../provider/x509/facts.ts";
import { Api } from "../../contract/emulator-harness.ts";
import type { EdgeChange, LedgerRow } from "../emulator/emulator-process.ts";
import { gateApi } from "../emulator/gate-api.ts";
import {
  type EngineProvider,
  NOTHING,
  type Properties,
  play,
  type Saved,
  type SavedState,
  type Wanted,
} from "../engine/process-engine.ts";
import { startRuntime } from "../engine/runtime-provider.ts";
import type { Claim, Facts, History } from "../history/checker.ts";
import { hostIndex } from "../programs/site-program.ts";
import { type Random, seededRandom } from "../random.ts";
import { type Ca, type Leaf, makeCa, makeLeaf, sharedKeys } from "../x509/factory.ts";

const DAY_MS = 86_400_000;
const START = "2026-12-01T00:00:00.000Z";

export interface NightlyOptions {
  readonly seed: number;
  readonly nights: number;
  readonly sites: number;
  /** Lifetime of a certificate, and how long before its expiry the program renews it. */
  readonly lifetimeDays: number;
  readonly renewBeforeDays: number;
}

export interface NightlyReport {
  readonly rotations: number;
  readonly revisions: number;
  readonly kills: number;
  readonly faults: number;
  /** Runs of one site that ended with an error; a later night must repair each. */
  readonly failedRuns: number;
  /** Runs that failed for no reason, or sites that did not recover by themselves. */
  readonly needsPerson: readonly string[];
  readonly publishes: number;
  readonly history: History;
  readonly facts: Facts;
}

interface Site {
  readonly name: string;
  readonly host: string;
  state: SavedState;
  wanted: { readonly leaf: Leaf; readonly fingerprint: string; readonly notAfterMs: number };
  origin: number;
}

export async function runNights(options: NightlyOptions): Promise<NightlyReport> {
  const emulator = await startEmulator({ now: START });
  try {
    return await new Nights(options, emulator, await makeCaForYears()).run();
  } finally {
    await emulator.close();
  }
}

async function makeCaForYears(): Promise<Ca> {
  const span = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2036-01-01T00:00:00Z") };
  const root = await makeCa({ commonName: "Nightly Root", ...span });
  return makeCa({ commonName: "Nightly Intermediate", issuer: root, ...span });
}

class Nights {
  private readonly options: NightlyOptions;
  private readonly emulator: Emulator;
  private readonly api: Api;
  private readonly ca: Ca;
  private readonly random: Random;
  private readonly claims: Claim[] = [];
  private readonly known = new Set<string>();
  private readonly needsPerson: string[] = [];
  private readonly killSeqs: number[] = [];
  private readonly count = { rotations: 0, revisions: 0, kills: 0, faults: 0, failedRuns: 0 };
  private issued = 0;

  constructor(options: NightlyOptions, emulator: Emulator, ca: Ca) {
    this.options = options;
    this.emulator = emulator;
    this.api = new Api(emulator);
    this.ca = ca;
    this.random = seededRandom(options.seed);
  }

  async run(): Promise<NightlyReport> {
    const sites = await this.firstNight();
    const servedFrom = this.iso();
    for (let night = 1; night <= this.options.nights; night++) {
      this.emulator.clock.set(new Date(Date.parse(START) + night * DAY_MS).toISOString());
      await this.change(sites);
      await this.night(sites, this.trouble());
    }
    await this.expectSettled(sites);
    const history = { ledger: await this.ledger(), edge: await this.edgeHistory() };
    const hosts = sites.map(({ host }) => host);
    const isPublish = ({ method, route, status }: LedgerRow) =>
      method === "POST" && /publishing-operations(\/actions\/republish)?$/.test(route) && status > 0 && status < 300;
    return {
      ...this.count,
      needsPerson: this.needsPerson,
      publishes: history.ledger.filter(isPublish).length,
      history,
      facts: {
        securedSites: sites.map((site) => siteIdOf(site.state)),
        served: [{ hosts, from: servedFrom, until: this.iso(), valid: true }],
        claims: this.claims,
        known: [...this.known],
        kills: this.killSeqs,
      },
    };
  }

  /** Everything is created without faults, with certificates of different ages. */
  private async firstNight(): Promise<Site[]> {
    const sites: Site[] = [];
    for (let index = 0; index < this.options.sites; index++) {
      const host = `www.site-${index}.example.com`;
      const leftDays =
        this.options.renewBeforeDays + 1 + this.random.below(this.options.lifetimeDays - this.options.renewBeforeDays);
      const wanted = await this.issue(host, leftDays);
      sites.push({ name: `site-${index}`, host, state: NOTHING, wanted, origin: 0 });
    }
    await this.night(sites, undefined);
    return sites;
  }

  /** What people and the ACME client did during the day. */
  private async change(sites: readonly Site[]): Promise<void> {
    for (const site of sites) {
      if (site.wanted.notAfterMs - this.emulator.clock.now() <= this.options.renewBeforeDays * DAY_MS) {
        site.wanted = await this.issue(site.host, this.options.lifetimeDays);
        this.count.rotations++;
      }
      if (this.random.chance(0.01)) {
        site.origin++;
        this.count.revisions++;
      }
    }
  }

  private async issue(host: string, leftDays: number): Promise<Site["wanted"]> {
    const notAfterMs = this.emulator.clock.now() + leftDays * DAY_MS;
    const leaf = await makeLeaf({
      names: [host],
      ca: this.ca,
      keys: sharedKeys("EC-P256", this.issued++ % 40),
      notBefore: new Date(notAfterMs - this.options.lifetimeDays * DAY_MS),
      notAfter: new Date(notAfterMs),
    });
    const { fingerprint } = certificateFacts(leaf.certificate);
    this.known.add(fingerprint);
    return { leaf, fingerprint, notAfterMs };
  }

  /** One run of the pipeline. A killed process leaves the rest of the sites for the next night. */
  private async night(sites: readonly Site[], trouble: Trouble | undefined): Promise<void> {
    await this.api.control("DELETE", "/faults");
    for (const fault of trouble?.faults ?? []) await this.api.control("POST", "/faults", fault);
    const provider = this.startProvider(trouble?.killAt);
    const failed: string[] = [];
    for (const site of sites) {
      const { state, error } = await play({ provider, textOf: (kind) => kind }, programOf(site), site.state);
      site.state = state;
      if (error === undefined) await this.claim(site);
      else failed.push(`${this.iso()} ${site.name}: ${error}`);
      if (provider.dead()) break;
    }
    await provider.close();
    if (provider.dead()) {
      this.count.kills++;
      await this.ledger(this.lastSeq);
      this.killSeqs.push(this.lastSeq);
    }
    if (trouble?.faults.length) this.count.faults++;
    this.count.failedRuns += failed.length;
    if (trouble === undefined) this.needsPerson.push(...failed);
  }

  private startProvider(killAt: Trouble["killAt"]): MortalProvider {
    const { emulator } = this;
    let calls = 0;
    const living = startRuntime({
      api: emulator.api,
      apiKey: emulator.apiKey,
      clock: { now: () => emulator.clock.now(), sleep: async (ms) => emulator.clock.advance(Math.ceil(ms)) },
      config: { edgeProbe: "try", edgeAddress: emulator.edge },
      random: () => this.random.next(),
      wrap: (api) =>
        gateApi(api, async (_call, send) => {
          // What a killed process was about to send is not sent.
          if (mortal.dead()) return never;
          emulator.clock.advance(5);
          calls++;
          if (killAt === undefined || calls !== killAt.call) return send();
          if (killAt.moment === "after") await send().catch(() => undefined);
          mortal.kill();
          return never;
        }),
    });
    const mortal = mortalProvider(living);
    return mortal;
  }

  /** What goes wrong tonight; most nights nothing does. */
  private trouble(): Trouble | undefined {
    const { random } = this;
    const what = random.pick(["nothing", "nothing", "nothing", "kill", "fault", "both"] as const);
    if (what === "nothing") return undefined;
    const moment = random.pick(["before", "after"] as const);
    const killAt = what === "fault" ? undefined : { call: 1 + random.below(16), moment };
    if (what === "kill") return { faults: [], killAt };
    // A stuck publish whose process was killed belongs to nobody: only a person can know that it may be canceled.
    const effect = random.pick(what === "both" ? EFFECTS : [...EFFECTS, STUCK]);
    const probability = random.pick([0.05, 0.2, 0.6]);
    const match = { probability, times: 1 + random.below(8), seed: random.below(1_000_000) };
    return { faults: [{ match, effect }], killAt };
  }

  private async claim(site: Site): Promise<void> {
    const link = site.state.resources.find(({ kind }) => kind === "SiteCertificateLink");
    this.claims.push({
      kind: "success",
      seq: (await this.ledger(this.lastSeq)).at(-1)?.seq ?? this.lastSeq,
      at: this.iso(),
      siteId: siteIdOf(site.state),
      certificateId: Number(link?.outputs.certificateId),
      hosts: [site.host],
      fingerprint: site.wanted.fingerprint,
    });
  }

  /** After at most two quiet nights everything is as wanted, and a third one has nothing to do. */
  private async expectSettled(sites: readonly Site[]): Promise<void> {
    for (let quiet = 0; quiet < 2; quiet++) await this.night(sites, undefined);
    const before = (await this.ledger()).length;
    await this.night(sites, undefined);
    const calls = (await this.ledger()).slice(before);
    if (calls.length > 0) this.needsPerson.push(`a quiet night still made ${calls.length} calls`);
  }

  private lastSeq = 0;

  private async ledger(since = 0): Promise<LedgerRow[]> {
    const rows = (await this.api.control("GET", `/ledger?since=${since}`)).json as LedgerRow[];
    this.lastSeq = rows.at(-1)?.seq ?? this.lastSeq;
    return rows;
  }

  private async edgeHistory(): Promise<EdgeChange[]> {
    return (await this.api.control("GET", "/edge/history")).json as EdgeChange[];
  }

  private iso(): string {
    return new Date(this.emulator.clock.now()).toISOString();
  }
}

const never = new Promise<never>(() => undefined);

interface MortalProvider extends EngineProvider {
  /** Nothing in flight is answered, and nothing requested afterwards. */
  kill(): void;
  dead(): boolean;
}

/** A process that can be killed. The engine sees an error without a state, and saves what it had before. */
function mortalProvider(living: EngineProvider): MortalProvider {
  const ended = { details: "the provider process ended" };
  let isDead = false;
  let die: () => void = () => undefined;
  const death = new Promise<void>((resolve) => {
    die = resolve;
  });
  const mortal =
    <Args extends readonly unknown[], T>(verb: (...args: Args) => Promise<T>) =>
    async (...args: Args) => {
      const answer = isDead ? undefined : await Promise.race([verb(...args), death]);
      return answer ?? { error: ended, ok: undefined };
    };
  return {
    ...living,
    create: mortal(living.create),
    read: mortal(living.read),
    update: mortal(living.update),
    remove: mortal(living.remove),
    kill() {
      isDead = true;
      die();
    },
    dead: () => isDead,
  };
}

interface Trouble {
  readonly faults: readonly object[];
  readonly killAt: { readonly call: number; readonly moment: "before" | "after" } | undefined;
}

const EFFECTS: readonly object[] = [
  { status: 500 },
  { status: 502 },
  { status: 503, retryAfter: 7 },
  { status: 429, retryAfter: 3 },
  { status: 409 },
  { reset: "before" },
  { reset: "after" },
  { truncate: true },
  { publish: "invalid" },
  { publish: "dismissed" },
  { publish: "aborted" },
  { publish: "failed" },
];
const STUCK = { publish: "stuck" };

function programOf({ name, host, wanted, origin }: Site): readonly Wanted[] {
  const { leaf } = wanted;
  const all = (kind: string, inputs: Wanted["inputs"]): Wanted => ({ kind, name, inputs });
  return [
    all("Site", () => ({ siteName: host })),
    all("SiteConfiguration", (of) => ({
      siteId: of("Site").siteId,
      hostIndex: hostIndex([host], `origin-${origin}.example.com`),
    })),
    all("Certificate", () => ({
      certificate: leaf.certificate,
      certificateChain: leaf.certificateChain,
      privateKey: leaf.privateKey,
    })),
    all("SiteCertificateLink", (of) => ({
      siteId: of("Site").siteId,
      hosts: of("SiteConfiguration").securedHosts,
      revisionId: of("SiteConfiguration").revisionId,
      ...certificateOf(of("Certificate")),
    })),
    all("SitePublication", (of) => ({ siteId: of("Site").siteId, revisionId: of("SiteConfiguration").revisionId })),
  ];
}

/** What the class SiteCertificateLink takes from a certificate object. */
function certificateOf({ id, fingerprint, dnsNames, ipAddresses, notAfter }: Properties): Properties {
  return { certificateId: Number(id), fingerprint, dnsNames, ipAddresses, notAfter };
}

function siteIdOf({ resources }: SavedState): string {
  const site: Saved | undefined = resources.find(({ kind }) => kind === "Site");
  return String(site?.id);
}
