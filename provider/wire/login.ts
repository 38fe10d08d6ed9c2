/** The login answer: 302 without `Location`, the token in a cookie (docs/qwilt-api.md 2.3). */

/** Name of the cookie that carries the token. */
const TOKEN_COOKIE = "cqloudLoginToken";

/**
 * A token lives one hour by the documentation; its cookie says six. The shorter one is believed (docs/qwilt-api.md 9).
 */
export const TOKEN_LIFE_MS = 60 * 60_000;

/** The token among the `Set-Cookie` headers of a login answer; undefined when there is none, or an empty one. */
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
