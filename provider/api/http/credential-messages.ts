/** What a person does about credentials that Qwilt refused. Each remedy is executed in tests/campaign/key-renewal.test.ts. */
import { type Credentials, type ProviderConfig, STACK_SETTINGS_OF_LAST_UP } from "../../core/config.ts";
import { ApiError } from "./api-error.ts";

const VARIABLES = { "api-key": "QWILT_API_KEY", login: "QWILT_USERNAME and QWILT_PASSWORD" } as const;
const COMMANDS = {
  "api-key": "`pulumi config set --secret qwilt:apiKey`",
  login: "`pulumi config set qwilt:username` and `pulumi config set --secret qwilt:password`",
} as const;

/** After a 401, or a login that was refused. */
export function renewCredentials({ kind, ofStack }: Credentials): string {
  const variables = VARIABLES[kind];
  const renewed =
    kind === "api-key"
      ? "the API key is wrong, expired, revoked, or younger than five minutes: make a new one in Qwilt's console and"
      : "correct the user name and the password, and qwilt:organization if it is set:";
  if (!ofStack) return `${renewed} set ${variables}, then run the command again`;
  return `${renewed} run the command again with ${variables} in the environment, or run ${storeCredentials(kind)}`;
}

/** For a run that went on with credentials of the environment. */
export function afterFallback({ kind }: Credentials): string {
  return `Renew them with ${storeCredentials(kind)}`;
}

function storeCredentials(kind: Credentials["kind"]): string {
  return `${COMMANDS[kind]}, then \`pulumi up\` (${STACK_SETTINGS_OF_LAST_UP})`;
}

export function credentialsMissing({ missingCredential: half }: ProviderConfig): ApiError {
  const what =
    half === undefined
      ? "No credentials for Qwilt are configured."
      : `The login to Qwilt is half configured: the ${half} is missing (qwilt:${half}, or QWILT_${half.toUpperCase()} in the environment).`;
  const todo = `set ${VARIABLES["api-key"]} in the environment (or ${VARIABLES.login}), or run ${storeCredentials("api-key")}; qwilt:username and qwilt:password work as well`;
  return new ApiError({ code: "QWILT_CONFIG_MISSING", what, todo, outcome: "not-done" });
}
