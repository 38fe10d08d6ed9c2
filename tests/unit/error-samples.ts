/** Details of every error as it can happen, one sample per branch of its text. */
import type { CATALOGUE, DetailsOf } from "../../provider/core/errors/catalogue.ts";
import type { Note } from "../../provider/core/errors/notes.ts";

type Samples = { readonly [C in keyof typeof CATALOGUE]: readonly [DetailsOf<C>, ...DetailsOf<C>[]] };

const read = { request: "GET /api/v2/certificates/25", status: 404, serverText: "" };
const change = { request: "DELETE /api/v2/certificates/25", status: 409, serverText: "certificate 25 is linked" };
const source = { kind: "api-key", source: "qwilt:apiKey of the stack", ofStack: true } as const;
const login = {
  kind: "login",
  source: "QWILT_USERNAME and QWILT_PASSWORD in the environment",
  ofStack: false,
} as const;
const unanswered = {
  request: "POST /api/1/sites/s1/publishing-operations",
  host: "media-sites.cqloud.com",
  failure: "refused",
  cause: "ECONNREFUSED",
  attempts: 5,
  proxy: undefined,
  endpointOfStack: false,
} as const;
const proxy = {
  name: "proxy.example.com:3128",
  variable: "HTTPS_PROXY",
  hasUser: false,
  target: "media-sites.cqloud.com:443",
  status: 407,
  untrusted: false,
};
const denied = {
  ...unanswered,
  failure: "proxy-denied",
  cause: "status 407 of the proxy",
  attempts: 1,
  proxy,
} as const;
const publish = { siteId: "s1", target: "ga", publishId: "p7" };
const signing = { csrId: 12, templateId: 3, records: [], dns: [] };
const malformed = { ...read, reason: "malformed", status: 200, html: false, mayHaveChanged: false } as const;
const gap = { dnsNames: ["www.example.com"], uncovered: ["img.example.com"], lost: [] };
const FINGERPRINT = "a1b2c3d4e5f60718".repeat(4);
const proven = {
  siteId: "s2",
  target: "staging",
  fingerprint: FINGERPRINT,
  activatedAt: "2026-11-23T09:00:00.000Z",
  notAfter: "2026-12-01T09:00:00Z",
};
const otherCertificate = {
  reason: "other-certificate",
  proof: proven,
  fingerprint: "0f1e2d3c4b5a6978".repeat(4),
  notAfter: "2027-01-09T09:00:00Z",
  isEarlier: true,
  stack: "staging",
} as const;

export const SAMPLES: Samples = {
  QWILT_API_UNEXPECTED_ANSWER: [
    { ...malformed, problem: { kind: "html-404" }, status: 404, html: true },
    { ...malformed, problem: { kind: "redirect" }, status: 302 },
    { ...malformed, problem: { kind: "html" }, html: true, mayHaveChanged: true },
    { ...malformed, problem: { kind: "empty" } },
    { ...malformed, problem: { kind: "not-json" }, html: true },
    { ...malformed, problem: { kind: "mismatch", at: "certId: Invalid input: expected number, received string" } },
    { reason: "contradiction", request: "DELETE /api/v2/certificates/25", exists: "object" },
    { reason: "contradiction", request: "GET /api/1/sites/s1/publishing-operations", exists: "parent" },
    { reason: "login-without-token", request: "GET /login", status: 200 },
    { reason: "signing-request-without-pem", request: "GET /api/v2/certificate-signing-requests/12/pem" },
    { reason: "unknown-publish-state", ...publish, state: 'publishStatus "Paused"' },
    { reason: "several-links", siteId: "s1", certificateIds: [25, 31] },
    { reason: "issued-certificate-missing", certificateId: 31 },
  ],
  QWILT_API_UNREACHABLE: [
    unanswered,
    { ...unanswered, failure: "unresolved", cause: "ENOTFOUND" },
    { ...unanswered, failure: "tls", cause: "SELF_SIGNED_CERT_IN_CHAIN", attempts: 1 },
    { ...unanswered, request: read.request, failure: "reset", cause: "ECONNRESET" },
    { ...unanswered, request: read.request, failure: "truncated", cause: "ECONNRESET" },
    { ...unanswered, request: read.request, failure: "malformed", cause: "HPE_INVALID_CONSTANT" },
    { ...unanswered, endpointOfStack: true },
  ],
  QWILT_AUTH_FAILED: [
    { ...read, status: 401, during: "request", credentials: source },
    {
      ...read,
      status: 401,
      during: "request",
      credentials: { ...source, source: "QWILT_API_KEY in the environment", ofStack: false },
    },
    { ...read, status: 401, during: "request", credentials: undefined },
    { request: "GET /login", status: 403, serverText: "", during: "login", credentials: login },
    { request: "GET /login", status: 401, serverText: "", during: "login", credentials: { ...login, ofStack: true } },
  ],
  QWILT_BAD_REQUEST: [{ ...change, status: 422, serverText: "siteName must be a host name" }],
  QWILT_CA_REFUSED: [{ ...signing, state: "CA_SIGN_FAILURE" }],
  QWILT_CERTIFICATE_IN_USE: [
    { certificateId: "25", commonName: "www.example.com", siteId: "s1" },
    { certificateId: "25", commonName: "www.example.com", siteId: undefined },
  ],
  QWILT_CHALLENGE_DELEGATION_FAILED: [
    {
      ...signing,
      state: "CHALLENGE_DELEGATION_FAILURE",
      records: ["_acme-challenge.www.example.com CNAME x.acme.cqloud.com"],
      dns: ["_acme-challenge.www.example.com has no CNAME record"],
    },
  ],
  QWILT_CHALLENGE_FAILED: [{ ...signing, state: "REQUESTING_CERTIFICATE_FROM_CA_FAILURE" }],
  QWILT_CONFIG_INVALID: [
    {
      reason: "settings",
      findings: [
        { place: "qwilt:endpoint", path: "", problem: "must be an http or https URL", otherPlace: "QWILT_ENDPOINT" },
      ],
    },
    {
      reason: "settings",
      findings: [
        { place: "QWILT_API_KEY", path: "", problem: "must be one line", otherPlace: "qwilt:apiKey" },
        {
          place: "qwilt:endpoints",
          path: "cert-manager",
          problem: "must be an http or https URL",
          otherPlace: undefined,
        },
      ],
    },
    { reason: "second-provider" },
    {
      reason: "proxy",
      variable: "https_proxy",
      problem: "is not an http or https URL",
      hostname: "media-sites.cqloud.com",
    },
  ],
  QWILT_CONFIG_MISSING: [{ missing: "credentials" }, { missing: "password" }],
  QWILT_CONFLICT: [change],
  QWILT_COVERAGE_LOST: [
    { siteId: "s1", ...gap, duringUpdate: false, removedFromProgram: false },
    { siteId: "s1", ...gap, lost: ["img.example.com"], duringUpdate: true, removedFromProgram: true },
    { siteId: "s1", ...gap, dnsNames: [], duringUpdate: true, removedFromProgram: false },
  ],
  QWILT_EDGE_DIFFERS: [
    {
      siteId: "s1",
      address: "203.0.113.7:443",
      host: "www.example.com",
      served: { kind: "certificate", fingerprint: "0".repeat(64) },
      fingerprint: FINGERPRINT,
    },
    {
      siteId: "s1",
      address: "203.0.113.7:443",
      host: "www.example.com",
      served: { kind: "failure", why: "unrecognized name" },
      fingerprint: FINGERPRINT,
    },
  ],
  QWILT_EDGE_UNREACHABLE: [
    { siteId: "s1", address: "203.0.113.7:443", why: "ETIMEDOUT", proxy: "proxy.example.com:3128" },
    { siteId: "s1", address: undefined, why: "its address or its hosts are not known", proxy: undefined },
  ],
  QWILT_FORBIDDEN: [{ ...change, status: 403, serverText: "" }],
  QWILT_INTERNAL: [
    { reason: "unexpected", error: "x is not a function" },
    { reason: "invalid-id", id: "", path: "/api/1/sites/" },
    { reason: "invalid-id", id: "..", path: "/api/1/sites/" },
    { reason: "unknown-kind", kind: "EdgeFunction" },
  ],
  QWILT_INTERRUPTED: [
    { during: "run" },
    { during: "request", ...unanswered, request: read.request, failure: "aborted", cause: "AbortError", attempts: 1 },
    { during: "publish", ...publish, waitedMs: 61_000 },
    { during: "issuance", templateId: 3, csrId: 12, signingState: "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN" },
    { during: "issuance", templateId: 3, csrId: undefined, signingState: undefined },
  ],
  QWILT_ISSUANCE_FAILED: [{ ...signing, state: "QUOTA_FAILURE" }],
  QWILT_ISSUANCE_TIMED_OUT: [
    { templateId: 3, csrId: 12, signingState: "PENDING_CHALLENGE_DELEGATION", waitedMs: 90 * 60_000 },
    { templateId: 3, csrId: 12, signingState: "", waitedMs: 90 * 60_000 },
    { templateId: 3, csrId: undefined, signingState: undefined, waitedMs: 90 * 60_000 },
  ],
  QWILT_KEY_MISSING: [
    { reason: "hand-over", file: "/tmp/pulumi-qwilt-1" },
    { reason: "not-given", commonName: "www.example.com" },
    { reason: "not-found", commonName: "www.example.com", why: "the variable TLS_KEY is not set" },
  ],
  QWILT_KEY_UNUSABLE: [
    { commonName: "www.example.com", source: "the variable TLS_KEY", reason: "other-certificate" },
    {
      commonName: "www.example.com",
      source: "the file key.pem",
      reason: "not-a-key",
      finding: { code: "KEY_ENCRYPTED", message: "the key has a passphrase.", fix: "remove the passphrase" },
    },
  ],
  QWILT_LINK_FOREIGN: [
    { reason: "second-link", siteId: "s1" },
    { reason: "not-ours", siteId: "s1", linkedCertificateId: 25, wantedCertificateId: 31, isNew: true },
    { reason: "not-ours", siteId: "s1", linkedCertificateId: 25, wantedCertificateId: 31, isNew: false },
  ],
  QWILT_LINK_REFUSED: [
    {
      siteId: "s1",
      certificateId: 31,
      reason: {
        code: "QWILT_BAD_REQUEST",
        what: "Qwilt rejected the request as invalid (400). Qwilt returned: certificate 31 is revoked",
      },
    },
  ],
  QWILT_NOTIFY_SITES_FAILED: [{ ...signing, state: "NOTIFY_SITES_FAILURE" }],
  QWILT_NOT_FOUND: [
    { object: "requested", ...read, serverText: "no such certificate" },
    { object: "certificate", siteId: "s1", certificateId: 31 },
    { object: "revision", siteId: "s1", revisionId: "8", target: "ga" },
  ],
  QWILT_NOT_ISSUED: [{ siteId: "s1", templateId: 3 }],
  QWILT_OTHER_ORGANIZATION: [
    {
      work: "absence",
      owners: ["media"],
      organizations: ["news"],
      credentials: { kind: "api-key", source: "QWILT_API_KEY in the environment", ofStack: false },
      urn: "urn:pulumi:prod::web::pulumi-nodejs:dynamic:Resource::site",
    },
    {
      work: "absence",
      owners: ["media"],
      organizations: ["news"],
      credentials: { kind: "api-key", source: "qwilt:apiKey of the stack", ofStack: true },
      urn: "urn:pulumi:prod::web::pulumi-nodejs:dynamic:Resource::site",
    },
    {
      work: "absence",
      owners: ["media"],
      organizations: undefined,
      credentials: undefined,
      urn: "urn:pulumi:prod::web::x::site",
    },
    {
      work: "creating",
      owners: ["media"],
      organizations: ["news", "sports"],
      credentials: undefined,
      urn: undefined,
    },
    { work: "absence", owners: [], organizations: undefined, credentials: undefined, urn: undefined },
  ],
  QWILT_OUTCOME_UNKNOWN: [{ ...unanswered, failure: "timeout", cause: "no response within 40000 ms", attempts: 1 }],
  QWILT_PACKAGE_NOT_FOUND: [
    { reason: "yarn-pnp", folder: "/app" },
    { reason: "not-in-program", folder: "/app" },
  ],
  QWILT_PROOF_REQUIRED: [
    { reason: "missing", stack: "staging" },
    { reason: "malformed", problem: "its activatedAt is missing or wrong", stack: "staging" },
    otherCertificate,
    { ...otherCertificate, isEarlier: false },
    { reason: "expired", proof: proven, stack: "staging" },
    { reason: "api-only", proof: proven, stack: "staging" },
    {
      reason: "too-young",
      proof: proven,
      ageMinutes: 12,
      minAgeMinutes: 60,
      from: "2026-11-23T10:00:00.000Z",
      stack: "staging",
    },
    { reason: "unknown-fingerprint", certificateId: 31, stack: "staging" },
    // The program does not tell the stack.
    ...(["missing", "expired", "api-only"] as const).map((reason) => ({ reason, proof: proven, stack: undefined })),
    { reason: "malformed", problem: "it must be an object", stack: undefined },
    { ...otherCertificate, notAfter: undefined, stack: undefined },
  ],
  QWILT_PROXY_FAILED: [
    denied,
    { ...denied, proxy: { ...proxy, hasUser: true } },
    { ...denied, cause: "status 403 of the proxy", proxy: { ...proxy, status: 403 } },
    { ...denied, failure: "proxy", cause: "status 502 of the proxy", attempts: 5, proxy: { ...proxy, status: 502 } },
    { ...denied, cause: "SELF_SIGNED_CERT_IN_CHAIN", proxy: { ...proxy, status: 0, untrusted: true } },
    { ...denied, failure: "proxy", cause: "ECONNREFUSED", attempts: 5, proxy: { ...proxy, status: 0 } },
  ],
  QWILT_PUBLISH_FAILED: [
    { ...publish, acceptanceStatus: "Accepted", publishStatus: "Failed", statusLines: [], validatorDetails: undefined },
    {
      ...publish,
      acceptanceStatus: "Invalid",
      publishStatus: "InProgress",
      statusLines: ["Validation failed."],
      validatorDetails: { path: "hosts[0]", problem: "not a host name" },
    },
  ],
  QWILT_PUBLISH_TIMED_OUT: [
    { ...publish, acceptanceStatus: "Accepted", publishStatus: "InProgress", timeoutMs: 900_000 },
  ],
  QWILT_RATE_LIMITED: [{ ...read, status: 429 }],
  QWILT_REQUEST_TIMED_OUT: [
    { side: "client", ...unanswered, request: read.request, failure: "timeout", cause: "no response within 40000 ms" },
    { side: "server", ...change, status: 408, serverText: "" },
    { side: "server", ...change, status: 408, serverText: "slow" },
  ],
  QWILT_ROLLBACK_FAILED: [
    {
      siteId: "s1",
      previousCertificateId: 25,
      linkedCertificateId: null,
      rotation: {
        code: "QWILT_PUBLISH_FAILED",
        what: "The publish ended with status Failed.",
        where: "site s1, ga, publish p7",
      },
      rollBack: { code: "QWILT_SERVER_ERROR", what: "Qwilt failed to process the request (503)." },
    },
    {
      siteId: "s1",
      previousCertificateId: 25,
      linkedCertificateId: 31,
      rotation: { code: "QWILT_PUBLISH_FAILED", what: "The publish ended with status Failed.", where: undefined },
      rollBack: { what: "Error: x" },
    },
  ],
  QWILT_SERVER_ERROR: [
    { ...change, status: 503, serverText: "", during: "request" },
    { request: "GET /login", status: 503, serverText: "", during: "login" },
  ],
  QWILT_SITE_AMBIGUOUS: [
    { siteName: "web", siteId: "s1", softDeleted: true, revisions: 0 },
    { siteName: "web", siteId: "s1", softDeleted: false, revisions: 4 },
  ],
  QWILT_SITE_BUSY: [{ siteId: "s1", rounds: 20 }],
  QWILT_SITE_MISSING: [{ siteId: "s1" }],
  QWILT_TEMPLATE_AMBIGUOUS: [{ commonName: "www.example.com", templateIds: [3, 4] }],
  QWILT_TEMPLATE_MISSING: [
    { templateId: 3, missing: "template" },
    { templateId: 3, missing: "signing-request" },
    { templateId: "3", missing: "either" },
    { templateId: 3, missing: "template", siteId: "s1" },
  ],
};

/** What can be appended to an error, one sample per branch. */
export const NOTE_SAMPLES: readonly Note[] = [
  { kind: "publish-canceled" },
  { kind: "already-unlinked", certificateId: 25 },
  { kind: "no-previous-certificate" },
  { kind: "previous-unusable", certificateId: 25, reason: { kind: "missing" }, linkedCertificateId: 31 },
  { kind: "previous-unusable", certificateId: 25, reason: { kind: "revoked" }, linkedCertificateId: 31 },
  {
    kind: "previous-unusable",
    certificateId: 25,
    reason: { kind: "expired", notAfter: "2026-01-01T00:00:00.000Z" },
    linkedCertificateId: 31,
  },
  { kind: "linked-by-others", certificateId: 40 },
  { kind: "rolled-back", certificateId: 25, edge: { kind: "unchanged" } },
  { kind: "rolled-back", certificateId: 25, edge: { kind: "publish-in-progress" } },
  { kind: "rolled-back", certificateId: 25, edge: { kind: "republished", targets: ["ga", "staging"] } },
  {
    kind: "rolled-back",
    certificateId: 25,
    edge: { kind: "previous-revisions", revisions: [{ revisionId: "7", targets: ["ga"] }] },
  },
];
