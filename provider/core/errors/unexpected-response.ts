/** Responses that do not fit Qwilt's API, or that contradict each other. */
import type { Message } from "./message.ts";
import { defineError } from "./qwilt-error.ts";
import { loginWithoutToken } from "./response-errors.ts";

export type UnexpectedResponse =
  | MalformedResponse
  /** 404, although another request shows that the object, or its parent, exists. */
  | { readonly reason: "contradiction"; readonly request: string | undefined; readonly exists: "object" | "parent" }
  | { readonly reason: "login-without-token"; readonly request: string; readonly status: number }
  | { readonly reason: "signing-request-without-pem"; readonly request: string }
  | {
      readonly reason: "unknown-publish-state";
      readonly siteId: string;
      readonly target: string;
      readonly publishId: string;
      /** Field and value. */
      readonly state: string;
    }
  | { readonly reason: "several-links"; readonly siteId: string; readonly certificateIds: readonly number[] }
  /** The template refers to it. */
  | { readonly reason: "issued-certificate-missing"; readonly certificateId: number };

export interface MalformedResponse {
  readonly reason: "malformed";
  readonly request: string;
  readonly status: number;
  readonly problem: ResponseProblem;
  /** The body is an HTML page. */
  readonly html: boolean;
  /** The request was a change that may have been made. */
  readonly mayHaveChanged: boolean;
}

export type ResponseProblem =
  | { readonly kind: "html-404" | "redirect" | "html" | "empty" | "not-json" }
  /** Where the body first differs from its schema, without the value. */
  | { readonly kind: "mismatch"; readonly at: string };

export const unexpectedResponse = defineError("QWILT_API_UNEXPECTED_ANSWER", (details: UnexpectedResponse): Message => {
  switch (details.reason) {
    case "malformed":
      return malformed(details);
    case "contradiction":
      return {
        what: `Qwilt returned twice that this does not exist (404), although ${details.exists === "object" ? "it exists" : "the object that it belongs to exists"}.`,
        where: details.request,
        todo: "run the command again later; if the error persists, send this text to Qwilt support",
      };
    case "login-without-token":
      return loginWithoutToken(details);
    case "signing-request-without-pem":
      return {
        what: "Qwilt's response contains no PEM text of the signing request, neither as plain text nor in base64 nor in a JSON object.",
        where: details.request,
        todo: "download the signing request in Qwilt's console, and report this text as a bug of pulumi-qwilt",
      };
    case "unknown-publish-state":
      return {
        what: `Qwilt reports a publish in a state that this version of pulumi-qwilt does not know: ${details.state}.`,
        where: `site ${details.siteId}, ${details.target}, publish ${details.publishId}`,
        todo: "check the site's publish history in Qwilt's console, and update pulumi-qwilt",
      };
    case "several-links":
      return {
        what: `The site has ${details.certificateIds.length} linked certificates (${details.certificateIds.join(", ")}), where Qwilt allows one.`,
        where: `site ${details.siteId}`,
        todo: "unlink the wrong one in Qwilt's console, then run `pulumi up` again",
      };
    case "issued-certificate-missing":
      return {
        what: `The template shows certificate ${details.certificateId} as issued, but Qwilt did not find it (404).`,
        where: `GET /api/v2/certificates/${details.certificateId}`,
        todo: "run `pulumi up` again; if the error persists, send this text to Qwilt support",
      };
  }
});

function malformed({ request, status, problem, html, mayHaveChanged }: MalformedResponse): Message {
  const page = html && !problem.kind.startsWith("html") ? " (an HTML page)" : "";
  return {
    what: `Qwilt returned an unexpected response (${status}): ${problemText(problem)}${page}.${mayHaveChanged ? " The change may have been made." : ""}`,
    where: request,
    todo: html
      ? "check qwilt:endpoint (QWILT_ENDPOINT) and any proxy between this machine and Qwilt, then run the command again"
      : "check qwilt:endpoint (QWILT_ENDPOINT); if it is correct, report this text as a bug of pulumi-qwilt",
  };
}

function problemText(problem: ResponseProblem): string {
  switch (problem.kind) {
    case "html-404":
      return "an HTML page, which does not come from Qwilt's API";
    case "redirect":
      return "a redirect";
    case "html":
      return "an HTML page instead of a response of the API";
    case "empty":
      return "the body is empty";
    case "not-json":
      return "the body is not JSON";
    case "mismatch":
      return problem.at;
  }
}
