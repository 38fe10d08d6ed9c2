/** What the package schema says about replacements is what `diff` plans. */
import { lifecycleOf } from "../../provider/resources/registry.ts";
import { digestOfBlocks } from "../../provider/x509/compare.ts";
import { checkContextAt } from "../support/engine/check-context.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { materialOf } from "../support/x509/materials.ts";

type Properties = Readonly<Record<string, unknown>>;

/** Arguments of each kind, and another value of each. A key is in no state; facts of the certificate stand for it. */
async function samples(): Promise<Readonly<Record<string, readonly [Properties, Properties]>>> {
  const [one, other] = [await materialOf(), await materialOf()];
  const site = "6b09f9dca8838b3137000001";
  const otherSite = "6b09f9dca8838b3137000002";
  const timeouts = [{ create: 1 }, { create: 2 }] as const;
  return {
    Site: [
      { siteName: "a", routingMethod: "DNS" },
      { siteName: "b", routingMethod: "HTTP" },
    ],
    SiteConfiguration: [
      { siteId: site, hostIndex: hostIndex(["a.example.com"]), changeDescription: "a" },
      { siteId: otherSite, hostIndex: hostIndex(["b.example.com"]), changeDescription: "b" },
    ],
    SitePublication: [
      { siteId: site, revisionId: "1", target: "ga", timeouts: timeouts[0] },
      { siteId: otherSite, revisionId: "2", target: "staging", timeouts: timeouts[1] },
    ],
    Certificate: [
      {
        certificate: one.leaf,
        certificateChain: one.chain,
        csrId: 1,
        description: "a",
        expiryNotify: false,
        email: "a",
      },
      {
        certificate: other.leaf,
        certificateChain: other.chain + one.chain,
        csrId: 2,
        description: "b",
        expiryNotify: true,
        email: "b",
      },
    ],
    CertificateTemplate: [
      {
        commonName: "a.example.com",
        subjectAlternativeNames: ["c.example.com"],
        autoManaged: false,
        country: "US",
        state: "a",
        locality: "a",
        organizationName: "a",
        rotation: "a",
      },
      {
        commonName: "b.example.com",
        subjectAlternativeNames: ["d.example.com"],
        autoManaged: true,
        country: "GB",
        state: "b",
        locality: "b",
        organizationName: "b",
        rotation: "b",
      },
    ],
    CertificateIssuance: [
      { certificateTemplateId: 1, wait: "until-usable", retrigger: "a", timeouts: timeouts[0] },
      { certificateTemplateId: 2, wait: "next-run", retrigger: "b", timeouts: timeouts[1] },
    ],
    SiteCertificateLink: [
      {
        siteId: site,
        certificateId: 1,
        hosts: ["a.example.com"],
        revisionId: "1",
        coverage: "off",
        activate: "now",
        rollback: true,
      },
      {
        siteId: otherSite,
        certificateId: 2,
        hosts: ["b.example.com"],
        revisionId: "2",
        coverage: "warn",
        activate: "next-publish",
        rollback: false,
      },
    ],
  };
}

test.each([
  "Site",
  "SiteConfiguration",
  "SitePublication",
  "Certificate",
  "CertificateTemplate",
  "CertificateIssuance",
  "SiteCertificateLink",
])("%s: the arguments of replacedBy, and no other, replace the resource", async (kind) => {
  const lifecycle = lifecycleOf(kind);
  const ctx = checkContextAt(Date.now());
  const [args, others] = (await samples())[kind] ?? [{}, {}];
  const checked = (given: Properties) => ({ ...given, ...lifecycle.check(given as never, {}, ctx).facts });
  const chainDigest = "certificateChain" in args ? digestOfBlocks(String(args.certificateChain)) : undefined;
  const state = {
    ...checked(args),
    chainDigest,
    linkedCertificateId: 1,
    ownCertificateId: 1,
    targets: {},
    csrIds: [1],
  };
  const replacing = Object.keys(others).filter(
    (name) =>
      lifecycle.diff(state as never, checked({ ...args, [name]: others[name] }) as never, ctx).kind === "replace",
  );
  expect(replacing.sort()).toEqual([...(lifecycle.replacedBy ?? [])].sort());
});
