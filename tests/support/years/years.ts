/**
 * Two virtual years of a pipeline that runs every night, some nights skipped: certificates that the test's own CA signs
 * and that the program renews, and others that Qwilt renews by itself. The clock is virtual; everything is derived from
 * a seed.
 */
import { type Emulator, startEmulator } from "../../../emulator/emulator.ts";
import { Api, field } from "../../contract/emulator-harness.ts";
import type { EdgeChange, LedgerRow } from "../emulator/emulator-process.ts";
import { gateApi } from "../emulator/gate-api.ts";
import { type EngineOptions, play, preview, refresh, shownByRefresh } from "../engine/process-engine.ts";
import { type RuntimeProvider, startRuntime } from "../engine/runtime-provider.ts";
import type { Claim, Facts, History, Served as ServedFact } from "../history/checker.ts";
import { type Random, seededRandom } from "../random.ts";
import { type Ca, makeCa } from "../x509/factory.ts";
import { type ManagedOptions, ManagedSite } from "./managed-site.ts";
import { type SelfManagedOptions, SelfManagedSite, WINDOWS } from "./self-managed-site.ts";
import { DAY_MS, iso, siteIdOf, type World, type YearsSite } from "./site.ts";

const START = Date.parse("2026-12-01T03:00:00.000Z");

export interface YearsOptions {
  readonly seed: number;
  readonly nights: number;
  /** In days, one site each. */
  readonly selfManaged: readonly (Pick<SelfManagedOptions, "lifetimeDays" | "caDays"> &
    Partial<Pick<SelfManagedOptions, "tellsLifetime">>)[];
  /** Lifetime in days of a certificate that Qwilt manages. */
  readonly managedDays: number;
  readonly managed: readonly Omit<ManagedOptions, "lifetimeDays">[];
  /** The emulator rejects what the reference leaves open. */
  readonly strict?: boolean;
}

export interface YearsReport {
  /** What was wrong. */
  readonly problems: readonly string[];
  readonly runs: number;
  readonly rotations: Readonly<Record<string, number>>;
  /** What happened to managed sites. */
  readonly managed: Readonly<Record<string, number>>;
  readonly history: History;
  readonly facts: Facts;
}

export async function runYears(options: YearsOptions): Promise<YearsReport> {
  const emulator = await startEmulator({
    now: iso(START),
    certificateDays: options.managedDays,
    strict: options.strict ?? false,
    // RSA keys for some hundred requests would take most of the time; the programs have no traffic type.
    assumptions: { csrKey: "EC-P256", missingTrafficType: "accept" },
  });
  try {
    const span = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2036-01-01T00:00:00Z") };
    const root = await makeCa({ commonName: "Years Root", ...span });
    const ca = await makeCa({ commonName: "Years Intermediate", issuer: root, ...span });
    return await new Years(options, emulator, ca).run();
  } finally {
    await emulator.close();
  }
}

class Years implements World {
  readonly emulator: Emulator;
  readonly api: Api;
  readonly ca: Ca;
  readonly random: Random;
  private readonly options: YearsOptions;
  private readonly sites: readonly YearsSite[];
  private readonly known = new Set<string>();
  private readonly others = new Set<string>();
  private readonly problems: string[] = [];
  private readonly claims: Claim[] = [];
  private lastSeq = 0;
  private calls = 0;
  private callsAtClaim = -1;
  private runs = 0;

  constructor(options: YearsOptions, emulator: Emulator, ca: Ca) {
    this.options = options;
    this.emulator = emulator;
    this.api = new Api(emulator);
    this.ca = ca;
    this.random = seededRandom(options.seed);
    const { selfManaged, managed, managedDays: lifetimeDays } = options;
    // Shortest lifetimes first: a run that waits for Qwilt delays the following ones by an hour.
    this.sites = [
      ...selfManaged.map((one) => new SelfManagedSite(this.withWindow(one), this)),
      ...managed.map((one) => new ManagedSite({ ...one, lifetimeDays }, this)),
    ];
  }

  now(): number {
    return this.emulator.clock.now();
  }

  problem(site: YearsSite, what: string): void {
    this.problems.push(`${iso(this.now())} ${site.name} ${what}`);
  }

  know(fingerprint: string): void {
    this.known.add(fingerprint);
  }

  async seq(): Promise<number> {
    await this.rows();
    return this.lastSeq;
  }

  async somebodyElse(): Promise<Api> {
    const body = { name: "somebody else", ttl: 365, permission: "MediaEditor" };
    const made = await this.api.call("POST", "/api/1/api-keys", body);
    this.others.add(`api-key:${field(made, "keyId")}`);
    return this.api.as({ "x-api-key": field(made, "apiToken") });
  }

  async run(): Promise<YearsReport> {
    await this.firstNight();
    const servedFrom = iso(this.now());
    let ran = true;
    for (let night = 1; night <= this.options.nights; night++) {
      const jitterMs = this.random.below(600_000);
      this.emulator.clock.set(iso(Math.max(this.now(), START + night * DAY_MS + jitterMs)));
      for (const site of this.sites) await site.day();
      // Two nights without a run would be more than the shortest window allows.
      ran = !(ran && this.random.chance(0.15));
      if (ran) await this.night();
    }
    await this.expectNothingLeft();
    return this.report(servedFrom);
  }

  private async firstNight(): Promise<void> {
    const provider = this.startProvider();
    for (const site of this.sites) {
      if (site.prepare !== undefined) {
        await this.play(provider, site);
        await site.prepare();
      }
      const error = await this.play(provider, site);
      if (error !== undefined) throw new Error(`${site.name} was not made: ${error}`);
      await site.ran([], []);
      await this.claim("success", site);
    }
    await provider.close();
    await this.emptyRun(new Set(this.sites));
  }

  /** Preview, run and a further run, each in a separate process. */
  private async night(): Promise<void> {
    this.runs++;
    const shown = await this.previewAll();
    const provider = this.startProvider();
    const changed = new Set<YearsSite>();
    for (const site of this.sites) if (await this.runOne(provider, site, shown.get(site) ?? [])) changed.add(site);
    await provider.close();
    await this.emptyRun(changed);
  }

  private async previewAll(): Promise<Map<YearsSite, readonly string[]>> {
    const provider = this.startProvider();
    const shown = new Map<YearsSite, readonly string[]>();
    for (const site of this.sites) {
      if (!site.previews()) continue;
      const [callsBefore, saidBefore] = [this.calls, provider.said.length];
      const { changes, error } = await preview(engine(provider), site.program(), site.state);
      shown.set(site, changes);
      if (error !== undefined) this.problem(site, `refused its preview: ${error}`);
      this.expectLooks(site, "a preview", this.calls - callsBefore);
      if (site.isNear()) continue;
      this.expectSame(site, "preview", changes, site.expected());
      const words = site.saysOf(changes);
      const said = provider.said.slice(saidBefore);
      if (words !== undefined && !said.some((text) => text.endsWith(`: ${words}`)))
        this.problem(site, `did not say "${words}" but ${said.join(" | ")}`);
    }
    await provider.close();
    return shown;
  }

  /** @returns whether the run had anything to do */
  private async runOne(provider: RuntimeProvider, site: YearsSite, shown: readonly string[]): Promise<boolean> {
    const isNear = site.isNear();
    if (site.refreshes()) await this.refreshOne(provider, site);
    const [before, callsBefore] = [await this.markIf(shown.length > 0 || isNear), this.calls];
    const looks = site.looks();
    const expected = site.expectedError?.();
    const error = await this.play(provider, site);
    if (error !== undefined && (expected === undefined || !error.includes(expected)))
      this.problem(site, `failed: ${error}`);
    if (error === undefined && expected !== undefined) this.problem(site, `did not fail with ${expected}`);
    const calls = this.calls - callsBefore;
    if (shown.length === 0 && expected === undefined && !isNear) this.expectLooks(site, "a run without changes", calls);
    const rows = before === undefined ? [] : await this.rows(before);
    // The moment of a renewal may come between a preview and its run.
    await site.ran(isNear ? undefined : shown, rows);
    if (error === undefined) await this.claim("success", site);
    return calls > looks;
  }

  private async refreshOne(provider: RuntimeProvider, site: YearsSite): Promise<void> {
    const [before, saidBefore] = [site.state, provider.said.length];
    const { state, error } = await refresh(engine(provider), before);
    if (error !== undefined) return this.problem(site, `failed its refresh: ${error}`);
    site.state = state;
    const said = provider.said.slice(saidBefore);
    const { all, none } = site.warnings();
    for (const text of all)
      if (!said.some((one) => one.includes(text))) this.problem(site, `did not warn: ${text} (${said.join(" | ")})`);
    for (const text of none)
      if (said.some((one) => one.includes(text))) this.problem(site, `warned in vain: ${said.join(" | ")}`);
    const shown = await shownByRefresh(engine(provider), before, state);
    this.expectSame(site, "refresh", shown, site.expectedOfRefresh());
  }

  /** Right after a run nothing is left to do. If that run had nothing to do, it already showed this. */
  private async emptyRun(changed: ReadonlySet<YearsSite>): Promise<void> {
    const again = this.sites.filter((site) => changed.has(site) || this.random.chance(0.1));
    const provider = this.startProvider();
    for (const site of again) {
      // During the hour that another site waited for Qwilt, a certificate may have become due: that is for the next
      // night.
      if (site.settles() !== "at once" || site.isNear() || site.expected().length > 0) continue;
      const [callsBefore, before] = [this.calls, site.state.resources];
      const error = await this.play(provider, site);
      if (error !== undefined) this.problem(site, `failed a second run: ${error}`);
      this.expectLooks(site, "a second run", this.calls - callsBefore);
      const changed = site.state.resources.filter((saved, index) => saved !== before[index]);
      this.expectSame(
        site,
        "second run",
        changed.map(({ kind }) => kind),
        [],
      );
      await this.claim("empty preview", site);
    }
    await provider.close();
  }

  private async play(provider: RuntimeProvider, site: YearsSite): Promise<string | undefined> {
    const { state, error } = await play(engine(provider), site.program(), site.state);
    site.state = state;
    return error;
  }

  private startProvider(): RuntimeProvider {
    const { emulator } = this;
    return startRuntime({
      api: emulator.api,
      apiKey: emulator.apiKey,
      clock: { now: () => emulator.clock.now(), sleep: async (ms) => emulator.clock.advance(Math.ceil(ms)) },
      config: { edgeProbe: "try", edgeAddress: emulator.edge, dnsServer: emulator.dns },
      random: () => this.random.next(),
      wrap: (api) =>
        gateApi(api, (_call, send) => {
          this.calls++;
          return send();
        }),
    });
  }

  private expectSame(site: YearsSite, what: string, shown: readonly string[], expected: readonly string[]): void {
    if (JSON.stringify(shown) === JSON.stringify(expected)) return;
    this.problem(site, `${what} shows [${shown.join(", ")}] instead of [${expected.join(", ")}]`);
  }

  private expectLooks(site: YearsSite, what: string, calls: number): void {
    if (calls !== site.looks()) this.problem(site, `asked Qwilt ${calls} instead of ${site.looks()} times in ${what}`);
  }

  private async claim(kind: Claim["kind"], site: YearsSite): Promise<void> {
    const served = await site.serves();
    if (served === undefined) return;
    const { certificateId, fingerprint } = served;
    // Most claims follow one another without a call in between.
    if (this.calls !== this.callsAtClaim) await this.rows();
    this.callsAtClaim = this.calls;
    const [at, siteId] = [iso(this.now()), siteIdOf(site)];
    this.claims.push({ kind, seq: this.lastSeq, at, siteId, certificateId, hosts: [site.host], fingerprint });
  }

  /** Every replaced template and certificate was deleted, and no request was created needlessly. */
  private async expectNothingLeft(): Promise<void> {
    const list = async (path: string) => (await this.api.call("GET", path)).json as readonly Record<string, unknown>[];
    const templates = await list("/api/v2/certificate-templates");
    const certificates = await list("/api/v2/certificates");
    for (const site of this.sites) {
      const own = templates.filter(({ commonName }) => commonName === site.host);
      if (own.length !== 1) this.problem(site, `has ${own.length} templates at the end`);
      if (site instanceof ManagedSite) continue;
      const csrIds = own.flatMap((one) => one.csrIds as readonly number[]);
      if (csrIds.length !== 1) this.problem(site, `has signing requests ${csrIds.join(", ")} at the end`);
      const uploaded = certificates.filter(({ domain }) => domain === site.host);
      if (uploaded.length !== 1) this.problem(site, `has ${uploaded.length} certificates at the end`);
    }
    const made = (await this.rows(0)).filter(
      ({ method, route }) => method === "POST" && route.endsWith("/certificate-templates"),
    );
    const rotations = this.sites.reduce((sum, site) => sum + (site instanceof SelfManagedSite ? site.rotations : 0), 0);
    if (made.length !== this.sites.length + rotations)
      this.problems.push(`${made.length} templates were made by ${rotations} rotations of ${this.sites.length} sites`);
  }

  private async report(servedFrom: string): Promise<YearsReport> {
    const ledger = await this.rows(0);
    const edge = (await this.api.control("GET", "/edge/history")).json as EdgeChange[];
    const actors = [...new Set(ledger.map(({ actor }) => actor))].filter((actor) => !this.others.has(actor));
    const managed = this.sites.filter((site) => site instanceof ManagedSite);
    const foreign = managed.flatMap(({ foreignId }) => foreignId ?? []);
    const counts: Record<string, number> = {};
    for (const { count } of managed)
      for (const [what, many] of Object.entries(count)) counts[what] = (counts[what] ?? 0) + many;
    return {
      problems: this.problems,
      runs: this.runs,
      rotations: Object.fromEntries(
        this.sites.flatMap((site) => (site instanceof SelfManagedSite ? [[site.name, site.rotations]] : [])),
      ),
      managed: counts,
      history: { ledger, edge },
      facts: {
        actors,
        securedSites: this.sites.map(siteIdOf),
        served: this.sites.flatMap((site) => this.servedOf(site, servedFrom)),
        claims: this.claims,
        foreign: { certificates: foreign },
        replaceable: managed.filter(({ foreignId }) => foreignId !== undefined).map(siteIdOf),
        known: [...this.known],
        renewals: managed.flatMap(({ renewals }) => renewals),
      },
    };
  }

  /** Always served, and always valid except when nobody could have renewed. */
  private servedOf(site: YearsSite, servedFrom: string): ServedFact[] {
    const hosts = [site.host];
    const parts: ServedFact[] = [];
    let from = servedFrom;
    for (const excused of site.excused()) {
      parts.push({ hosts, from, until: excused.from, valid: true }, { hosts, ...excused });
      from = excused.until;
    }
    return [...parts, { hosts, from, until: iso(this.now()), valid: true }];
  }

  private withWindow(one: YearsOptions["selfManaged"][number]): SelfManagedOptions {
    const [renewBefore, days] = this.random.pick(WINDOWS[one.lifetimeDays] ?? []);
    const tellsLifetime = one.caDays === 0 && this.random.chance(0.5);
    return { tellsLifetime, ...one, renewBefore, windowMs: days * DAY_MS };
  }

  private async markIf(needed: boolean): Promise<number | undefined> {
    return needed ? this.seq() : undefined;
  }

  private async rows(since = this.lastSeq): Promise<LedgerRow[]> {
    const rows = (await this.api.control("GET", `/ledger?since=${since}`)).json as LedgerRow[];
    this.lastSeq = rows.at(-1)?.seq ?? this.lastSeq;
    return rows;
  }
}

const engine = (provider: RuntimeProvider): EngineOptions => ({ provider, textOf: (kind) => kind });
