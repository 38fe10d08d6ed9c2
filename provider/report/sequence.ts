/** What a run does with the resources of one site, in order. Pure. */
import type { Planned } from "./planned.ts";
import type { SequenceStep } from "./report.ts";

const ORDER = [
  "CertificateTemplate",
  "CertificateIssuance",
  "Certificate",
  "Site",
  "SiteConfiguration",
  "SiteCertificateLink",
  "SitePublication",
];

/** For resources without a message of their own. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CertificateTemplate: { create: "new template, key and signing request at Qwilt", delete: "delete the template" },
  CertificateIssuance: { create: "wait until the certificate is issued", delete: "no change at Qwilt" },
  Certificate: {
    create: "upload the certificate",
    update: "change its description or notifications",
    delete: "delete the certificate",
  },
  Site: { create: "new site", update: "rename the site", delete: "delete the site, permanently" },
  SiteConfiguration: {
    create: "save the first revision",
    delete: "no change at Qwilt; revisions are deleted with their site",
  },
  SiteCertificateLink: { delete: "unlink the certificate" },
  SitePublication: {
    create: "publish the site",
    replace: "publish the site again, then remove the previous publication",
    delete: "unpublish the site",
  },
};

/** In the order of the engine: dependencies first; deletions in reverse order. */
export function sequenceOf(members: readonly Planned[]): readonly SequenceStep[] {
  const rank = ({ kind, op }: Planned) => (op === "delete" ? ORDER.length - ORDER.indexOf(kind) : ORDER.indexOf(kind));
  const isSiteReplaced = members.some(({ kind, op }) => kind === "Site" && op === "replace");
  const changed = members
    .filter(({ op }) => op !== "same")
    .toSorted((a, b) => rank(a) - rank(b) || (a.urn < b.urn ? -1 : 1));
  return [
    ...changed.map((one) => ({ resource: `${one.kind} ${one.name}`, text: wordsOf(one, isSiteReplaced) })),
    ...changed.filter(({ kind, op }) => kind === "Certificate" && op === "replace").map(oldCertificate),
  ];
}

function wordsOf({ kind, op, said }: Planned, isSiteReplaced: boolean): string {
  // The engine diffs such a link before its check, as in a refresh: its message says "on the next `pulumi up`", which is wrong here.
  if (kind === "SiteCertificateLink" && op === "replace" && isSiteReplaced)
    return "link the certificate to the new site";
  // The last message is the plan; a refresh before it may have reported what it found.
  const row = said.findLast(({ severity }) => severity === "info")?.text;
  return row ?? WORDS[kind]?.[op] ?? (op === "replace" ? WORDS[kind]?.create : undefined) ?? op;
}

/** The engine deletes replaced resources last. */
function oldCertificate({ name, before }: Planned): SequenceStep {
  const text =
    before?.adopted === true ? "keep the old one at Qwilt: this stack did not create it" : "delete the previous one";
  return { resource: `Certificate ${name}`, text };
}
