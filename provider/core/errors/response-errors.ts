/** Unsuccessful responses of Qwilt. */
import { type Message, returned } from "./message.ts";
import { defineError } from "./qwilt-error.ts";
import { type CredentialSource, renewCredentials } from "./remedies.ts";

export interface ResponseDetails {
  /** Method, path and query. */
  readonly request: string;
  readonly status: number;
  /** Text of the response, redacted; "" if there is none. */
  readonly serverText: string;
}

function response(happened: string, { request, status, serverText }: ResponseDetails, todo: string): Message {
  return { what: `${happened} (${status}).${returned(serverText)}`, where: request, todo };
}

export type AuthFailedDetails = ResponseDetails & {
  /** Whether a login was rejected, or a request. */
  readonly during: "login" | "request";
  readonly credentials: CredentialSource | undefined;
};

export const authFailed = defineError("QWILT_AUTH_FAILED", (details: AuthFailedDetails) => {
  const { credentials, during } = details;
  const source = credentials?.source ?? "the credentials";
  return response(
    `Qwilt rejected ${during === "login" ? `the login with ${source}` : source}`,
    details,
    credentials === undefined ? "set QWILT_API_KEY" : renewCredentials(credentials),
  );
});

export const forbidden = defineError("QWILT_FORBIDDEN", (details: ResponseDetails) =>
  response(
    "Qwilt does not allow this request with these credentials",
    details,
    "use credentials with the editor permission in the organization that owns the object",
  ),
);

export type NotFoundDetails =
  | ({ readonly object: "requested" } & ResponseDetails)
  /** Checked before anything was changed. */
  | { readonly object: "certificate"; readonly siteId: string; readonly certificateId: number }
  | { readonly object: "revision"; readonly siteId: string; readonly revisionId: string; readonly target: string };

const CHECK_ID =
  "check the ID and the organization of the credentials; if the object was deleted outside Pulumi, run `pulumi refresh`";

export const notFound = defineError("QWILT_NOT_FOUND", (details: NotFoundDetails) => {
  switch (details.object) {
    case "requested":
      return response("Qwilt did not find the object", details, CHECK_ID);
    case "certificate":
      return {
        what: `Qwilt did not find certificate ${details.certificateId} (404). Nothing was changed.`,
        where: `site ${details.siteId}, GET /api/v2/certificates/${details.certificateId}`,
        todo: CHECK_ID,
      };
    case "revision":
      return {
        what: `Qwilt did not find revision ${details.revisionId} of the site, to be published on ${details.target} (404). Nothing was changed.`,
        where: `site ${details.siteId}, GET /api/1/sites/${details.siteId}/configurations/${details.revisionId}`,
        todo: "set the link's revisionId to that of this site's SiteConfiguration, then run `pulumi up` again",
      };
  }
});

export const conflict = defineError("QWILT_CONFLICT", (details: ResponseDetails) =>
  response(
    "Qwilt rejected the request because of a conflict",
    details,
    "resolve the conflict, then run `pulumi refresh` and `pulumi up`",
  ),
);

export const rateLimited = defineError("QWILT_RATE_LIMITED", (details: ResponseDetails) =>
  response(
    "Qwilt rejected the request because there were too many",
    details,
    "wait a few minutes and run the command again; lower qwilt:maxConcurrency if this keeps happening",
  ),
);

export type ServerErrorDetails = ResponseDetails & { readonly during: "login" | "request" };

export const serverError = defineError("QWILT_SERVER_ERROR", (details: ServerErrorDetails) =>
  details.during === "login"
    ? loginWithoutToken(details)
    : response(
        "Qwilt failed to process the request",
        details,
        "run the command again later: it continues from the current state",
      ),
);

export const badRequest = defineError("QWILT_BAD_REQUEST", (details: ResponseDetails) =>
  response("Qwilt rejected the request as invalid", details, "correct the reported values, then run the command again"),
);

export function loginWithoutToken({ request, status }: Pick<ResponseDetails, "request" | "status">): Message {
  return {
    what: `Qwilt responded to the login without a token (${status}).`,
    where: request,
    todo: "check qwilt:endpoint (QWILT_ENDPOINT), or use an API key (qwilt:apiKey)",
  };
}
