/** The status of a promotion as text for a person. Pure. */
import { SEEN } from "../resources/site-certificate-link/required-proof.ts";
import type { LinkStatus, PromotionStatus, Step } from "./promotion.ts";

const HEADINGS = ["stack", "site", "certificate", "valid until", "live on", "since", "proven by"];

export function renderPromotion({ stacks, between }: PromotionStatus): string {
  const names = [...new Set(stacks.flatMap(({ links }) => links.map(({ link }) => link)))].toSorted();
  if (names.length === 0) return "No stack has a SiteCertificateLink.\n";
  return names
    .map((name) => {
      const rows = stacks.map(({ stack, links }) => [stack, ...cells(links.find(({ link }) => link === name))]);
      const steps = between.filter(({ link }) => link === name).map(describeStep);
      return [name, ...table([HEADINGS, ...rows]), "", ...steps, ""].join("\n");
    })
    .join("\n");
}

function cells(link: LinkStatus | undefined): string[] {
  if (link === undefined) return ["-", "no link", "-", "-", "-", "-"];
  const { siteName, siteId, certificateId, fingerprint, notAfter, liveOn, since, proof } = link;
  const certificate = fingerprint === undefined ? `id ${certificateId}` : `${fingerprint.slice(0, 16)}...`;
  return [
    siteName ?? siteId,
    certificateId === null ? "none linked" : certificate,
    notAfter ?? "-",
    liveOn.length === 0 ? "not live" : liveOn.join(", "),
    since ?? "-",
    proof === undefined ? "not proven" : SEEN[proof.seen],
  ];
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_heading, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

function describeStep({ from, to, status, text, todo }: Step): string {
  return `  ${from} -> ${to}: ${status}: ${text}.${todo === undefined ? "" : `\n    do: ${todo}`}`;
}
