/** Findings as text for people. */
import type { CertificateFacts } from "../x509/facts.ts";
import type { Finding } from "../x509/finding.ts";

export interface ReportOptions {
  /** Undefined when the certificate cannot be read. */
  readonly facts: CertificateFacts | undefined;
  /** The file that each argument came from. */
  readonly files: Readonly<Partial<Record<Finding["property"], string>>>;
  readonly colours: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

const DAY_MS = 86_400_000;
const RED = 31;
const YELLOW = 33;

export function reportFindings(findings: readonly Finding[], options: ReportOptions): string {
  const places = findings.map(({ property }) => placeOf(property, options));
  const width = Math.max(0, ...places.map((place) => place.length));
  const blocks = findings.map(({ severity, code, message, fix }, index) => {
    const word = severity.padEnd("warning".length);
    const marked = options.colours ? `\u001b[${severity === "error" ? RED : YELLOW}m${word}\u001b[0m` : word;
    return `${marked}  ${(places[index] ?? "").padEnd(width)}  ${code}\n         ${message}\n         fix: ${fix}\n`;
  });
  return [...blocks, `${summary(findings, options)}\n`].join("\n");
}

function placeOf(property: Finding["property"], { files }: ReportOptions): string {
  const file = files[property];
  return file === undefined ? property : `${property} (${file})`;
}

function summary(findings: readonly Finding[], { facts, now }: ReportOptions): string {
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.length - errors;
  const count = [plural(errors, "error"), plural(warnings, "warning")].filter((text) => text !== "").join(", ");
  const verdict = count === "" ? "No findings" : count;
  return facts === undefined ? `${verdict}.` : `${verdict}: ${describeFacts(facts, now)}.`;
}

function plural(count: number, word: string): string {
  return count === 0 ? "" : `${count} ${word}${count === 1 ? "" : "s"}`;
}

function describeFacts(facts: CertificateFacts, now: number): string {
  const names = [...facts.dnsNames, ...facts.ipAddresses];
  const [first = facts.commonName || "no name"] = names;
  const more = names.length > 1 ? ` and ${names.length - 1} more` : "";
  const days = Math.floor((Date.parse(facts.notAfter) - now) / DAY_MS);
  const left = days < 0 ? "expired" : `${days} ${days === 1 ? "day" : "days"} left`;
  return `${first}${more}, ${facts.keyType}, valid until ${facts.notAfter.slice(0, 10)} (${left}), issued by ${facts.issuer || "nobody"}`;
}
