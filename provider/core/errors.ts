/**
 * Every way to fail. An error is for a person at 3 a.m.: what happened, where, one thing to do now, a code.
 * Each code has a heading in docs/errors.md; tests/docs compares both ways.
 */
export const ERROR_CODES = [
  "QWILT_API_UNEXPECTED_ANSWER",
  "QWILT_API_UNREACHABLE",
  "QWILT_AUTH_FAILED",
  "QWILT_BAD_REQUEST",
  "QWILT_CA_REFUSED",
  "QWILT_CERTIFICATE_IN_USE",
  "QWILT_CHALLENGE_DELEGATION_FAILED",
  "QWILT_CHALLENGE_FAILED",
  "QWILT_CONFIG_INVALID",
  "QWILT_CONFIG_MISSING",
  "QWILT_CONFLICT",
  "QWILT_COVERAGE_LOST",
  "QWILT_EDGE_DIFFERS",
  "QWILT_EDGE_UNREACHABLE",
  "QWILT_FORBIDDEN",
  "QWILT_INTERNAL",
  "QWILT_INTERRUPTED",
  "QWILT_ISSUANCE_FAILED",
  "QWILT_ISSUANCE_TIMED_OUT",
  "QWILT_KEY_MISSING",
  "QWILT_KEY_UNUSABLE",
  "QWILT_LINK_FOREIGN",
  "QWILT_LINK_NOT_CONFIRMED",
  "QWILT_LINK_REFUSED",
  "QWILT_NOTIFY_SITES_FAILED",
  "QWILT_NOT_FOUND",
  "QWILT_NOT_ISSUED",
  "QWILT_OTHER_ORGANIZATION",
  "QWILT_OUTCOME_UNKNOWN",
  "QWILT_PACKAGE_NOT_FOUND",
  "QWILT_PROXY_FAILED",
  "QWILT_PUBLISH_FAILED",
  "QWILT_PUBLISH_TIMED_OUT",
  "QWILT_RATE_LIMITED",
  "QWILT_REQUEST_TIMED_OUT",
  "QWILT_ROLLBACK_FAILED",
  "QWILT_SERVER_ERROR",
  "QWILT_SITE_AMBIGUOUS",
  "QWILT_SITE_BUSY",
  "QWILT_SITE_MISSING",
  "QWILT_TEMPLATE_AMBIGUOUS",
  "QWILT_TEMPLATE_MISSING",
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorParts {
  readonly code: ErrorCode;
  /** What happened, past tense, with numbers. Never a secret, key or token. */
  readonly what: string;
  /** Resource, id or request. */
  readonly where?: string;
  /** One thing to do now. */
  readonly todo: string;
  readonly cause?: unknown;
}

export class QwiltError extends Error {
  readonly code: ErrorCode;
  readonly what: string;
  readonly where: string | undefined;
  readonly todo: string;

  constructor(parts: ErrorParts) {
    super(describe(parts), parts.cause === undefined ? undefined : { cause: parts.cause });
    this.name = "QwiltError";
    this.code = parts.code;
    this.what = parts.what;
    this.where = parts.where;
    this.todo = parts.todo;
  }
}

function describe({ code, what, where, todo }: ErrorParts): string {
  const lines = [what];
  if (where !== undefined) lines.push(`  where: ${where}`);
  lines.push(`  do: ${todo} [${code}]`);
  return lines.join("\n");
}
