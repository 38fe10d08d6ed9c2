/** Verdicts as cells of a table. */
import type { Finding } from "../../../../provider/x509/finding.ts";

export function worstOf(findings: readonly Finding[]): "none" | "warning" | "error" {
  if (findings.some(({ severity }) => severity === "error")) return "error";
  return findings.length > 0 ? "warning" : "none";
}

export function mark(takes: boolean): string {
  return takes ? "yes" : "**no**";
}

/** Severity and codes, without duplicates. */
export function oursOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return "-";
  const all = findings.map(({ severity, code }) => `${severity} ${code}`);
  return [...new Set(all)].join(", ");
}
