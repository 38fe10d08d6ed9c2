/** What the linter reports about one mistake. The codes are in finding-catalog.ts and docs/lint.md. */
export interface Finding {
  /** Stable, UPPER_SNAKE, prefix `CERT_`; used in `lint: { allow: [...] }` to suppress it. */
  readonly code: string;
  /** An error rejects the resource; a warning is only shown. */
  readonly severity: "error" | "warning";
  /** The argument with the mistake. */
  readonly property: "certificate" | "certificateChain" | "privateKey" | "hosts";
  /** What is wrong and where. Never contains key material. */
  readonly message: string;
  /** One thing to do. */
  readonly fix: string;
}

export type FindingProperty = Finding["property"];

/** Thrown if a fact cannot be read from the material; `finding` is what the linter reports about it. */
export class FindingError extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(`${finding.message} ${finding.fix} [${finding.code}]`);
    this.name = "FindingError";
    this.finding = finding;
  }
}
