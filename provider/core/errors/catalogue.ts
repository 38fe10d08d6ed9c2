/** The constructor function of each code. */
import type { ErrorCode } from "./codes.ts";
import { coverageLost } from "./coverage-errors.ts";
import * as issuance from "./issuance-errors.ts";
import { apiUnreachable, interrupted, outcomeUnknown, proxyFailed, requestTimedOut } from "./no-response-errors.ts";
import * as objects from "./object-errors.ts";
import { proofRequired } from "./proof-errors.ts";
import * as response from "./response-errors.ts";
import * as rotation from "./rotation-errors.ts";
import * as setup from "./setup-errors.ts";
import { unexpectedResponse } from "./unexpected-response.ts";

export const CATALOGUE = {
  QWILT_API_UNEXPECTED_ANSWER: unexpectedResponse,
  QWILT_API_UNREACHABLE: apiUnreachable,
  QWILT_AUTH_FAILED: response.authFailed,
  QWILT_BAD_REQUEST: response.badRequest,
  QWILT_CA_REFUSED: issuance.caRefused,
  QWILT_CERTIFICATE_IN_USE: objects.certificateInUse,
  QWILT_CHALLENGE_DELEGATION_FAILED: issuance.challengeDelegationFailed,
  QWILT_CHALLENGE_FAILED: issuance.challengeFailed,
  QWILT_CONFIG_INVALID: setup.configInvalid,
  QWILT_CONFIG_MISSING: setup.configMissing,
  QWILT_CONFLICT: response.conflict,
  QWILT_COVERAGE_LOST: coverageLost,
  QWILT_EDGE_DIFFERS: rotation.edgeDiffers,
  QWILT_EDGE_UNREACHABLE: rotation.edgeUnreachable,
  QWILT_FORBIDDEN: response.forbidden,
  QWILT_INTERNAL: setup.internalError,
  QWILT_INTERRUPTED: interrupted,
  QWILT_ISSUANCE_FAILED: issuance.issuanceFailed,
  QWILT_ISSUANCE_TIMED_OUT: issuance.issuanceTimedOut,
  QWILT_KEY_MISSING: objects.keyMissing,
  QWILT_KEY_UNUSABLE: objects.keyUnusable,
  QWILT_LINK_FOREIGN: rotation.linkForeign,
  QWILT_LINK_REFUSED: rotation.linkRefused,
  QWILT_NOTIFY_SITES_FAILED: issuance.notifySitesFailed,
  QWILT_NOT_FOUND: response.notFound,
  QWILT_NOT_ISSUED: issuance.notIssued,
  QWILT_OTHER_ORGANIZATION: setup.otherOrganization,
  QWILT_OUTCOME_UNKNOWN: outcomeUnknown,
  QWILT_PACKAGE_NOT_FOUND: setup.packageNotFound,
  QWILT_PROOF_REQUIRED: proofRequired,
  QWILT_PROXY_FAILED: proxyFailed,
  QWILT_PUBLISH_FAILED: rotation.publishFailed,
  QWILT_PUBLISH_TIMED_OUT: rotation.publishTimedOut,
  QWILT_RATE_LIMITED: response.rateLimited,
  QWILT_REQUEST_TIMED_OUT: requestTimedOut,
  QWILT_ROLLBACK_FAILED: rotation.rollbackFailed,
  QWILT_SERVER_ERROR: response.serverError,
  QWILT_SITE_AMBIGUOUS: objects.siteAmbiguous,
  QWILT_SITE_BUSY: rotation.siteBusy,
  QWILT_SITE_MISSING: objects.siteMissing,
  QWILT_TEMPLATE_AMBIGUOUS: objects.templateAmbiguous,
  QWILT_TEMPLATE_MISSING: objects.templateMissing,
} satisfies { readonly [C in ErrorCode]: { readonly code: C } };

export type DetailsOf<C extends ErrorCode> = Parameters<(typeof CATALOGUE)[C]>[0];
