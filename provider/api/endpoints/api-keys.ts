/** API keys (docs/qwilt-api.md 4.8). The paths of get, list and revoke are assumptions (U31). */
import { ApiKey, type ApiKeyBody, ApiKeyList } from "../../wire/api-key.ts";
import { orFalse, orUndefined } from "../http/api-error.ts";
import { path, type Requester } from "../http/request.ts";

export interface ApiKeysApi {
  list(): Promise<readonly ApiKey[]>;
  /** undefined: there is no such key. */
  get(keyId: string): Promise<ApiKey | undefined>;
  /** The only response that contains `apiToken`, the key itself: secret. */
  create(body: ApiKeyBody): Promise<ApiKey>;
  /** Cannot be undone. false: the key did not exist. */
  revoke(keyId: string): Promise<boolean>;
}

export function createApiKeysApi(requester: Requester): ApiKeysApi {
  const service = "users";
  const collection = "/api/1/api-keys";
  return {
    list: () => requester.json({ service, method: "GET", path: collection }, ApiKeyList),
    get: (keyId) =>
      orUndefined(requester.json({ service, method: "GET", path: path`/api/1/api-keys/${keyId}` }, ApiKey)),
    create: (body) => requester.json({ service, method: "POST", path: collection, body }, ApiKey),
    revoke: (keyId) => orFalse(requester.done({ service, method: "DELETE", path: path`/api/1/api-keys/${keyId}` })),
  };
}
