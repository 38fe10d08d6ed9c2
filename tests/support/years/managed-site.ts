/** A site whose certificates Qwilt issues and renews by itself, and what people do to it over the years. */
import { certificateFacts } from "../../../provider/x509/facts.ts";
import { field } from "../../contract/emulator-harness.ts";
import type { LedgerRow } from "../emulator/emulator-process.ts";
import { NOTHING, type SavedState, type Wanted } from "../engine/process-engine.ts";
import type { Renewal } from "../history/checker.ts";
import { makeLeaf, sharedKeys } from "../x509/factory.ts";
import { Outages } from "./outages.ts";
import { savedOrigin, siteResources } from "./program.ts";
import {
  DAY_MS,
  type Excused,
  inShort,
  iso,
  outputsOf,
  type Served,
  siteIdOf,
  type World,
  type YearsSite,
} from "./site.ts";

export interface ManagedOptions {
  readonly name: string;
  readonly lifetimeDays: number;
  /** How the link gets its certificate. */
  readonly follows: "template" | "issuance";
  /** "foreign": in one night somebody links another certificate. "record": the CNAME is missing now and then. */
  readonly trouble?: "foreign" | "record";
  /** Night of the foreign link. */
  readonly foreignNight?: number;
}

const LINK = "SiteCertificateLink update";
const REVISION = ["SiteConfiguration update", "SitePublication update"];
/** Runs that find the foreign certificate before the program allows its replacement. */
const FOREIGN_RUNS = 3;
/** Qwilt takes longer from the request to a CA to a changed edge. */
const LOOK_AGAIN_MS = 60_000;

export class ManagedSite implements YearsSite {
  readonly name: string;
  readonly host: string;
  state: SavedState = NOTHING;
  readonly renewals: Renewal[] = [];
  readonly count = { renewals: 0, outages: 0, failedRenewals: 0, retriggers: 0, underWay: 0, foreign: 0 };
  foreignId: number | undefined;
  private readonly options: ManagedOptions;
  private readonly world: World;
  private readonly closed: Excused[] = [];
  private readonly outage: Outages;
  private origin = 0;
  private isDelegated = false;
  private night = 0;
  private foreign: { readonly phase: "none" | "linked" | "seen" | "allowed" | "over"; readonly runs: number };
  private retrigger: { readonly text: string; readonly isAsked: boolean } | undefined;
  private issued: Served | undefined;
  private signing = { state: "", atMs: 0 };

  constructor(options: ManagedOptions, world: World) {
    this.options = options;
    this.world = world;
    this.name = options.name;
    this.host = `www.${options.name}.example.com`;
    this.foreign = { phase: "none", runs: 0 };
    this.outage = new Outages(options.lifetimeDays);
  }

  program(): readonly Wanted[] {
    const { name, host, origin } = this;
    const wanted = (kind: string, inputs: Wanted["inputs"]): Wanted => ({ kind, name, inputs });
    const template = wanted("CertificateTemplate", () => ({ commonName: host }));
    if (!this.isDelegated) return [template];
    const retrigger = this.retrigger === undefined ? {} : { retrigger: this.retrigger.text };
    const issuance = wanted("CertificateIssuance", (of) => ({
      certificateTemplateId: of("CertificateTemplate").certificateTemplateId,
      ...retrigger,
    }));
    const replacing = this.foreign.phase === "allowed" ? { replaceExisting: true } : {};
    const site = { name, host, origin, ...replacing };
    if (this.options.follows === "template") {
      const link = siteResources(site, (of) => ({
        certificateTemplateId: of("CertificateTemplate").certificateTemplateId,
      }));
      return [template, issuance, ...link];
    }
    return [
      template,
      issuance,
      ...siteResources(site, (of) => {
        const { certificateId, certificateTemplateId } = of("CertificateIssuance");
        const { fingerprint, dnsNames, ipAddresses, notAfter } = of("CertificateIssuance");
        const facts = { fingerprint, dnsNames, ipAddresses, notAfter };
        return { certificate: "issuance", certificateId, certificateTemplateId, ...facts };
      }),
    ];
  }

  /** Creates the record that the template requires, instead of a DNS package's resource. */
  async prepare(): Promise<void> {
    await this.putRecord();
    this.isDelegated = true;
  }

  async day(): Promise<void> {
    this.night++;
    await this.look();
    const { trouble, foreignNight } = this.options;
    if (!this.isForeign() && this.world.random.chance(0.01)) this.origin++;
    if (trouble === "foreign" && this.foreign.phase === "none" && this.night >= (foreignNight ?? 0) && this.isQuiet())
      await this.linkForeign();
    if (this.foreign.phase === "seen" && this.foreign.runs >= FOREIGN_RUNS) this.enter("allowed");
    if (trouble === "record") await this.recordDay();
  }

  expected(): readonly string[] {
    const shown: string[] = [];
    if (this.isRetriggering()) shown.push("CertificateIssuance update");
    const [configuration = "", publication = ""] = REVISION;
    const hasNewRevision = this.hasNewRevision();
    if (hasNewRevision) shown.push(configuration);
    const linkChanges = this.foreign.phase === "seen" || this.foreign.phase === "allowed";
    if (linkChanges || (this.isRetriggering() && this.options.follows === "issuance")) shown.push(LINK);
    if (hasNewRevision) shown.push(publication);
    return shown;
  }

  saysOf(): string | undefined {
    if (this.foreign.phase !== "seen") return undefined;
    return `the site is linked to certificate ${this.foreignId}, which this stack did not link (it linked ${this.issued?.certificateId}): \`pulumi up\` replaces it only with replaceExisting: true`;
  }

  isNear = (): boolean => false;
  previews = (): boolean => true;
  refreshes = (): boolean => true;

  /** Qwilt's own renewals are not a change; somebody else's certificate is one. */
  expectedOfRefresh(): readonly string[] {
    return this.isForeign() || this.foreign.phase === "allowed" ? [LINK] : [];
  }

  expectedError(): string | undefined {
    return this.isForeign()
      ? `The site is linked to certificate ${this.foreignId}, which was not linked by this stack. It was left unchanged.`
      : undefined;
  }

  warnings(): { readonly all: readonly string[]; readonly none: readonly string[] } {
    const missing = "the record is missing: create _acme-challenge.";
    const foreign = `is now linked to certificate ${this.foreignId}; this stack linked ${this.issued?.certificateId}`;
    const [isAway, isForeign] = [this.outage.isAway, this.foreign.phase === "linked"];
    return {
      all: [...(isAway ? [`${missing}${this.host} CNAME `] : []), ...(isForeign ? [foreign] : [])],
      none: [...(isAway ? [] : [missing]), ...(isForeign ? [] : ["; this stack linked"])],
    };
  }

  async ran(shown: readonly string[] | undefined, rows: readonly LedgerRow[]): Promise<void> {
    const before = this.issued;
    if (before === undefined) return this.look();
    const doing = rows.filter(({ method }) => method !== "GET").map(inShort);
    const expected: string[] = [];
    if (shown?.includes("SiteConfiguration update")) expected.push("save", "publish");
    if (this.foreign.phase === "allowed") expected.unshift("unlink", "link", "republish");
    if (this.isRetriggering()) expected.unshift("ask again");
    // Qwilt moves the site to the requested certificate by itself, and the link may come first; a link by template
    // never does.
    const free = this.isRetriggering() && this.options.follows === "issuance" ? ["unlink", "link", "republish"] : [];
    const left = doing.filter((word) => !free.includes(word));
    if (JSON.stringify(left) !== JSON.stringify(expected))
      this.world.problem(this, `did ${doing.join(", ")} instead of ${expected.join(", ")}`);
    if (this.isRetriggering()) this.count.retriggers++;
    if (this.retrigger !== undefined) this.retrigger = { ...this.retrigger, isAsked: true };
    if (this.foreign.phase === "linked") this.enter("seen");
    else if (this.foreign.phase === "allowed") this.enter("over");
    else if (this.foreign.phase === "seen") this.foreign = { ...this.foreign, runs: this.foreign.runs + 1 };
    await this.lookAgain();
    if (this.issued === before) this.judgeOutputs();
  }

  looks = (): number => 0;

  settles = (): "at once" | "not yet" => (this.expectedError() === undefined ? "at once" : "not yet");

  async serves(): Promise<Served | undefined> {
    await this.lookAgain();
    return this.isKnown() ? this.issued : undefined;
  }

  /** Without the record nobody can renew: from the expiry of the last certificate until there is a new one. */
  excused(): readonly Excused[] {
    const end = this.issued?.notAfterMs ?? Number.POSITIVE_INFINITY;
    if (this.options.trouble !== "record" || end > this.world.now()) return this.closed;
    return [...this.closed, { from: iso(end), until: iso(this.world.now()) }];
  }

  /** Somebody else's certificate is not the stack's, and while Qwilt is working both results are right. */
  private isKnown(): boolean {
    return this.isQuiet() && !this.isForeign();
  }

  private isForeign(): boolean {
    return this.foreign.phase === "linked" || this.foreign.phase === "seen";
  }

  /** No signing request is in progress. */
  private isQuiet(): boolean {
    return this.signing.state === "NOTIFIED_SITES" || this.signing.state.endsWith("_FAILURE");
  }

  private isRetriggering(): boolean {
    return this.retrigger !== undefined && !this.retrigger.isAsked;
  }

  private hasNewRevision(): boolean {
    return this.issued !== undefined && savedOrigin(this.state) !== this.origin;
  }

  private enter(phase: ManagedSite["foreign"]["phase"]): void {
    this.foreign = { phase, runs: 0 };
  }

  /** Advances the clock while a run waits. */
  private async lookAgain(): Promise<void> {
    const isStale = this.world.now() - this.signing.atMs > LOOK_AGAIN_MS;
    if (isStale || outputsOf(this.state, "SiteCertificateLink").linkedCertificateId !== this.issued?.certificateId)
      await this.look();
  }

  /** What Qwilt has now, read without the provider. */
  private async look(): Promise<void> {
    const { api } = this.world;
    const { certificateTemplateId: templateId } = outputsOf(this.state, "CertificateTemplate");
    const template = await api.call("GET", `/api/v2/certificate-templates/${templateId}`);
    const csrIds = (template.json as { readonly csrIds: readonly number[] }).csrIds;
    const request = await api.call("GET", `/api/v2/certificate-signing-requests/${csrIds.at(-1)}`);
    const state = field(request, "signingState");
    if (state.endsWith("_FAILURE") && state !== this.signing.state) this.count.failedRenewals++;
    this.signing = { state, atMs: this.world.now() };
    if (!this.isQuiet()) this.count.underWay++;
    const links = await api.call("GET", `/api/v2/sites/${siteIdOf(this)}/certificates`);
    const linked = Number((links.json as readonly { readonly certificateId: string }[])[0]?.certificateId);
    if (linked === this.issued?.certificateId || linked === this.foreignId) return;
    await this.renewedTo(linked);
  }

  private async renewedTo(certificateId: number): Promise<void> {
    const { api } = this.world;
    const found = await api.call("GET", `/api/v2/certificates/${certificateId}?detailed=true`);
    const { fingerprint, notAfter } = certificateFacts(Buffer.from(field(found, "certificate"), "base64").toString());
    const before = this.issued;
    this.world.know(fingerprint);
    this.issued = { certificateId, fingerprint, notAfterMs: Date.parse(notAfter) };
    if (before === undefined) return;
    this.count.renewals++;
    if (before.notAfterMs <= this.world.now())
      this.closed.push({ from: iso(before.notAfterMs), until: iso(this.world.now()) });
    const byStack = outputsOf(this.state, "SiteCertificateLink").linkedCertificateId === certificateId;
    if (!byStack) this.renewals.push({ seq: await this.world.seq(), siteId: siteIdOf(this), certificateId });
  }

  /** After a refresh the outputs match Qwilt, unless Qwilt is just changing something. */
  private judgeOutputs(): void {
    const { issued } = this;
    if (issued === undefined || !this.isKnown()) return;
    for (const kind of ["CertificateIssuance", "SiteCertificateLink"]) {
      const { certificateId, fingerprint } = outputsOf(this.state, kind);
      if (certificateId === issued.certificateId && fingerprint === issued.fingerprint) continue;
      this.world.problem(this, `${kind} tells certificate ${certificateId}, Qwilt has ${issued.certificateId}`);
    }
  }

  private async linkForeign(): Promise<void> {
    const other = await this.world.somebodyElse();
    const [notBefore, notAfter] = [new Date(this.world.now()), new Date(this.world.now() + 800 * DAY_MS)];
    const leaf = await makeLeaf({ names: [this.host], ca: this.world.ca, keys: sharedKeys(), notBefore, notAfter });
    const id = await other.newCertificate(leaf);
    this.world.know(certificateFacts(leaf.certificate).fingerprint);
    const siteId = siteIdOf(this);
    await other.call("DELETE", `/api/v2/sites/${siteId}/certificates/${this.issued?.certificateId}`);
    await other.link(siteId, id);
    await other.republish(siteId);
    this.world.emulator.clock.advance(5_000);
    this.foreignId = Number(id);
    this.count.foreign++;
    this.enter("linked");
  }

  /**
   * The record is removed and restored; once it is back after a failed renewal, people request a new signing request.
   */
  private async recordDay(): Promise<void> {
    const deed = this.outage.deed(this.issued?.notAfterMs ?? 0, this.world.now());
    if (deed === "remove") {
      this.count.outages++;
      await this.world.api.control("DELETE", `/dns/_acme-challenge.${this.host}`);
    } else if (deed === "restore") await this.putRecord();
    const failed = this.signing.state.endsWith("_FAILURE");
    if (!failed || this.outage.isAway || this.isRetriggering()) return;
    this.retrigger = { text: `mended ${iso(this.world.now())}`, isAsked: false };
  }

  private async putRecord(): Promise<void> {
    const records = outputsOf(this.state, "CertificateTemplate").delegationRecords as readonly {
      readonly fromDomain: string;
      readonly toDomain: string;
      readonly ttl: number;
    }[];
    for (const { fromDomain, toDomain, ttl } of records)
      await this.world.api.control("PUT", `/dns/${fromDomain}`, { type: "CNAME", value: toDomain, ttl });
  }
}
