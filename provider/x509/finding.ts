/** What the linter says about one mistake. The codes stand in lint-rules.ts and docs/lint.md. */
export interface Finding {
  /** Stable, UPPER_SNAKE, prefix `CERT_`; what `lint: { allow: [...] }` silences. */
  readonly code: string;
  /** An error refuses the resource; a warning speaks. */
  readonly severity: "error" | "warning";
  /** The argument that the mistake is in. */
  readonly property: "certificate" | "certificateChain" | "privateKey" | "hosts";
  /** What is wrong and where. Never contains key material. */
  readonly message: string;
  /** One thing to do. */
  readonly fix: string;
}

export type FindingProperty = Finding["property"];

/** Thrown where a fact is asked of material that has none; `finding` says what the linter says of the same material. */
export class FindingError extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(`${finding.message} ${finding.fix} [${finding.code}]`);
    this.name = "FindingError";
    this.finding = finding;
  }
}
