/**
 * A site whose certificates the test's own CA signs: when its template is due is computed here independently of `diff`.
 */
import { SENTINEL } from "../../../provider/engine/unknowns.ts";
import { certificateFacts } from "../../../provider/x509/facts.ts";
import type { LedgerRow } from "../emulator/emulator-process.ts";
import { NOTHING, type Properties, type SavedState, type Wanted } from "../engine/process-engine.ts";
import { signRequest } from "../x509/factory.ts";
import { savedOrigin, siteResources } from "./program.ts";
import { DAY_MS, inShort, outputsOf, type Served, type World, type YearsSite } from "./site.ts";

export interface SelfManagedOptions {
  readonly lifetimeDays: number;
  readonly renewBefore: string | number;
  /** The same in milliseconds, computed independently. */
  readonly windowMs: number;
  /** Whether the program declares the lifetime of its CA's certificates. */
  readonly tellsLifetime: boolean;
  /** Days until the CA has signed; the first signature comes at once. */
  readonly caDays: number;
}

interface Signed extends Omit<Served, "certificateId"> {
  readonly certificate: string;
  readonly certificateChain: string;
}

const LINK = "SiteCertificateLink update";
const ROTATION = ["CertificateTemplate replace", "Certificate replace", LINK];
const REVISION = ["SiteConfiguration update", "SitePublication update"];
const SIGNED = ["Certificate replace", LINK];
/** A template counts from its own creation, a moment before the signature, or to the second before a whole day. */
const UNCERTAIN_MS = 60_000;

/** Days or a share of the lifetime, and the same value computed independently. */
export const WINDOWS: Readonly<Record<number, readonly (readonly [renewBefore: string | number, days: number])[]>> = {
  6: [
    ["1/2", 3],
    [3, 3],
  ],
  45: [
    ["1/3", 15],
    [14, 14],
  ],
  47: [
    [12, 12],
    ["30%", 14.1],
  ],
  64: [
    ["25%", 16],
    ["20 days", 20],
  ],
  90: [
    ["1/3", 30],
    [30, 30],
  ],
  100: [
    ["20%", 20],
    [31, 31],
  ],
  200: [
    ["1/4", 50],
    [30, 30],
  ],
  398: [
    ["10%", 39.8],
    [21, 21],
  ],
};

export class SelfManagedSite implements YearsSite {
  readonly name: string;
  readonly host: string;
  state: SavedState = NOTHING;
  private origin = 0;
  rotations = 0;
  private readonly options: SelfManagedOptions;
  private readonly world: World;
  private readonly signatures = new Map<string, Signed>();
  private readonly asked = new Map<string, number>();
  private current: Signed | undefined;

  constructor(options: SelfManagedOptions, world: World) {
    this.options = options;
    this.world = world;
    this.name = `self-managed-${options.lifetimeDays}${options.tellsLifetime ? "" : "-looked-up"}`;
    this.host = `www.${this.name}.example.com`;
  }

  program(): readonly Wanted[] {
    const { lifetimeDays, renewBefore, tellsLifetime } = this.options;
    const { name, host, origin } = this;
    const wanted = (kind: string, inputs: Wanted["inputs"]): Wanted => ({ kind, name, inputs });
    return [
      wanted("CertificateTemplate", () => ({
        commonName: host,
        autoManaged: false,
        renewBefore,
        ...(tellsLifetime ? { lifetimeDays } : {}),
      })),
      wanted("Certificate", async (of) => {
        const { csrPem, csrId } = of("CertificateTemplate");
        return { ...(await this.signature(String(csrPem))), csrPem, csrId };
      }),
      ...siteResources({ name, host, origin }, (of) => certificateOf(of("Certificate"))),
    ];
  }

  async day(): Promise<void> {
    if (this.world.random.chance(0.01)) this.origin++;
  }

  /** What a preview of the program has to show at this time. */
  expected(): readonly string[] {
    const shown = this.expectedOfCertificate();
    const [revision = "", publication = ""] = this.hasNewRevision() ? REVISION : [];
    const link = shown.filter((one) => one === LINK);
    return [...shown.filter((one) => one !== LINK), revision, ...link, publication].filter((one) => one !== "");
  }

  private expectedOfCertificate(): readonly string[] {
    if (this.waitsForSignature()) return this.isSigned() ? SIGNED : [];
    return this.isDue() ? ROTATION : [];
  }

  /** In the minute around the moment, both results are right. */
  isNear(): boolean {
    return Math.abs(this.world.now() - this.dueAt()) < UNCERTAIN_MS;
  }

  /** Reading its certificate repeatedly takes most of a night's time. */
  previews(): boolean {
    return this.isNear() || this.expected().length > 0 || this.world.random.chance(0.25);
  }

  refreshes(): boolean {
    return this.world.random.chance(0.1);
  }

  /** What is due is a change of the template in any command. */
  expectedOfRefresh(): readonly string[] {
    return !this.waitsForSignature() && this.isDue() ? ["CertificateTemplate update"] : [];
  }

  warnings = () => ({ all: [], none: [] });

  async ran(shown: readonly string[] | undefined, rows: readonly LedgerRow[]): Promise<void> {
    const leaf = outputsOf(this.state, "Certificate").fingerprint;
    const served = [...this.signatures.values()].find(({ fingerprint }) => fingerprint === leaf);
    if (served === undefined) return this.world.problem(this, "serves what no CA has signed");
    const before = this.current;
    this.current = served;
    if (before === undefined) return;
    const doing = rows.filter(({ method }) => method !== "GET").map(inShort);
    if (doing.includes("make template")) this.rotations++;
    if (shown === undefined) return;
    const rotates = shown[0] === ROTATION[0];
    const moves = before !== served;
    const saves = shown.includes("SiteConfiguration update");
    const expected = [
      ...(rotates ? ["make template"] : []),
      ...(moves ? ["upload"] : []),
      ...(saves ? ["save"] : []),
      ...(moves ? ["unlink", "link"] : []),
      // A new revision goes live together with the certificate.
      ...(saves ? ["publish"] : moves ? ["republish"] : []),
      ...(moves ? ["delete certificate"] : []),
      ...(rotates ? ["delete template"] : []),
    ];
    if (JSON.stringify(doing) === JSON.stringify(expected)) return;
    this.world.problem(this, `did ${doing.join(", ")} instead of ${expected.join(", ")}`);
  }

  saysOf(shown: readonly string[]): string | undefined {
    if (shown[0] !== ROTATION[0] || this.current === undefined) return undefined;
    const daysAt = (ms: number) => ((this.current?.notAfterMs ?? 0) - this.world.now() + ms) / DAY_MS;
    const [left, atMost] = [Math.floor(daysAt(0)), Math.floor(daysAt(UNCERTAIN_MS))];
    if (left !== atMost) return undefined;
    return `${left} days left of ${this.options.lifetimeDays}: a new CSR, then your CA's signature`;
  }

  settles = (): "at once" => "at once";

  /**
   * A template without a declared lifetime reads itself and its certificate, until a refresh has recorded the dates.
   */
  looks(): number {
    if (this.options.tellsLifetime || outputsOf(this.state, "CertificateTemplate").notAfter !== undefined) return 0;
    return this.waitsForSignature() ? 1 : 2;
  }

  async serves(): Promise<Served | undefined> {
    return this.current && { ...this.current, certificateId: Number(outputsOf(this.state, "Certificate").id) };
  }

  excused = (): readonly [] => [];

  private hasNewRevision(): boolean {
    return this.current !== undefined && savedOrigin(this.state) !== this.origin;
  }

  private dueAt(): number {
    if (this.waitsForSignature()) return Number.POSITIVE_INFINITY;
    return (this.current?.notAfterMs ?? 0) + 1_000 - this.options.windowMs;
  }

  private isDue(): boolean {
    return this.world.now() >= this.dueAt();
  }

  private waitsForSignature(): boolean {
    const csrPem = String(outputsOf(this.state, "CertificateTemplate").csrPem);
    const { fingerprint } = outputsOf(this.state, "Certificate");
    return this.signatures.get(csrPem)?.fingerprint !== fingerprint;
  }

  private isSigned(): boolean {
    const asked = this.asked.get(String(outputsOf(this.state, "CertificateTemplate").csrPem));
    return asked !== undefined && this.world.now() >= asked + this.options.caDays * DAY_MS;
  }

  /** The CA's signature of a request, or the previous certificate while it has not signed. */
  private async signature(csrPem: string): Promise<Properties> {
    if (csrPem === SENTINEL) return { certificate: SENTINEL, certificateChain: SENTINEL };
    const now = this.world.now();
    const asked = this.asked.get(csrPem) ?? now;
    this.asked.set(csrPem, asked);
    const waits = this.current !== undefined && now < asked + this.options.caDays * DAY_MS;
    const signed = this.signatures.get(csrPem) ?? (waits ? this.current : await this.sign(csrPem));
    return { certificate: signed?.certificate, certificateChain: signed?.certificateChain };
  }

  private async sign(csrPem: string): Promise<Signed> {
    const from = Math.floor(this.world.now() / 1_000) * 1_000;
    // Public CAs end a second before the whole day: both ends belong to the lifetime.
    const notAfterMs = from + this.options.lifetimeDays * DAY_MS - 1_000;
    const made = await signRequest({
      csrPem,
      ca: this.world.ca,
      notBefore: new Date(from),
      notAfter: new Date(notAfterMs),
    });
    const signed = { ...made, fingerprint: certificateFacts(made.certificate).fingerprint, notAfterMs };
    this.signatures.set(csrPem, signed);
    this.world.know(signed.fingerprint);
    return signed;
  }
}

/** What the class SiteCertificateLink takes from a certificate object. */
function certificateOf({ id, fingerprint, dnsNames, ipAddresses, notAfter }: Properties): Properties {
  return { certificateId: id === SENTINEL ? id : Number(id), fingerprint, dnsNames, ipAddresses, notAfter };
}
