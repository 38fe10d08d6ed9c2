/** Runs that a fault may affect at any of their calls: what a program wants, and what must be true afterwards. */
import type { EmulatorProcess } from "../emulator/emulator-process.ts";
import type { Wanted } from "../engine/process-engine.ts";
import { HOSTS, hostIndex } from "../programs/site-program.ts";
import type { Material } from "../x509/materials.ts";

export interface Flow {
  readonly name: string;
  /** Programs that are applied before. */
  readonly before: readonly (readonly Wanted[])[];
  /** A fault that makes the last of them fail: this flow begins with the repair. */
  readonly spoiledBy?: object;
  /** The program; empty: destroy; undefined: refresh. */
  readonly program: readonly Wanted[] | undefined;
  /** Whether production serves all hosts before. */
  readonly live: boolean;
  /** Fingerprint that production serves afterwards; undefined: nothing. */
  readonly served: (emulator: EmulatorProcess) => Promise<string | undefined>;
  readonly certificates: number;
  /** Certificates issued by Qwilt, which stay in its pool. */
  readonly staying?: number;
  readonly linked: boolean;
  /** A live site moves to another certificate, so there is one to roll back to. */
  readonly rotates?: boolean;
  /** It waits for a certificate, so the number of polls varies. */
  readonly waits?: boolean;
}

/** What is left after everything was destroyed. */
export function destroyed(flow: Flow): Flow {
  return { ...flow, program: [], certificates: flow.staying ?? 0, linked: false, served: nothing };
}

export const nothing = async (): Promise<undefined> => undefined;

export function uploadFlows(a: Material, b: Material): readonly Flow[] {
  const base: SiteOptions = { material: a };
  const live = { before: [site(base)], live: true, served: async () => a.fingerprint, certificates: 1, linked: true };
  const rotated = { ...live, served: async () => b.fingerprint, rotates: true };
  const unlinked = site(base).filter(({ kind }) => kind !== "SiteCertificateLink");
  return [
    { ...live, name: "create", before: [], live: false, program: site(base) },
    { ...rotated, name: "rotate", program: site({ material: b }) },
    { ...rotated, name: "reconfigure and rotate", program: site({ material: b, origin: "new.example.com" }) },
    { ...live, name: "describe and rename", program: site({ ...base, description: "by hand", siteName: "renamed" }) },
    { ...live, name: "refresh", program: undefined },
    { ...live, name: "take the link away", program: unlinked, linked: false, served: nothing },
    destroyed({ ...live, name: "destroy", program: [] }),
  ];
}

interface SiteOptions {
  readonly material: Material;
  readonly description?: string;
  readonly siteName?: string;
  readonly origin?: string;
}

function site({ material, description = "web", siteName, origin }: SiteOptions): readonly Wanted[] {
  const certificate: Wanted = {
    kind: "Certificate",
    name: "www",
    inputs: () => ({
      certificate: material.leaf,
      certificateChain: material.chain,
      privateKey: material.key,
      description,
    }),
  };
  return siteWith([certificate], linkOfCertificate, { siteName, origin });
}

type OutputsOf = Parameters<Wanted["inputs"]>[0];

/** A live site with the resources that provide its certificate. */
export function siteWith(
  certificate: readonly Wanted[],
  link: (of: OutputsOf) => Readonly<Record<string, unknown>>,
  {
    siteName = "www.example.com",
    origin,
  }: { readonly siteName?: string | undefined; readonly origin?: string | undefined } = {},
): readonly Wanted[] {
  const name = "www";
  const siteId = (of: OutputsOf) => of("Site").siteId;
  return [
    { kind: "Site", name, inputs: () => ({ siteName }) },
    {
      kind: "SiteConfiguration",
      name,
      inputs: (of) => ({ siteId: siteId(of), hostIndex: hostIndex(HOSTS, origin) }),
    },
    ...certificate,
    {
      kind: "SiteCertificateLink",
      name,
      inputs: (of) => {
        const { securedHosts: hosts, revisionId } = of("SiteConfiguration");
        return { siteId: siteId(of), ...link(of), hosts, revisionId };
      },
    },
    {
      kind: "SitePublication",
      name,
      inputs: (of) => ({ siteId: siteId(of), revisionId: of("SiteConfiguration").revisionId }),
    },
  ];
}

/** What the class SiteCertificateLink takes from a Certificate. */
export function linkOfCertificate(of: OutputsOf) {
  const { id, fingerprint, dnsNames, ipAddresses, notAfter } = of("Certificate");
  return { certificateId: Number(id), fingerprint, dnsNames, ipAddresses, notAfter };
}

/** What it takes from a CertificateIssuance. */
export function linkOfIssuance(of: OutputsOf) {
  const { certificateId, certificateTemplateId, fingerprint, dnsNames, ipAddresses, notAfter } =
    of("CertificateIssuance");
  return {
    certificate: "issuance",
    certificateId,
    certificateTemplateId,
    fingerprint,
    dnsNames,
    ipAddresses,
    notAfter,
  };
}
