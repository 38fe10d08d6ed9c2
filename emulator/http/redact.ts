import { isObject } from "../domain/json.ts";

const hidden = "[hidden]";
const secretName = /private.?key|password|secret|token|api.?key|authorization/i;
/** Qwilt's API keys and login tokens are JWTs (docs/qwilt-api.md 2.1, 2.3). */
const jwt = /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/g;
/** `PRIVATE KEY` in base64, at each of its three possible offsets in a group of bytes. */
const keyInBase64 = /UFJJVkFURSBLRV|QUklWQVRFIEtFW|BSSVZBVEUgS0VZ/;

/**
 * A copy of a request body without keys and secrets, wherever they are.
 *
 * @param secrets texts that are hidden as well
 */
export function redact(value: unknown, secrets: readonly string[] = []): unknown {
  if (typeof value === "string") return holdsKey(value) ? hidden : withoutSecrets(value, secrets);
  if (Array.isArray(value)) return value.map((inner) => redact(inner, secrets));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretName.test(name) && inner !== null && inner !== "" ? hidden : redact(inner, secrets),
    ]),
  );
}

/** The request target as sent, with only its secrets replaced. */
export function redactTarget(target: string, secrets: readonly string[] = []): string {
  const [path = "", ...rest] = withoutSecrets(target, secrets).split("?");
  if (rest.length === 0) return path;
  const query = rest
    .join("?")
    .split("&")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return secretName.test(name) && value.join("") !== "" ? `${name}=${hidden}` : pair;
    });
  return `${path}?${query.join("&")}`;
}

/** A private key may be in the certificate field by mistake. */
function holdsKey(text: string): boolean {
  if (text.includes("PRIVATE KEY")) return true;
  return keyInBase64.test(text.replaceAll(/\s+/g, ""));
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  const spellings = secrets.flatMap((secret) => [secret, encodeURIComponent(secret)]);
  return spellings.reduce((left, secret) => left.replaceAll(secret, hidden), text.replaceAll(jwt, hidden));
}
