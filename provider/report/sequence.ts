/** What a run does with one site's resources, in its order. Pure. */
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

/** Where the resource says nothing on its row. */
const WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CertificateTemplate: { create: "new template, key and signing request at Qwilt", delete: "delete the template" },
  CertificateIssuance: { create: "wait until the certificate is issued", delete: "nothing at Qwilt" },
  Certificate: {
    create: "upload the certificate",
    update: "change its description or notifications",
    delete: "delete the certificate",
  },
  Site: { create: "new site", update: "rename the site", delete: "delete the site, permanently" },
  SiteConfiguration: { create: "save the first revision", delete: "nothing at Qwilt; revisions go with their site" },
  SiteCertificateLink: { delete: "unlink the certificate -> publish without it where live" },
  SitePublication: {
    create: "publish the site",
    replace: "publish the site anew, and end the old publication",
    delete: "take the site off the network",
  },
};

/** As the engine goes: what others depend on first; removals the other way round. */
export function sequenceOf(members: readonly Planned[]): readonly SequenceStep[] {
  const rank = ({ kind, op }: Planned) => (op === "delete" ? ORDER.length - ORDER.indexOf(kind) : ORDER.indexOf(kind));
  const changed = members
    .filter(({ op }) => op !== "same")
    .toSorted((a, b) => rank(a) - rank(b) || (a.urn < b.urn ? -1 : 1));
  return [
    ...changed.map((one) => ({ resource: `${one.kind} ${one.name}`, text: wordsOf(one) })),
    ...changed.filter(({ kind, op }) => kind === "Certificate" && op === "replace").map(oldCertificate),
  ];
}

function wordsOf({ kind, op, said }: Planned): string {
  // The last one is that of the plan: a refresh before it may have said what it found.
  const row = said.findLast(({ severity }) => severity === "info")?.text;
  return row ?? WORDS[kind]?.[op] ?? (op === "replace" ? WORDS[kind]?.create : undefined) ?? op;
}

/** The engine removes what was replaced when everything else is done. */
function oldCertificate({ name, before }: Planned): SequenceStep {
  const text = before?.adopted === true ? "the old one stays at Qwilt: it was not made here" : "delete the old one";
  return { resource: `Certificate ${name}`, text };
}
