/** A report for a terminal or a log. Pure. */
import type { Report, SiteReport } from "./report.ts";
import {
  certificateRows,
  checks,
  describeOthers,
  describePublishes,
  describeQuiet,
  describeTraffic,
  describeUnlinkedTime,
  headline,
  LABELS,
  policyRows,
} from "./words.ts";

export function renderText(report: Report): string {
  return `${[
    `Risk: ${LABELS[report.risk]}. ${headline(report)}`,
    ...report.reasons.filter(({ risk }) => risk === report.risk).map(({ text }) => `  ${text}`),
    ...policyRows(report.policies ?? []).map(
      ([policy, resource, text, fix]) => `policy ${policy}: ${resource}: ${text}.${fix === "" ? "" : ` ${fix}`}`,
    ),
    ...report.expiring.map(({ resource, ends, renewedBy }) => `${resource} ${ends}. Renewed by: ${renewedBy}`),
    ...report.sites.flatMap(siteLines),
    ...[describeQuiet(report), describeOthers(report.others)].flatMap((line) => line ?? []),
  ].join("\n")}\n`;
}

function siteLines(site: SiteReport): string[] {
  const unlinked = describeUnlinkedTime(site);
  return [
    "",
    `${site.site}: ${LABELS[site.risk]}`,
    ...site.reasons.map((text) => `  ${text}`),
    `  traffic: ${describeTraffic(site)}`,
    ...(site.next === undefined
      ? []
      : certificateRows(site).map(([what, now, next]) => `  ${what}: ${now === next ? now : `${now} -> ${next}`}`)),
    ...site.sequence.map(({ resource, text }, index) => `  ${index + 1}. ${resource}: ${text}`),
    `  publishes: ${describePublishes(site)}`,
    ...(unlinked === undefined ? [] : [`  no certificate linked at Qwilt: ${unlinked}`]),
    ...checks(site).map((line) => `  to check: ${line}`),
  ];
}
