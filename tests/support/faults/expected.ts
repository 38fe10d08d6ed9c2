/**
 * Which outcome belongs to which fault, written by hand from docs/errors.md and independent of what the provider does:
 * the tables of docs/faults.md are only as right as this. Pure.
 */
import type { ErrorCode } from "../../../provider/core/errors/codes.ts";
import type { Flow } from "./flows.ts";
import type { Hit } from "./kinds.ts";
import { WELL } from "./table.ts";

type End = ErrorCode | typeof WELL;
type CallKind =
  | "list"
  | "contents"
  | "object"
  | "revision"
  | "update"
  | "removal"
  | "certificate's removal"
  | "unlink"
  | "creation"
  | "link"
  | "publish"
  | "republish"
  | "template"
  | "signed certificate";
type Ends = Readonly<Record<string, readonly End[]>>;

/**
 * A read is retried after any interruption; an invalid response is reported, or read again while a site is being
 * changed.
 */
const LOOK_ONCE: Ends = {
  "500": [WELL],
  "503 with Retry-After": [WELL],
  "429": [WELL],
  "409": ["QWILT_CONFLICT", WELL],
  "401": [WELL],
  "404": [WELL],
  "cut before": [WELL],
  "cut after": [WELL],
  truncated: [WELL],
  HTML: ["QWILT_API_UNEXPECTED_ANSWER"],
  "too slow": [WELL],
};
const LOOK_LASTING: Ends = {
  "500": ["QWILT_SERVER_ERROR"],
  "503 with Retry-After": ["QWILT_SERVER_ERROR"],
  "429": ["QWILT_RATE_LIMITED"],
  "409": ["QWILT_CONFLICT"],
  "401": ["QWILT_AUTH_FAILED"],
  "404": ["QWILT_API_UNEXPECTED_ANSWER"],
  "cut before": ["QWILT_API_UNREACHABLE"],
  "cut after": ["QWILT_API_UNREACHABLE"],
  truncated: ["QWILT_API_UNREACHABLE"],
  HTML: ["QWILT_API_UNEXPECTED_ANSWER"],
};
/** A change that may be sent twice. */
const CHANGE_ONCE: Ends = { ...LOOK_ONCE, "409": ["QWILT_CONFLICT"] };
const CHANGE_LASTING: Ends = {
  ...LOOK_LASTING,
  "cut before": ["QWILT_OUTCOME_UNKNOWN"],
  "cut after": ["QWILT_OUTCOME_UNKNOWN"],
  truncated: ["QWILT_OUTCOME_UNKNOWN"],
};
/**
 * Never sent twice unless Qwilt reported that nothing was done; what was created although its response was lost is
 * found.
 */
const CREATION_ONCE: Ends = {
  ...CHANGE_ONCE,
  "500": ["QWILT_SERVER_ERROR"],
  "404": ["QWILT_NOT_FOUND"],
  "cut before": ["QWILT_OUTCOME_UNKNOWN"],
  "too slow": ["QWILT_OUTCOME_UNKNOWN"],
};
const CREATION_LASTING: Ends = {
  ...CHANGE_LASTING,
  "404": ["QWILT_NOT_FOUND"],
  "cut after": [WELL],
  truncated: [WELL],
};
/** A linked object cannot be deleted. */
const IN_USE: Ends = { "409": ["QWILT_CERTIFICATE_IN_USE"] };
/** The read afterwards finds that it was done. */
const FOUND: Ends = { "cut after": [WELL], truncated: [WELL] };
/** The site is observed and planned again. */
const PLANNED_ONCE: Ends = { ...LOOK_ONCE, "409": [WELL], HTML: [WELL] };
const BAD_PUBLISHES: Ends = {
  invalid: ["QWILT_PUBLISH_FAILED"],
  dismissed: ["QWILT_PUBLISH_FAILED"],
  aborted: ["QWILT_PUBLISH_FAILED"],
  failed: ["QWILT_PUBLISH_FAILED"],
  stuck: ["QWILT_PUBLISH_TIMED_OUT"],
};

const PUBLISH_ONCE: Ends = { ...PLANNED_ONCE, "404": ["QWILT_NOT_FOUND"], ...BAD_PUBLISHES };
const PUBLISH_LASTING: Ends = { ...CHANGE_LASTING, ...FOUND, "404": ["QWILT_NOT_FOUND"], ...BAD_PUBLISHES };

const ONCE: Readonly<Record<CallKind, Ends>> = {
  // A 404 for the whole service is not a deleted object.
  list: { ...LOOK_ONCE, "404": ["QWILT_NOT_FOUND"] },
  contents: LOOK_ONCE,
  object: LOOK_ONCE,
  revision: LOOK_ONCE,
  update: { ...CHANGE_ONCE, "404": ["QWILT_NOT_FOUND"] },
  removal: CHANGE_ONCE,
  "certificate's removal": { ...CHANGE_ONCE, ...IN_USE },
  unlink: PLANNED_ONCE,
  creation: CREATION_ONCE,
  link: { ...PLANNED_ONCE, "404": ["QWILT_LINK_REFUSED"] },
  publish: PUBLISH_ONCE,
  republish: PUBLISH_ONCE,
  template: LOOK_ONCE,
  "signed certificate": LOOK_ONCE,
};
const LASTING: Readonly<Record<CallKind, Ends>> = {
  list: { ...LOOK_LASTING, "404": ["QWILT_NOT_FOUND"] },
  // The site exists, and what belongs to it returns 404: that does not count as deleted.
  contents: LOOK_LASTING,
  // It is deleted, or found in a list.
  object: { ...LOOK_LASTING, "404": [WELL] },
  // A refresh drops it from the state; a link that is to publish it fails before anything is unlinked.
  revision: { ...LOOK_LASTING, "404": [WELL, "QWILT_NOT_FOUND"] },
  update: { ...CHANGE_LASTING, "404": ["QWILT_NOT_FOUND"] },
  removal: CHANGE_LASTING,
  "certificate's removal": { ...CHANGE_LASTING, ...IN_USE },
  unlink: { ...CHANGE_LASTING, ...FOUND },
  creation: CREATION_LASTING,
  link: { ...CHANGE_LASTING, ...FOUND, "404": ["QWILT_LINK_REFUSED"] },
  publish: PUBLISH_LASTING,
  republish: PUBLISH_LASTING,
  // Does not exist; a refresh drops it from the state.
  template: { ...LOOK_LASTING, "404": ["QWILT_TEMPLATE_MISSING", WELL] },
  // Its template refers to it.
  "signed certificate": { ...LOOK_LASTING, "404": ["QWILT_API_UNEXPECTED_ANSWER", "QWILT_NOT_FOUND"] },
};

/** A rotation rolls back to the old certificate; if that needs the failing call, it cannot. */
const BROKEN_WAY_BACK: Readonly<Partial<Record<CallKind, readonly string[]>>> = {
  link: ["500", "503 with Retry-After", "429", "409", "401", "404", "cut before", "HTML"],
  // After a rejection, also by the validation, nothing has to be published: the edge has served the old one all the
  // time.
  republish: ["500", "503 with Retry-After", "cut before", "HTML", "aborted", "failed", "stuck"],
};

/** What is wrong with how the run ended; empty if nothing is. */
export function unexpectedEnd(flow: Pick<Flow, "rotates" | "program">, hit: Hit, code: string | undefined): string[] {
  const { call, fault, times } = hit;
  const kind = kindOfCall(call.name);
  const stuckHalfWay =
    flow.rotates === true && times === "lasting" && BROKEN_WAY_BACK[kind]?.includes(fault.name) === true;
  const ends: Ends = (times === "once" ? ONCE : LASTING)[kind];
  // A refresh only reads its dates, and no decision that could do harm depends on them.
  const spared = flow.program === undefined && kind === "signed certificate" && fault.name === "404";
  const plain = spared ? [WELL] : ends[fault.name];
  const allowed: readonly string[] | undefined = stuckHalfWay ? ["QWILT_ROLLBACK_FAILED"] : plain;
  if (allowed === undefined) return [`nobody wrote down how ${fault.name} at a ${kind} should end`];
  const end = code ?? WELL;
  return allowed.some((one) => one === end) ? [] : [`it ended with ${end}, expected ${allowed.join(" or ")}`];
}

export function kindOfCall(name: string): CallKind {
  const [method = "", path = ""] = name.split(" ");
  if (method === "GET") {
    if (/^\/api\/v?\d\/[a-z-]+$/.test(path)) return "list";
    if (/^\/api\/v2\/certificate-(templates|signing-requests)\/\{\}$/.test(path)) return "template";
    if (path.startsWith("/api/v2/certificates/")) return "signed certificate";
    if (path.endsWith("/configurations/{}")) return "revision";
    return /\/sites\/\{\}\/[a-z-]+$/.test(path) ? "contents" : "object";
  }
  if (method === "PUT") return "update";
  if (/\/sites\/\{\}\/certificates/.test(path)) return method === "DELETE" ? "unlink" : "link";
  if (method === "DELETE") return path.startsWith("/api/v2/certificates/") ? "certificate's removal" : "removal";
  if (path.endsWith("/actions/republish")) return "republish";
  return path.includes("/publishing-operations") ? "publish" : "creation";
}
