import type { EmulatorContext } from "../context.ts";
import { jwt, secretHash } from "../ids.ts";
import type { Reply } from "./route.ts";

export interface LoginRequest {
  readonly authorization: string | undefined;
  readonly query: URLSearchParams;
  readonly now: number;
}

export interface LoginReply {
  readonly reply: Reply;
  readonly username: string | null;
}

/**
 * `GET /login` (docs/qwilt-api.md 2.3): takes Basic credentials and returns a cookie. The 302 has no `Location`: the
 * official client would follow it and lose the cookie.
 */
export function login(context: EmulatorContext, { authorization, query, now }: LoginRequest): LoginReply {
  const { rules, account, organisations, store } = context;
  const credentials = basicCredentials(authorization);
  if (credentials?.username !== account.username || credentials.password !== account.password) {
    const challenge = { "www-authenticate": 'Basic realm="Qwilt"' };
    const status = rules.loginFailureStatus;
    const body = rules.errorBody(status, "User name or password is missing or wrong.");
    return { reply: { status, body, headers: challenge }, username: null };
  }
  const { username } = account;
  const organisation = query.get("orgId") || organisations[0];
  if (organisation === undefined || !organisations.includes(organisation)) {
    const status = rules.foreignOrganisationStatus;
    return { reply: { status, body: rules.errorBody(status, `No access to organisation ${organisation}.`) }, username };
  }
  const expiresAtMs = now + rules.tokenLifeMs;
  const token = jwt({
    dataAccessControl: { CDN: [], allowedOrgIds: [organisation], contentPublishers: [], keys: [], secrets: [] },
    sub: username,
    orgId: organisation,
    iat: Math.floor(now / 1000),
    exp: Math.floor(expiresAtMs / 1000),
    jti: store.meta.next("token"),
  });
  store.tokens.deleteBelow("expires_at_ms", now);
  store.tokens.put({ tokenHash: secretHash(token), username, organisation, expiresAtMs });
  // The attributes of the documented sample: six hours, although a token is valid for one.
  const cookie = `cqloudLoginToken=${token}; Path=/; domain=cqloud.com; Max-Age=21600; HttpOnly; Secure`;
  const headers = { "set-cookie": cookie, "content-type": "text/plain; charset=UTF-8", vary: "Origin" };
  return { reply: { status: 302, body: "OK", headers }, username };
}

function basicCredentials(authorization: string | undefined): { username: string; password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
