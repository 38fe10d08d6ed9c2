/** The login response: 302 without `Location`, with the token in a cookie (docs/qwilt-api.md 2.3). */

import { z } from "zod";

/** Name of the cookie that carries the token. */
const TOKEN_COOKIE = "cqloudLoginToken";

/**
 * A token is valid for one hour according to the documentation, for six according to its cookie. The shorter time is
 * used (docs/qwilt-api.md 9).
 */
export const TOKEN_LIFE_MS = 60 * 60_000;

/** The token in the `Set-Cookie` headers of a login response; undefined if there is none, or an empty one. */
export function readLoginToken(setCookies: readonly string[]): string | undefined {
  for (const cookie of setCookies) {
    const [pair = ""] = cookie.split(";");
    const equals = pair.indexOf("=");
    if (equals < 0 || pair.slice(0, equals).trim() !== TOKEN_COOKIE) continue;
    const token = pair
      .slice(equals + 1)
      .trim()
      .replace(/^"(.*)"$/, "$1");
    if (token !== "") return token;
  }
  return undefined;
}

const Claims = z.object({ dataAccessControl: z.object({ allowedOrgIds: z.array(z.string()) }) });

/**
 * The organizations that the token names; none if it is not a readable JWT. Verifying its signature is Qwilt's task.
 */
export function organizationsOfToken(token: string): readonly string[] {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  try {
    return Claims.parse(JSON.parse(payload)).dataAccessControl.allowedOrgIds;
  } catch {
    return [];
  }
}
