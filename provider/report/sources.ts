/**
 * Finds the resources that input values come from when the preview does not contain them, as in an event log: by equal
 * values on both sides, otherwise by the only candidate or the one with the same name. Pure.
 */
import { UNKNOWN } from "../run/lifecycle.ts";
import type { Planned } from "./planned.ts";

export function withFoundSources(planned: readonly Planned[]): Planned[] {
  return planned.map((one) => {
    const siteId = one.wanted?.siteId === UNKNOWN ? siteOf(one, planned) : undefined;
    const certificateId = one.kind === "SiteCertificateLink" ? certificateOf(one, planned) : undefined;
    const template = templateOf(one, planned);
    return {
      ...one,
      sources: {
        ...(siteId === undefined ? {} : { siteId: [siteId.urn] }),
        ...(certificateId === undefined ? {} : { certificateId: [certificateId.urn] }),
        ...(template === undefined ? {} : { certificateTemplateId: [template.urn] }),
      },
    };
  });
}

function siteOf(one: Planned, planned: readonly Planned[]): Planned | undefined {
  const sites = planned.filter(({ kind, op }) => kind === "Site" && op !== "delete");
  const before = sites.find((site) => site.before !== undefined && site.before.siteId === one.before?.siteId);
  return (
    before ??
    onlyOrSameName(
      one,
      sites.filter(({ op }) => op !== "same"),
    )
  );
}

function certificateOf(link: Planned, planned: readonly Planned[]): Planned | undefined {
  const all = planned.filter(({ kind }) => kind === "Certificate" || kind === "CertificateIssuance");
  if (link.wanted === undefined) return all.find((one) => isSame(one.before, link.before, "fingerprint"));
  const wanted = all.find((one) => isSame(one.wanted, link.wanted, "fingerprint"));
  if (wanted !== undefined) return wanted;
  // Without a fingerprint the program passes only an id.
  if (link.wanted.fingerprint !== UNKNOWN) return undefined;
  const before = all.find((one) => isSame(one.before, link.before, "fingerprint"));
  const pending = all.filter(({ op }) => op !== "same" && op !== "delete");
  return before ?? onlyOrSameName(link, pending);
}

function templateOf(one: Planned, planned: readonly Planned[]): Planned | undefined {
  const key = { CertificateIssuance: "certificateTemplateId", Certificate: "csrId" }[one.kind];
  const value = key === undefined ? undefined : (one.wanted ?? one.before)?.[key];
  if (key === undefined || value === undefined) return undefined;
  const templates = planned.filter(({ kind }) => kind === "CertificateTemplate");
  const before = templates.find(
    (template) => template.before !== undefined && template.before[key] === one.before?.[key],
  );
  return (
    before ??
    onlyOrSameName(
      one,
      templates.filter(({ op }) => op !== "same" && op !== "delete"),
    )
  );
}

function isSame(a: Planned["before"], b: Planned["before"], key: string): boolean {
  return typeof a?.[key] === "string" && a[key] !== "" && a[key] === b?.[key];
}

function onlyOrSameName(one: Planned, candidates: readonly Planned[]): Planned | undefined {
  return candidates.length === 1 ? candidates[0] : candidates.find(({ name }) => name === one.name);
}
