/** Runs with certificates whose key Qwilt creates: managed ones, and those signed by the user's own CA. */
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CertificateAuthority, createCertificateAuthority } from "../../../emulator/issuance/ca.ts";
import type { EmulatorProcess } from "../emulator/emulator-process.ts";
import type { Wanted } from "../engine/process-engine.ts";
import { HOSTS } from "../programs/site-program.ts";
import { destroyed, type Flow, linkOfCertificate, linkOfIssuance, siteWith } from "./flows.ts";

const DAY_MS = 86_400_000;
const [COMMON_NAME, ...FURTHER_NAMES] = HOSTS;
/** Minutes; nothing here takes that long. */
const PATIENCE = 0.3;

export function managedFlows(): readonly Flow[] {
  const live: Omit<Flow, "name" | "program"> = {
    before: [managed()],
    live: true,
    served: newestIssued,
    certificates: 1,
    staying: 1,
    linked: true,
  };
  return [
    { ...live, name: "managed: create", before: [], live: false, program: managed(), waits: true },
    {
      ...live,
      name: "managed: retrigger",
      before: [managed()],
      spoiledBy: { signing: "CHALLENGE_DELEGATION_FAILURE" },
      live: false,
      program: managed("record mended"),
      waits: true,
    },
    { ...live, name: "managed: refresh", program: undefined },
    destroyed({ ...live, name: "managed: destroy", program: [] }),
  ];
}

function managed(retrigger?: string): readonly Wanted[] {
  const template: Wanted = {
    kind: "CertificateTemplate",
    name: "www",
    inputs: () => ({ commonName: COMMON_NAME, subjectAlternativeNames: FURTHER_NAMES }),
  };
  const issuance: Wanted = {
    kind: "CertificateIssuance",
    name: "www",
    inputs: (of) => ({
      certificateTemplateId: of("CertificateTemplate").certificateTemplateId,
      timeouts: { create: PATIENCE, update: PATIENCE },
      ...(retrigger === undefined ? {} : { retrigger }),
    }),
  };
  return siteWith([template, issuance], linkOfIssuance);
}

export async function selfManagedFlows(): Promise<readonly Flow[]> {
  const sign = await corporateCa();
  const first = selfManaged(sign, "1");
  const live: Omit<Flow, "name" | "program"> = {
    before: [first],
    live: true,
    served: newestIssued,
    certificates: 1,
    linked: true,
  };
  return [
    { ...live, name: "self-managed: create", before: [], live: false, program: first },
    { ...live, name: "self-managed: rotate", program: selfManaged(sign, "2"), rotates: true },
    { ...live, name: "self-managed: refresh", program: undefined },
    destroyed({ ...live, name: "self-managed: destroy", program: [] }),
  ];
}

type Sign = (csrPem: string) => { readonly certificate: string; readonly certificateChain: string };

function selfManaged(sign: Sign, rotation: string): readonly Wanted[] {
  const template: Wanted = {
    kind: "CertificateTemplate",
    name: "www",
    inputs: () => ({
      commonName: COMMON_NAME,
      subjectAlternativeNames: FURTHER_NAMES,
      autoManaged: false,
      rotation,
    }),
  };
  const certificate: Wanted = {
    kind: "Certificate",
    name: "www",
    inputs(of) {
      const { csrId, csrPem } = of("CertificateTemplate");
      return { ...sign(String(csrPem)), csrId, csrPem };
    },
  };
  return siteWith([template, certificate], linkOfCertificate);
}

/** Signs a request once, like a CA resource that stays in the state. */
async function corporateCa(): Promise<Sign> {
  const directory = mkdtempSync(join(tmpdir(), "corporate-ca-"));
  const ca: CertificateAuthority = await createCertificateAuthority({
    directory,
    commonName: "Corporate CA",
    now: Date.now,
  });
  // From here on it signs from memory.
  rmSync(directory, { recursive: true });
  const signed = new Map<string, ReturnType<Sign>>();
  return (csrPem) => {
    const known = signed.get(csrPem);
    if (known !== undefined) return known;
    const notBefore = Math.floor(Date.now() / 1_000) * 1_000;
    const { certificatePem, chainPem } = ca.signCsr(csrPem, { notBefore, notAfter: notBefore + 47 * DAY_MS });
    const made = { certificate: certificatePem, certificateChain: chainPem };
    signed.set(csrPem, made);
    return made;
  };
}

interface Issued {
  readonly csrId?: number | string | null;
  /** Base64 of PEM. */
  readonly certificate: string;
}

/**
 * The fingerprint of the certificate of the newest request that a run can have known of. Where a request came later,
 * Qwilt moves the site to its certificate by itself, now or in a moment: then what is served of the two.
 */
async function newestIssued(emulator: EmulatorProcess): Promise<string | undefined> {
  const late = await lateRequests(emulator);
  const pool = (await emulator.call("GET", "/api/v2/certificates?detailed=true")).body as readonly Issued[];
  const fingerprintOf = ({ certificate }: Issued) => {
    const { fingerprint256 } = new X509Certificate(Buffer.from(certificate, "base64"));
    return fingerprint256.replaceAll(":", "").toLowerCase();
  };
  const isLate = ({ csrId }: Issued) => late.includes(Number(csrId ?? 0));
  const [known] = pool.filter((one) => !isLate(one)).sort((x, y) => Number(y.csrId ?? 0) - Number(x.csrId ?? 0));
  const moved = pool.filter(isLate).map(fingerprintOf);
  const served = (await emulator.edgeNow()).map(({ fingerprint }) => fingerprint ?? "");
  return served.find((one) => moved.includes(one)) ?? (known && fingerprintOf(known));
}

/** Signing requests that Qwilt created after the last change of a run, which had stopped waiting for the response. */
async function lateRequests(emulator: EmulatorProcess): Promise<readonly number[]> {
  const changes = (await emulator.ledger()).filter(({ method }) => method !== "GET");
  const last = changes.findLast(({ fault }) => fault === undefined)?.seq ?? 0;
  const count = changes.filter(
    ({ seq, status, path }) => seq > last && status === 201 && path.endsWith("/certificate-signing-requests"),
  ).length;
  const templates = (await emulator.call("GET", "/api/v2/certificate-templates")).body as readonly Template[];
  const ids = templates.flatMap(({ csrIds }) => csrIds).sort((x, y) => y - x);
  return ids.slice(0, count);
}

interface Template {
  readonly csrIds: readonly number[];
}
