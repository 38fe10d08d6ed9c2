import type { EmulatorContext } from "../context.ts";
import { type ApiKey, type ApiKeyRequest, expiresAtMs, readApiKeyRequest } from "../domain/api-key.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { jwt, secretHash } from "../ids.ts";
import { type ApiRequest, objectBody, param, type Route } from "./route.ts";

const collection = "/api/1/api-keys";
const item = "/api/1/api-keys/{keyId}";

/** API keys (docs/qwilt-api.md 4.8; all paths except that of the creation are U31). */
export function apiKeyRoutes(context: EmulatorContext): readonly Route[] {
  const { store, rules } = context;

  const find = (request: ApiRequest): ApiKey => {
    const keyId = param(request, "keyId");
    const key = store.apiKeys.get(keyId);
    if (key?.organisation === request.actor.organisation) return key;
    throw new ApiProblem(404, `API key ${keyId} does not exist.`);
  };

  return [
    {
      method: "GET",
      path: collection,
      handle: (request) => ({
        status: rules.doneStatus,
        body: store.apiKeys.list({ organisation: request.actor.organisation }).map((key) => apiKeyOnWire(context, key)),
      }),
    },
    {
      method: "POST",
      path: collection,
      handle: (request) => {
        const wanted = readApiKeyRequest(objectBody(request), rules);
        const { organisation, username } = request.actor;
        const { key, apiToken } = makeApiKey(context, { ...wanted, organisation, createdBy: username }, request.now);
        // The only response that ever contains the text.
        return { status: rules.createdStatus, body: { ...apiKeyOnWire(context, key), apiToken } };
      },
    },
    {
      method: "GET",
      path: item,
      handle: (request) => ({ status: rules.doneStatus, body: apiKeyOnWire(context, find(request)) }),
    },
    {
      method: "DELETE",
      path: item,
      handle: (request) => {
        // Permanent (docs/qwilt-api.md 2.1): the key is deleted.
        store.apiKeys.delete({ id: find(request).keyId });
        return { status: rules.doneStatus, body: {} };
      },
    },
  ];
}

/** Creates and stores a key. @returns also its text, which is not stored */
export function makeApiKey(
  { store, rules }: EmulatorContext,
  wanted: ApiKeyRequest & { readonly organisation: string; readonly createdBy: string },
  now: number,
): { readonly key: ApiKey; readonly apiToken: string } {
  const keyId = String(store.meta.next("api key"));
  const apiToken = apiKeyText(keyId, wanted.organisation, now);
  // Without an activation delay a key is valid at any time, also when the clock is moved back.
  const worksFromMs = rules.apiKeyActivationMs === 0 ? 0 : now + rules.apiKeyActivationMs;
  const key: ApiKey = { ...wanted, keyId, createdAtMs: now, worksFromMs, tokenHash: secretHash(apiToken) };
  store.apiKeys.put(key);
  return { key, apiToken };
}

/** The text is derived from stored data, so that the key of the start line is the same after a restart. */
export function apiKeyText(keyId: string, organisation: string, createdAtMs: number): string {
  return jwt({ keyId, orgId: organisation, iat: Math.floor(createdAtMs / 1000) });
}

function apiKeyOnWire({ rules }: EmulatorContext, key: ApiKey): object {
  return {
    name: key.name,
    description: key.description,
    ttl: key.ttlDays,
    permission: rules.permissions[key.permission],
    keyId: key.keyId,
    ownerId: key.organisation,
    createdBy: key.createdBy,
    createdAt: new Date(key.createdAtMs).toISOString(),
    expireAt: new Date(expiresAtMs(key)).toISOString(),
  };
}
