/** Who we are: an API key, or a login token that is renewed before it ends and once when it is refused. */
import type { Clock } from "../clock.ts";
import { CREDENTIAL_PLACES, type Credentials, type ProviderConfig } from "../config.ts";
import { readLoginToken, TOKEN_LIFE_MS } from "../wire/login.ts";
import { ApiError } from "./api-error.ts";
import type { Sender } from "./send.ts";

export interface Auth {
  /** Value of the `Authorization` header. @throws QWILT_CONFIG_MISSING, QWILT_AUTH_FAILED */
  authorization(): Promise<string>;
  /** After a 401: a newer value than `refused`, or undefined when there is none to be had (an API key is final). */
  renewed(refused: string): Promise<string | undefined>;
}

/** Clocks differ and requests take time: a token is used for this much less than its hour. */
const RENEWAL_MARGIN_MS = 5 * 60_000;

export function createAuth(config: ProviderConfig, sender: Sender, clock: Clock): Auth {
  const { credentials } = config;
  if (credentials === undefined) {
    const missing = async (): Promise<never> => {
      throw credentialsMissing(config);
    };
    return { authorization: missing, renewed: missing };
  }
  if (credentials.kind === "api-key") {
    // This form and not the header `X-API-KEY` of its own: it is the one the shipped client uses (docs/qwilt-api.md 9).
    const value = `X-API-KEY ${credentials.apiKey}`;
    return { authorization: async () => value, renewed: async () => undefined };
  }
  return loginAuth({ credentials, config, sender, clock });
}

interface LoginOptions {
  readonly credentials: Extract<Credentials, { kind: "login" }>;
  readonly config: ProviderConfig;
  readonly sender: Sender;
  readonly clock: Clock;
}

function loginAuth(options: LoginOptions): Auth {
  const { clock } = options;
  let current: { readonly value: string; readonly usableUntil: number } | undefined;
  /** One login at a time, whoever asks. */
  let running: Promise<string> | undefined;

  function logInOnce(): Promise<string> {
    running ??= logIn(options)
      .then((token) => {
        const value = `Bearer ${token}`;
        current = { value, usableUntil: clock.now() + TOKEN_LIFE_MS - RENEWAL_MARGIN_MS };
        return value;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  const usable = () => (current !== undefined && clock.now() < current.usableUntil ? current.value : undefined);
  return {
    authorization: async () => usable() ?? logInOnce(),
    async renewed(refused) {
      // Somebody else may have renewed it while this request was on its way.
      if (current?.value === refused) current = undefined;
      return usable() ?? logInOnce();
    },
  };
}

/** docs/qwilt-api.md 2.3: GET with Basic, answered by a 302 that carries the token in a cookie and leads nowhere. */
async function logIn({ credentials, config, sender }: LoginOptions): Promise<string> {
  const { username, password } = credentials;
  const query = config.organization === undefined ? "" : `?orgId=${encodeURIComponent(config.organization)}`;
  const answer = await sender.send(
    {
      method: "GET",
      url: `${config.endpoints.login}/login${query}`,
      headers: { Authorization: `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}` },
    },
    "harmless",
  );
  const token = readLoginToken(answer.headers["set-cookie"] ?? []);
  if (token !== undefined && answer.status < 400) return token;
  const where = `GET /login${query}`;
  if (answer.status === 401 || answer.status === 403) {
    throw new ApiError({
      code: "QWILT_AUTH_FAILED",
      what: `Qwilt refused the login with status ${answer.status}.`,
      where,
      todo: "correct qwilt:username and qwilt:password (QWILT_USERNAME, QWILT_PASSWORD), and qwilt:organization if it is set",
      status: answer.status,
      outcome: "not-done",
    });
  }
  throw new ApiError({
    code: answer.status >= 500 ? "QWILT_SERVER_ERROR" : "QWILT_API_UNEXPECTED_ANSWER",
    what: `The login was answered with status ${answer.status} and no token.`,
    where,
    todo: "check qwilt:endpoint (QWILT_ENDPOINT), or use an API key (qwilt:apiKey)",
    status: answer.status,
    outcome: "not-done",
  });
}

function credentialsMissing(config: ProviderConfig): ApiError {
  const half = config.missingCredential;
  const what =
    half === undefined
      ? "No credentials for Qwilt are configured."
      : `The login to Qwilt is half configured: the ${half} is missing (qwilt:${half}, or QWILT_${half.toUpperCase()} in the environment).`;
  return new ApiError({ code: "QWILT_CONFIG_MISSING", what, todo: CREDENTIAL_PLACES, outcome: "not-done" });
}
