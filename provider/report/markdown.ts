/**
 * A report as Markdown for a comment on a pull request: the summary first, then one section per site, the riskiest first.
 * Sites that do not fit are omitted from the end and listed by name. Pure.
 */
import { type Report, RISKS, type SiteReport } from "./report.ts";
import {
  certificateRows,
  checks,
  count,
  describeOthers,
  describePublishes,
  describeQuiet,
  describeTraffic,
  describeUnlinkedTime,
  headline,
  LABELS,
  nameChanges,
  policyRows,
} from "./words.ts";

/** GitHub limits a comment to 65,536 characters. */
export const MOST_CHARACTERS = 65_000;
const ROOM_FOR_THE_CUT = 4_000;
const MOST_REASONS = 20;
const MOST_FINDINGS = 40;
/** With more bars, a table is easier to read than a timeline. */
const MOST_BARS = 12;

export function renderMarkdown(report: Report, now: number): string {
  const sites = report.sites.toSorted((a, b) => RISKS.indexOf(b.risk) - RISKS.indexOf(a.risk));
  const parts = [summary(report), policyTable(report), expiringTable(report), timeline(sites, now)];
  let length = parts.join("\n").length;
  const shown: string[] = [];
  for (const site of sites) {
    const section = siteSection(site);
    if (length + section.length > MOST_CHARACTERS - ROOM_FOR_THE_CUT) break;
    length += section.length + 1;
    shown.push(section);
  }
  const left = sites.slice(shown.length);
  return `${[...parts, ...shown, cut(left)].filter((part) => part !== "").join("\n")}`;
}

function summary(report: Report): string {
  const reasons = report.reasons.filter(({ risk }) => risk === report.risk);
  const listed = reasons.slice(0, MOST_REASONS).map(({ text }) => `- ${escaped(text)}`);
  const more = reasons.length - listed.length;
  return [
    "## Certificates on the Qwilt CDN",
    "",
    `**Risk: ${LABELS[report.risk]}.** ${headline(report)}`,
    "",
    ...listed,
    ...(more > 0 ? [`- and ${count(more, "more reason")}`] : []),
    ...(listed.length > 0 ? [""] : []),
    ...optional(describeQuiet(report)),
    ...optional(describeOthers(report.others)),
  ].join("\n");
}

function policyTable({ policies }: Report): string {
  if (policies === undefined) return "";
  const title = ["### Policies", ""];
  if (policies.length === 0) return [...title, "No policy is violated.", ""].join("\n");
  const rows = policyRows(policies.slice(0, MOST_FINDINGS)).map((cells) => `| ${cells.map(escaped).join(" | ")} |`);
  const more = policies.length - rows.length;
  return [
    ...title,
    "| Policy | Resource | Finding | What to do |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    ...(more > 0 ? [`And ${count(more, "more finding")}. The JSON format contains all of them.`, ""] : []),
  ].join("\n");
}

function expiringTable({ expiring }: Report): string {
  if (expiring.length === 0) return "";
  const rows = expiring
    .slice(0, MOST_REASONS)
    .map(({ resource, ends, renewedBy }) => `| ${escaped(resource)} | ${escaped(ends)} | ${escaped(renewedBy)} |`);
  const more = expiring.length - rows.length;
  return [
    "### Certificates that expire soon",
    "",
    "| Certificate | Expires | Renewed by |",
    "| --- | --- | --- |",
    ...rows,
    ...(more > 0 ? ["", `And ${count(more, "more certificate")}.`] : []),
    "",
  ].join("\n");
}

function timeline(sites: readonly SiteReport[], now: number): string {
  const bars = sites.flatMap((site) => {
    const next = site.next === "none" ? undefined : site.next;
    const own = [bar("now", site.now), bar("next", next)].filter((line) => line !== "");
    return next === undefined || own.length < 2 ? [] : [`  section ${diagramText(site.site)}`, ...own];
  });
  if (bars.length === 0 || bars.length > MOST_BARS) return "";
  // Names of sites are drawn to the left of the bars; by default there is room for about ten characters.
  const longest = Math.max(...sites.map(({ site }) => site.length));
  const leftPadding = Math.min(300, 30 + 7 * longest);
  return [
    "```mermaid",
    `%%{init: {"gantt": {"leftPadding": ${leftPadding}}}}%%`,
    "gantt",
    "  title Validity",
    "  dateFormat YYYY-MM-DD",
    "  axisFormat %Y-%m-%d",
    ...bars,
    "  section Today",
    `  today :milestone, ${new Date(now).toISOString().slice(0, 10)}, 0d`,
    "```",
    "",
  ].join("\n");
}

function bar(label: string, one: { readonly notBefore?: string; readonly notAfter?: string } | undefined): string {
  if (one?.notBefore === undefined || one.notAfter === undefined) return "";
  return `  ${label} :${label === "now" ? "done" : "active"}, ${one.notBefore.slice(0, 10)}, ${one.notAfter.slice(0, 10)}`;
}

function siteSection(site: SiteReport): string {
  const unlinked = describeUnlinkedTime(site);
  return [
    `### ${escaped(site.site)}: ${LABELS[site.risk]}`,
    "",
    ...site.reasons.map((text) => `- ${escaped(text)}`),
    "",
    `Traffic: ${escaped(describeTraffic(site))}.`,
    "",
    ...certificateTable(site),
    ...optional(site.hosts && `Secured hosts: ${site.hosts.map(escaped).join(", ") || "none"}`),
    ...sequence(site),
    `Publishes: ${describePublishes(site)}.`,
    "",
    ...optional(unlinked && `No certificate linked at Qwilt: ${unlinked}`),
    ...section("To check", checks(site)),
  ].join("\n");
}

function certificateTable(site: SiteReport): string[] {
  if (site.next === undefined) return [];
  const rows = certificateRows(site).map((cells) => `| ${cells.map(escaped).join(" | ")} |`);
  const changes = nameChanges(site);
  return [
    "| Certificate | Now | Next |",
    "| --- | --- | --- |",
    ...rows,
    "",
    ...optional(changes && escaped(capital(changes))),
  ];
}

function sequence({ sequence: steps }: SiteReport): string[] {
  if (steps.length === 0) return [];
  return [
    "Steps, in order:",
    "",
    ...steps.map(({ resource, text }, index) => `${index + 1}. ${escaped(resource)}: ${escaped(text)}`),
    "",
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, "", ...lines.map((line) => `- ${escaped(line)}`), ""];
}

function cut(left: readonly SiteReport[]): string {
  if (left.length === 0) return "";
  const names: string[] = [];
  for (const { site, risk } of left) {
    if (names.join(", ").length > ROOM_FOR_THE_CUT - 500) break;
    names.push(`${escaped(site)} (${LABELS[risk]})`);
  }
  const more = left.length - names.length;
  const rest = more > 0 ? ` and ${more} more` : "";
  return [
    "### Omitted sites",
    "",
    `The details of ${count(left.length, "site")} do not fit: ${names.join(", ")}${rest}. The JSON format contains all of them.`,
    "",
  ].join("\n");
}

const optional = (line: string | undefined | false) => (line ? [`${line}.`.replace(/\.\.$/, "."), ""] : []);
const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** Escapes text from a program or from Qwilt: no markup, no mention of a person, no line break. */
function escaped(text: string): string {
  return text
    .replace(/\s*\n\s*/g, " ")
    .replace(/[\\`*_{}[\]<>|#]/g, "\\$&")
    .replaceAll("@", "@\u200b");
}

function diagramText(text: string): string {
  return text.replace(/[^\w.\- ]/g, " ");
}
