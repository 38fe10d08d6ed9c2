/**
 * Authentication: an API key, or a login token, which is renewed before it expires and once after Qwilt rejects it. If
 * Qwilt rejects the credentials in the stack's configuration, those in the environment are used for the rest of the
 * run.
 */
import type { Clock } from "../../core/clock.ts";
import type { Credentials, ProviderConfig } from "../../core/config.ts";
import type { CallFacts } from "../../core/errors/qwilt-error.ts";
import { sourceOf } from "../../core/errors/remedies.ts";
import { authFailed, serverError } from "../../core/errors/response-errors.ts";
import { unexpectedResponse } from "../../core/errors/unexpected-response.ts";
import type { OrganizationObserver } from "../../core/organization.ts";
import { organizationsOfToken, readLoginToken, TOKEN_LIFE_MS } from "../../wire/login.ts";
import { afterFallback, credentialsMissing } from "./credential-messages.ts";
import type { Sender } from "./send.ts";

export interface Auth {
  /** Value of the `Authorization` header. @throws QWILT_CONFIG_MISSING, QWILT_AUTH_FAILED */
  authorization(): Promise<string>;
  /** After a 401: a newer value than `refused`; undefined if none can be obtained (an API key cannot be renewed). */
  renewed(refused: string): Promise<string | undefined>;
  /**
   * After another 401: the value of the fallback credentials, which stay in use from then on; undefined if there are
   * none.
   */
  next(refused: string): Promise<string | undefined>;
  /** The credentials in use. */
  inUse(): Credentials | undefined;
}

export interface AuthOptions {
  readonly config: ProviderConfig;
  readonly sender: Sender;
  readonly clock: Clock;
  /** Called once, when the environment's credentials replace those that Qwilt rejected. */
  readonly warn: (text: string) => void;
  /** Is informed which credentials are in use. */
  readonly observer: OrganizationObserver | undefined;
}

function isCredentialsRefused(thrown: unknown): boolean {
  return authFailed.is(thrown);
}

type TokenSource = Pick<Auth, "authorization" | "renewed">;
type Way = TokenSource & { readonly credentials: Credentials };

/** Tokens are renewed this long before they expire, because clocks differ and requests take time. */
const RENEWAL_MARGIN_MS = 5 * 60_000;

/** Uses the configured credentials and, once Qwilt rejects them, those in the environment. */
export function createAuth(options: AuthOptions): Auth {
  const { config, warn, observer } = options;
  const ways = [config.credentials, config.fallbackCredentials].flatMap((one) => (one ? [wayOf(one, options)] : []));
  let at = 0;
  if (ways[0] !== undefined) observer?.uses(ways[0].credentials);

  function now(): Way {
    const way = ways[at];
    if (way === undefined) throw credentialsMissing(config);
    return way;
  }

  /** @returns whether there are credentials to try after these */
  function leave(way: Way): boolean {
    const following = ways[ways.indexOf(way) + 1];
    if (following === undefined) return false;
    // A concurrent request may already have switched.
    if (way !== now()) return true;
    at += 1;
    observer?.uses(following.credentials);
    const { source } = following.credentials;
    warn(`Qwilt rejected ${way.credentials.source}: this run uses ${source}. ${afterFallback(way.credentials)}`);
    return true;
  }

  /** A login that is rejected before it returned a token is abandoned like an API key that is rejected. */
  async function from<T>(ask: (way: Way) => Promise<T>): Promise<T | string> {
    const way = now();
    try {
      return await ask(way);
    } catch (thrown) {
      if (!isCredentialsRefused(thrown) || !leave(way)) throw thrown;
      return authorization();
    }
  }
  const authorization = (): Promise<string> => from((way) => way.authorization());

  return {
    authorization,
    async renewed(refused) {
      const value = await authorization();
      return value === refused ? from((way) => way.renewed(refused)) : value;
    },
    async next(refused) {
      const way = now();
      const value = await authorization();
      if (value !== refused) return value;
      return leave(way) ? authorization() : undefined;
    },
    inUse: () => ways[at]?.credentials,
  };
}

function wayOf(credentials: Credentials, options: AuthOptions): Way {
  if (credentials.kind === "login") return { credentials, ...loginAuth({ credentials, ...options }) };
  // Not the `X-API-KEY` header: this is the form that Qwilt's own client uses (docs/qwilt-api.md 9).
  const value = `X-API-KEY ${credentials.apiKey}`;
  return { credentials, authorization: async () => value, renewed: async () => undefined };
}

interface LoginOptions extends Pick<AuthOptions, "config" | "sender" | "clock" | "observer"> {
  readonly credentials: Extract<Credentials, { kind: "login" }>;
}

function loginAuth(options: LoginOptions): TokenSource {
  const { clock } = options;
  let current: { readonly value: string; readonly usableUntil: number } | undefined;
  /** Concurrent callers share one login. */
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
      // A concurrent request may already have renewed it.
      if (current?.value === refused) current = undefined;
      return usable() ?? logInOnce();
    },
  };
}

/**
 * docs/qwilt-api.md 2.3: a GET with Basic authentication; the response is a 302 without `Location` that has the token
 * in a cookie.
 */
async function logIn({ credentials, config, sender, observer }: LoginOptions): Promise<string> {
  const { username, password } = credentials;
  const query = config.organization === undefined ? "" : `?orgId=${encodeURIComponent(config.organization)}`;
  const answer = await sender.send(
    {
      method: "GET",
      url: `${config.endpoints.login}/login${query}`,
      headers: { Authorization: `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}` },
    },
    "idempotent",
  );
  const token = readLoginToken(answer.headers["set-cookie"] ?? []);
  if (token !== undefined && answer.status < 400) {
    // A login that names its organization is valid for that organization only.
    const { organization } = config;
    observer?.loggedIn(organization === undefined ? organizationsOfToken(token) : [organization]);
    return token;
  }
  const { status } = answer;
  const call: CallFacts = { status, outcome: "not-done", reading: false };
  const details = { request: `GET /login${query}`, status };
  if (status === 401 || status === 403) {
    throw authFailed({ ...details, serverText: "", during: "login", credentials: sourceOf(credentials) }, { call });
  }
  throw status >= 500
    ? serverError({ ...details, serverText: "", during: "login" }, { call })
    : unexpectedResponse({ reason: "login-without-token", ...details }, { call });
}
