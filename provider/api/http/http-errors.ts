/** What an answer that is no success means: a code, the server's words, one thing to do. */
import type { Credentials } from "../../core/config.ts";
import type { ErrorCode } from "../../core/errors.ts";
import { ApiError } from "./api-error.ts";
import { renewCredentials } from "./credential-messages.ts";
import { nameOf } from "./no-answer.ts";
import { looksLikeHtml, serverText } from "./redact-body.ts";
import type { Sent } from "./send.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

export interface Refused {
  readonly request: HttpRequest;
  readonly answer: Sent;
  /** Texts that must not show. */
  readonly secrets: readonly string[];
  readonly credentials: Credentials | undefined;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly happened: string;
  readonly todo: string;
}

export function refusal(refused: Refused): ApiError {
  const { request, answer } = refused;
  const html = looksLikeHtml(answer.headers["content-type"]?.[0], answer.text);
  // A wrong address must not be read as "the object is gone": that would drop it from the stack's state.
  if (answer.status === 404 && html) {
    return unexpected({ request, answer, problem: "an HTML page says 404, which does not come from Qwilt's API" });
  }
  if (answer.status < 400) return unexpected({ request, answer, problem: "a redirect where an answer is expected" });
  const meaning = meaningOf(answer.status, refused.credentials);
  const said = serverText(answer.text, refused.secrets);
  const words = said === "" ? "" : ` The service says: ${said}`;
  return new ApiError({
    code: meaning.code,
    what: `${meaning.happened} (status ${answer.status}).${words}`,
    where: nameOf(request),
    todo: meaning.todo,
    status: answer.status,
    reading: request.method === "GET",
    // An error of the server, or of a gateway before it, may come after the work.
    outcome:
      request.method !== "GET" && (answer.status >= 500 || answer.before === "maybe-done") ? "unknown" : "not-done",
  });
}

export function unexpected(seen: {
  readonly request: HttpRequest;
  readonly answer: HttpResponse;
  readonly problem: string;
}): ApiError {
  const { request, answer, problem } = seen;
  const html = looksLikeHtml(answer.headers["content-type"]?.[0], answer.text);
  const made = request.method !== "GET" && answer.status < 300;
  return new ApiError({
    code: "QWILT_API_UNEXPECTED_ANSWER",
    what: `Qwilt answered with status ${answer.status} and something unexpected: ${problem}${html && answer.status !== 404 ? " (an HTML page)" : ""}.${made ? " The change may have been made." : ""}`,
    where: nameOf(request),
    todo: html
      ? "check qwilt:endpoint (QWILT_ENDPOINT) and any proxy between here and Qwilt, then run the command again"
      : "check qwilt:endpoint (QWILT_ENDPOINT); if it is right, report this text as a bug of pulumi-qwilt",
    status: answer.status,
    reading: request.method === "GET",
    outcome: made ? "unknown" : "not-done",
  });
}

function meaningOf(status: number, credentials: Credentials | undefined): Meaning {
  switch (status) {
    case 401:
      return {
        code: "QWILT_AUTH_FAILED",
        happened: `Qwilt refused ${credentials?.source ?? "the credentials"}`,
        todo: credentials === undefined ? "set QWILT_API_KEY" : renewCredentials(credentials),
      };
    case 403:
      return {
        code: "QWILT_FORBIDDEN",
        happened: "Qwilt does not allow this with these credentials",
        todo: "use credentials with the editor permission, of the organisation that owns the object",
      };
    case 404:
      return {
        code: "QWILT_NOT_FOUND",
        happened: "Qwilt does not have this object",
        todo: "check the identifier and the organisation of the credentials; after a deletion outside of Pulumi run `pulumi refresh`",
      };
    case 408:
      return {
        code: "QWILT_REQUEST_TIMED_OUT",
        happened: "Qwilt did not get the request in time",
        todo: "run the command again",
      };
    case 409:
      return {
        code: "QWILT_CONFLICT",
        happened: "Qwilt refused because of what is there now",
        todo: "read what the service says, then run `pulumi refresh` and `pulumi up`",
      };
    case 429:
      return {
        code: "QWILT_RATE_LIMITED",
        happened: "Qwilt asks for fewer requests",
        todo: "wait some minutes and run the command again; lower qwilt:maxConcurrency if it keeps happening",
      };
    default:
      return status >= 500
        ? {
            code: "QWILT_SERVER_ERROR",
            happened: "Qwilt failed",
            todo: "run the command again later: it goes on from what is there",
          }
        : {
            code: "QWILT_BAD_REQUEST",
            happened: "Qwilt refused the request as malformed",
            todo: "correct what the service names, then run the command again",
          };
  }
}
