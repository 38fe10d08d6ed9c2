import type { IncomingHttpHeaders } from "node:http";
import type { EmulatorContext } from "../context.ts";
import { worksAt } from "../domain/api-key.ts";
import { secretHash } from "../ids.ts";
import type { Actor } from "./route.ts";

type Credential = { readonly kind: "key" | "token"; readonly text: string };

/**
 * Identifies the caller: an API key in either header form, or a login token (docs/qwilt-api.md 2.1, 2.3). Undefined for
 * missing, unknown, expired and revoked credentials alike.
 */
export function identify({ store }: EmulatorContext, headers: IncomingHttpHeaders, now: number): Actor | undefined {
  const credential = credentialOf(headers);
  if (credential === undefined) return undefined;
  const hash = secretHash(credential.text);
  if (credential.kind === "token") {
    const token = store.tokens.get(hash);
    if (token === undefined || now >= token.expiresAtMs) return undefined;
    const { organisation, username } = token;
    return { organisation, username, permission: "editor", label: username };
  }
  const key = store.apiKeys.first({ token_hash: hash });
  if (key === undefined || !worksAt(key, now)) return undefined;
  const { organisation, createdBy, permission, keyId } = key;
  return { organisation, username: createdBy, permission, label: `api-key:${keyId}` };
}

function credentialOf(headers: IncomingHttpHeaders): Credential | undefined {
  const own = headers["x-api-key"];
  if (typeof own === "string" && own !== "") return { kind: "key", text: own.trim() };
  const [, scheme, text] = /^(\S+) +(\S+) *$/.exec(headers.authorization ?? "") ?? [];
  if (scheme === undefined || text === undefined) return undefined;
  switch (scheme.toLowerCase()) {
    case "x-api-key":
      return { kind: "key", text };
    case "bearer":
      return { kind: "token", text };
    default:
      return undefined;
  }
}
