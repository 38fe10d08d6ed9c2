/** Maps an unsuccessful response to an error code and its details. */
import type { Credentials } from "../../core/config.ts";
import { requestTimedOut } from "../../core/errors/no-response-errors.ts";
import type { CallFacts, QwiltError } from "../../core/errors/qwilt-error.ts";
import { sourceOf } from "../../core/errors/remedies.ts";
import * as errors from "../../core/errors/response-errors.ts";
import { type ResponseProblem, unexpectedResponse } from "../../core/errors/unexpected-response.ts";
import { nameOf } from "./no-answer.ts";
import { looksLikeHtml, redactServerText } from "./redact-body.ts";
import type { Sent } from "./send.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

export interface Refused {
  readonly request: HttpRequest;
  readonly answer: Sent;
  /** Texts that must not appear in messages. */
  readonly secrets: readonly string[];
  readonly credentials: Credentials | undefined;
}

export function refusal({ request, answer, secrets, credentials }: Refused): QwiltError {
  const { status } = answer;
  const html = looksLikeHtml(answer.headers["content-type"]?.[0], answer.text);
  // A wrong endpoint must not be read as a deleted object: that would drop the object from the stack's state.
  if (status === 404 && html) return unexpected({ request, answer, problem: { kind: "html-404" } });
  if (status < 400) return unexpected({ request, answer, problem: { kind: "redirect" } });
  const details = { request: nameOf(request), status, serverText: redactServerText(answer.text, secrets) };
  const reading = request.method === "GET";
  // A server or gateway may fail after the change was made.
  const isUnknown = !reading && (status >= 500 || answer.before === "maybe-done");
  const call: CallFacts = { status, outcome: isUnknown ? "unknown" : "not-done", reading };
  switch (status) {
    case 401: {
      const source = credentials === undefined ? undefined : sourceOf(credentials);
      return errors.authFailed({ ...details, during: "request", credentials: source }, { call });
    }
    case 403:
      return errors.forbidden(details, { call });
    case 404:
      return errors.notFound({ object: "requested", ...details }, { call });
    case 408:
      return requestTimedOut({ side: "server", ...details }, { call });
    case 409:
      return errors.conflict(details, { call });
    case 429:
      return errors.rateLimited(details, { call });
    default:
      return status >= 500
        ? errors.serverError({ during: "request", ...details }, { call })
        : errors.badRequest(details, { call });
  }
}

export function unexpected(seen: {
  readonly request: HttpRequest;
  readonly answer: HttpResponse;
  readonly problem: ResponseProblem;
}): QwiltError {
  const { request, answer, problem } = seen;
  const { status } = answer;
  const html = looksLikeHtml(answer.headers["content-type"]?.[0], answer.text);
  const reading = request.method === "GET";
  const mayHaveChanged = !reading && status < 300;
  return unexpectedResponse(
    { reason: "malformed", request: nameOf(request), status, problem, html, mayHaveChanged },
    { call: { status, outcome: mayHaveChanged ? "unknown" : "not-done", reading } },
  );
}
