import type { SigningState } from "./domain/signing-state.ts";

/**
 * What no source documents about Qwilt's API: the unknowns U1 to U38 of docs/qwilt-api.md section 10, each a named
 * switch that the rest of the emulator reads. `--strict` selects the values that reject more. U1, U2, U19 to U24, U35
 * and U37 are about templates and signing requests.
 */
export interface Assumptions {
  /** U1: paths below a signing request that return its PKCS#10 text. */
  readonly csrDownloadPaths: readonly string[];
  /** U2: path below a template; a POST creates a new signing request. */
  readonly newCsrPath: string;
  /** U3: JSON types of `csrId` in an upload. */
  readonly csrIdTypesInUpload: readonly ("string" | "number")[];
  /** U4: values that `expiryNotify` accepts. The value is stored and returned. */
  readonly expiryNotify: "any-json" | "boolean";
  /** U5: an uploaded certificate whose `notAfter` has passed. */
  readonly expiredUpload: "accept" | "refuse";
  /** U5: a chain that is missing or not in order from the leaf upwards. */
  readonly brokenChain: "accept" | "refuse";
  /** U5: the same certificate a second time in one organization. */
  readonly duplicateUpload: "accept" | "refuse";
  /** U6: an update without a key, or with an empty one. */
  readonly emptyKeyOnUpdate: "keep-stored-key" | "refuse";
  /** U7: `certificate` and `certificateChain` in a response to a request without `detailed`. */
  readonly pemWithoutDetailed: "omit" | "include";
  /** U8: `type` of every certificate. */
  readonly certificateType: string;
  /** U8: `certificateType` of every link. */
  readonly linkCertificateType: string;
  /** U8: `state` of a link before and after the certificate is published. */
  readonly linkStates: { readonly linked: string; readonly published: string };
  /** U9: what `pkHash` is: SHA-256 of the DER SubjectPublicKeyInfo, lower-case hex. */
  readonly pkHash: "sha256-spki-hex";
  /** U10: deleting a certificate that is linked to a site. */
  readonly deleteLinkedCertificate: "refuse" | "accept";
  /** U10: deleting a certificate that is no longer linked but still served. */
  readonly deleteServedCertificate: "refuse" | "accept";
  /** U10: deleting a template that has certificates. */
  readonly deleteTemplateWithCertificates: "refuse" | "accept";
  /** U11: status of a link request for a site that is linked already. */
  readonly secondLinkStatus: number;
  /** U11: status of an unlink of a certificate that is not linked. */
  readonly notLinkedStatus: number;
  /** U11: status of a link to a certificate that does not exist in the organization. */
  readonly unknownCertificateStatus: number;
  /** U11: linking a certificate that has expired or was revoked. */
  readonly linkUnusable: "accept" | "refuse";
  /** U12: an operation while another one is in progress for the same site and target. */
  readonly operationWhileRunning: "queue-once-accepted" | "refuse";
  /** U13: whether operations of ga and staging run in parallel. */
  readonly targets: "independent" | "one-at-a-time";
  /** U14: status of a republish or un-publish of a site that is not published. */
  readonly notPublishedStatus: number;
  /** U15: deleting a site that is published or has an operation in progress. */
  readonly deletePublishedSite: "refuse" | "accept";
  /** U16: the error body. */
  readonly errorBody: (status: number, message: string) => object;
  /** U17: status for objects of other organizations. */
  readonly foreignObjectStatus: number;
  /** U18: status of a POST that creates an object. */
  readonly createdStatus: 200 | 201;
  /** U18: status of every other success, including DELETE and actions. */
  readonly doneStatus: 200 | 201;
  /** U19: states of a self-managed signing request before and after its certificate is uploaded. */
  readonly selfManagedSigningStates: { readonly waiting: SigningState; readonly uploaded: SigningState };
  /** U20: label in front of the base name in a delegation record. */
  readonly delegationLabel: string;
  /** U20: Qwilt's zone that delegation records point to. */
  readonly challengeZone: string;
  /** U21: days before expiry at which Qwilt renews. */
  readonly renewalDaysBeforeExpiry: number;
  /** U22: user name of the operation that activates a renewed certificate. */
  readonly systemUser: string;
  /** U23: whether an upload against a CSR becomes its and its template's `lastCertificateId`. */
  readonly uploadUpdatesLastCertificate: boolean;
  /** U24: whether a signing request accepts several uploads. */
  readonly csrTakesSeveralUploads: boolean;
  /** U25: milliseconds from a POST to Success, unless the command line sets it. */
  readonly publishMs: number;
  /** U25: maximum duration of the validation phase (`Pending`), part of `publishMs`. */
  readonly longestValidationMs: number;
  /** U26: query values of a filter or flag that mean false. Any other text means true. */
  readonly falseQueryValues: readonly string[];
  /** U27: content of the links list for a `siteRevisionId` that was never published. */
  readonly linksOfUnpublishedRevision: "current" | "none";
  /** U28: `target` of a link, which all targets share. */
  readonly linkTarget: string;
  /** U29: `publishMode`, `publishHidden` of operations and `apiVersion` of sites. `publishState` is the status in capitals. */
  readonly internals: { readonly publishMode: string; readonly publishHidden: boolean; readonly apiVersion: string };
  /** U30: shape of `validatorsErrDetails` when an operation is invalid. */
  readonly validatorsErrDetails: "array" | "first";
  /** U31: permission names of API keys. */
  readonly permissions: { readonly editor: string; readonly viewer: string };
  /** U32: status of a name that is in use, and the maximum length of a name. */
  readonly siteName: { readonly conflictStatus: number; readonly longest: number };
  /** U33: deleted certificates and templates return 404 and disappear from the lists. */
  readonly deletion: "hard";
  /** U34: order of the lists, and of the template list. */
  readonly listOrder: { readonly others: "oldest-first"; readonly templates: "newest-first" | "oldest-first" };
  /** U35: key type of the signing requests that Qwilt creates. */
  readonly csrKey: "RSA-2048" | "EC-P256";
  /** U36: status of a failed login, which includes a Basic challenge. */
  readonly loginFailureStatus: number;
  /** U37: result of a renewal when the CNAME was deleted. */
  readonly renewalWithoutCname: "challenge-delegation-failure";
  /** U38: maximum request body in bytes. There is no rate limit. */
  readonly largestBodyBytes: number;

  // Not in the table: decisions of the emulator that have no number in the reference.

  /** `autoManagedCertificateTemplate` if omitted (4.2: the client always sends it, with true as its default). */
  readonly autoManagedByDefault: boolean;
  /** Maximum number of names in `sans` of a template (4.2: limit of the client). */
  readonly mostSans: number;
  /** A duplicate name in `sans` (4.2: the client rejects it). */
  readonly duplicateSans: "accept" | "refuse";
  /** An empty string for country, state, locality or organization (4.2: the current client omits it; responses never contain ""). */
  readonly emptySubjectText: "as-left-out" | "refuse";
  /** A new signing request while the current one is in progress (5.1 documents it only as a remedy after failures). */
  readonly newCsrWhileRunning: "accept" | "refuse";
  /** An upload against a signing request that Qwilt manages (6.3 documents it for self-managed ones). */
  readonly uploadAgainstManagedCsr: "accept" | "refuse";
  /** Lifetime in days of a certificate that the emulator's own CA signs for a managed template (Let's Encrypt: 90). */
  readonly managedCertificateDays: number;
  /** Milliseconds from a correct CNAME to a linkable certificate, while the clock runs, unless the command line sets it. */
  readonly issueMs: number;
  /** Domain name of the issuer in CAA records (4.3 rule 4: Let's Encrypt). */
  readonly caaIssuer: string;
  /** A secured host that the linked certificate does not cover (4.6 rule 6: not enforced). With "refuse", a publish ends as Invalid. */
  readonly uncoveredHost: "accept" | "refuse";
  /** A configuration without `MI.TrafficType` (4.5: documented as required, absent in practice). */
  readonly missingTrafficType: "accept" | "refuse";
  /** Whether a publication uses the site's link at the time of the request (a later link waits for the next publication) or when it takes effect. */
  readonly certificateTaken: "when-requested" | "when-taking-effect";
  /** New configurations, links and publications on a soft-deleted site (4.4 rule 4 names only the rename as possible). */
  readonly softDeletedSite: "refuse-changes" | "accept-changes";
  /** Status of a configuration that the validation at save finds invalid (4.5: "status code and body unknown"). */
  readonly invalidConfigurationStatus: number;
  /** Status of a cancel request for a finished operation. */
  readonly cancelAfterEndStatus: number;
  /** Status of a login for an organization that the user is not a member of. */
  readonly foreignOrganisationStatus: number;
  /** Status of a method that a known path does not support, including HEAD and OPTIONS. */
  readonly unknownMethodStatus: number;
  /** Lifetime of a login token in milliseconds (2.3: one hour). */
  readonly tokenLifeMs: number;
  /** Delay until a new API key is valid (2.1: up to five minutes). */
  readonly apiKeyActivationMs: number;
}

export const defaultAssumptions: Assumptions = {
  csrDownloadPaths: ["/pem", "/download"],
  newCsrPath: "/certificate-signing-requests",
  csrIdTypesInUpload: ["string", "number"],
  expiryNotify: "any-json",
  expiredUpload: "accept",
  brokenChain: "accept",
  duplicateUpload: "accept",
  emptyKeyOnUpdate: "keep-stored-key",
  pemWithoutDetailed: "omit",
  certificateType: "CDN",
  linkCertificateType: "CDN",
  linkStates: { linked: "LINKED", published: "ACTIVE" },
  pkHash: "sha256-spki-hex",
  deleteLinkedCertificate: "refuse",
  deleteServedCertificate: "accept",
  deleteTemplateWithCertificates: "accept",
  secondLinkStatus: 409,
  notLinkedStatus: 404,
  unknownCertificateStatus: 404,
  linkUnusable: "accept",
  operationWhileRunning: "queue-once-accepted",
  targets: "independent",
  notPublishedStatus: 409,
  deletePublishedSite: "refuse",
  errorBody: (status, message) => ({ message, status }),
  foreignObjectStatus: 404,
  createdStatus: 201,
  doneStatus: 200,
  selfManagedSigningStates: { waiting: "REQUESTING_CERTIFICATE_FROM_CA", uploaded: "NOTIFIED_SITES" },
  delegationLabel: "_acme-challenge",
  challengeZone: "acme.cqloud.com",
  renewalDaysBeforeExpiry: 30,
  systemUser: "system",
  uploadUpdatesLastCertificate: true,
  csrTakesSeveralUploads: true,
  publishMs: 300,
  longestValidationMs: 100,
  falseQueryValues: ["false"],
  linksOfUnpublishedRevision: "current",
  linkTarget: "ga",
  internals: { publishMode: "Normal", publishHidden: false, apiVersion: "2" },
  validatorsErrDetails: "array",
  permissions: { editor: "MediaEditor", viewer: "MediaViewer" },
  siteName: { conflictStatus: 409, longest: 255 },
  deletion: "hard",
  listOrder: { others: "oldest-first", templates: "newest-first" },
  csrKey: "RSA-2048",
  loginFailureStatus: 401,
  renewalWithoutCname: "challenge-delegation-failure",
  largestBodyBytes: 1_048_576,
  autoManagedByDefault: true,
  mostSans: 100,
  duplicateSans: "accept",
  emptySubjectText: "as-left-out",
  newCsrWhileRunning: "accept",
  uploadAgainstManagedCsr: "refuse",
  managedCertificateDays: 90,
  issueMs: 2_000,
  caaIssuer: "letsencrypt.org",
  uncoveredHost: "accept",
  missingTrafficType: "accept",
  certificateTaken: "when-requested",
  softDeletedSite: "refuse-changes",
  invalidConfigurationStatus: 400,
  cancelAfterEndStatus: 409,
  foreignOrganisationStatus: 403,
  unknownMethodStatus: 405,
  tokenLifeMs: 3_600_000,
  apiKeyActivationMs: 0,
};

export const strictAssumptions: Assumptions = {
  ...defaultAssumptions,
  expiryNotify: "boolean",
  expiredUpload: "refuse",
  brokenChain: "refuse",
  deleteServedCertificate: "refuse",
  deleteTemplateWithCertificates: "refuse",
  linkUnusable: "refuse",
  operationWhileRunning: "refuse",
  duplicateSans: "refuse",
  newCsrWhileRunning: "refuse",
  uncoveredHost: "refuse",
  missingTrafficType: "refuse",
};
