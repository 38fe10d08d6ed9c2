/** How to fix credentials, for errors and rows. Each remedy is executed in tests/campaign/key-renewal.test.ts. */

/** Where credentials come from; holds no secret. */
export interface CredentialSource {
  readonly kind: "api-key" | "login";
  /** "qwilt:apiKey of the stack", "QWILT_API_KEY in the environment" */
  readonly source: string;
  /** Some of them come from the stack's configuration, which may be that of the last `up`. */
  readonly ofStack: boolean;
}

/** The part of the credentials that an error may show. */
export function sourceOf({ kind, source, ofStack }: CredentialSource): CredentialSource {
  return { kind, source, ofStack };
}

/** Which settings the engine passes to a command. Checked with the real CLI (docs/decisions/0011). */
export const STACK_SETTINGS_OF_LAST_UP =
  "`pulumi refresh` and `pulumi destroy` use the settings of the last `pulumi up` unless --run-program is given, and so does the refresh of `pulumi up --refresh` and of `refresh: always` in Pulumi.yaml";

export const CREDENTIAL_VARIABLES = { "api-key": "QWILT_API_KEY", login: "QWILT_USERNAME and QWILT_PASSWORD" } as const;
const COMMANDS = {
  "api-key": "`pulumi config set --secret qwilt:apiKey`",
  login: "`pulumi config set qwilt:username` and `pulumi config set --secret qwilt:password`",
} as const;

/** After a 401, or a rejected login. */
export function renewCredentials({ kind, ofStack }: CredentialSource): string {
  const variables = CREDENTIAL_VARIABLES[kind];
  const renewed =
    kind === "api-key"
      ? "the API key is wrong, expired, revoked, or less than five minutes old: create a new one in Qwilt's console and"
      : "correct the user name and the password, and qwilt:organization if it is set:";
  if (!ofStack) return `${renewed} set ${variables}, then run the command again`;
  return `${renewed} run the command again with ${variables} in the environment, or run ${storeCredentials(kind)}`;
}

export function storeCredentials(kind: CredentialSource["kind"]): string {
  return `${COMMANDS[kind]}, then \`pulumi up\` (${STACK_SETTINGS_OF_LAST_UP})`;
}

/** After a refusal. Valid credentials in the configuration take precedence over the environment, so they are replaced. */
export function useCredentialsOf(organization: string, used: CredentialSource | undefined): string {
  if (used?.ofStack !== true) return `run the command with credentials of ${organization}`;
  return `store credentials of ${organization}: ${storeCredentials(used.kind)}`;
}

export const RUN_AGAIN = "run `pulumi up` again: it continues from the current state";
