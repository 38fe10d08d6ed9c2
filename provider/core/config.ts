/**
 * Configuration of the provider: stack configuration (namespace `qwilt:`) first, then the environment. `pulumi refresh`
 * and `pulumi destroy` receive the stack's configuration of the last `up` from the engine, so the environment's
 * credentials are kept as a fallback if Qwilt rejects those.
 */
import { z } from "zod";
import type { ExpiryWarning } from "../x509/expiry.ts";
import { windowMs } from "../x509/renewal-window.ts";
import { CONFIG_KEYS, type ConfigKey } from "./config-keys.ts";
import type { QwiltError } from "./errors/qwilt-error.ts";
import { configInvalid, type SettingFinding } from "./errors/setup-errors.ts";
import { type ProxySettings, proxyFor, readProxies } from "./proxies.ts";

/** Qwilt's services by the labels of their host names (docs/qwilt-api.md 1). */
export const SERVICES = ["cert-manager", "media-sites", "login", "device-ip", "users"] as const;
export type Service = (typeof SERVICES)[number];

export type Credentials = (
  | { readonly kind: "api-key"; readonly apiKey: string }
  | { readonly kind: "login"; readonly username: string; readonly password: string }
) & {
  /** Where the credentials come from, for messages: "qwilt:apiKey of the stack", "QWILT_API_KEY in the environment". */
  readonly source: string;
  /** A part of them comes from the stack's configuration, which may be that of the last `up`. */
  readonly ofStack: boolean;
};

export interface ProviderConfig {
  /** undefined: none are configured, which is an error only when the first call needs them. */
  readonly credentials: Credentials | undefined;
  /** Credentials of the environment, if `credentials` come from the stack: used if Qwilt rejects those. */
  readonly fallbackCredentials: Credentials | undefined;
  /** The missing half of a login. */
  readonly missingCredential: "username" | "password" | undefined;
  /** Organization of a login; undefined: the user's default organization. An API key belongs to one organization. */
  readonly organization: string | undefined;
  /** Base URL of each service, without a trailing slash. */
  readonly endpoints: Readonly<Record<Service, string>>;
  /** An endpoint comes from the stack's configuration, which may be that of the last `up`. */
  readonly endpointOfStack: boolean;
  /** Whether a change is verified by a TLS handshake with the edge: if it can be reached, always, or never. */
  readonly edgeProbe: "try" | "require" | "off";
  /** `host` or `host:port` to connect to instead of the site's delegation target. */
  readonly edgeAddress: string | undefined;
  /** `address` or `address:port` of the DNS server for checks of delegation records. Default: this machine's. */
  readonly dnsServer: string | undefined;
  /** When to warn about expiry: days before it, or a share of the lifetime as text. Default "25%". */
  readonly expiryWarningDays: ExpiryWarning;
  /** Time limit of one request: connection, headers and body. Default 40000, the official client's (docs/qwilt-api.md 7.1 T12). */
  readonly requestTimeoutMs: number;
  /** Concurrent requests in this process. Default 8. */
  readonly maxConcurrency: number;
  /** How long to wait for one publish. Default 15 minutes; Qwilt's take about two (docs/qwilt-api.md 4.7 rule 2). */
  readonly publishTimeoutMs: number;
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the environment; contain a password if the address does. */
  readonly proxies: ProxySettings;
  /** QWILT_DEBUG=1: one line per request on standard error, never bodies or headers. */
  readonly debug: boolean;
}

export interface ConfigSource {
  /** Value of a full key ("qwilt:apiKey"); structured values as JSON text. */
  get(key: string): string | undefined;
}

/** Prefix of a full key. */
const NAMESPACE = "qwilt:";

/**
 * Environment variables by key; the first one that is set wins. The QCDN names are those of Qwilt's Terraform provider.
 */
export const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  apiKey: ["QWILT_API_KEY", "QCDN_API_KEY"],
  username: ["QWILT_USERNAME", "QCDN_USERNAME"],
  password: ["QWILT_PASSWORD", "QCDN_PASSWORD"],
  endpoint: ["QWILT_ENDPOINT"],
};

const oneLine = z
  .string()
  .trim()
  .regex(/^[^\s\p{Cc}]+$/u, "must be one word without spaces or line breaks");
const baseUrl = z
  .string()
  .trim()
  .superRefine((text, ctx) => {
    const problem = urlProblem(text);
    if (problem !== undefined) ctx.addIssue({ code: "custom", message: problem });
  })
  .transform((text) => text.replace(/\/+$/, ""));

const count = (min: number, max: number) =>
  z
    .string()
    .trim()
    .regex(/^\d+$/, "must be a whole number")
    .transform(Number)
    .pipe(z.int().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

export const EXPIRY_WARNING = "25%";
const BAD_WARNING = 'must be days from 0 to 3650 (30), or a share of the lifetime ("25%", "1/4")';
export const ExpiryWarningText = z
  .string()
  .trim()
  .transform((text, ctx): ExpiryWarning => {
    const days = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
    // With a lifetime of 1, a valid share is less than 1.
    const isGood = days === undefined ? (windowMs(text, 1) ?? 1) < 1 : days <= 3_650;
    if (!isGood) ctx.addIssue({ code: "custom", message: BAD_WARNING });
    return days ?? text;
  });

const IMPOSSIBLE_PORT = "must have a port from 1 to 65535";
function hasPossiblePort(address: string): boolean {
  const port = /:(\d+)$/.exec(address.replace(/^\[.*\]/, ""))?.[1];
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
}

const endpointsByService = z
  .string()
  .transform((text, ctx): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      ctx.addIssue({ code: "custom", message: "must be an object: service name to base URL" });
      return z.NEVER;
    }
  })
  .pipe(
    z.strictObject(
      record(SERVICES, () => baseUrl.optional()),
      { error: endpointsProblem },
    ),
  );

/** Documentation of each key: the interface above. */
const SCHEMA = {
  apiKey: oneLine.optional(),
  username: z.string().trim().optional(),
  password: z.string().optional(),
  organization: z.string().trim().optional(),
  endpoint: baseUrl.optional(),
  endpoints: endpointsByService.optional(),
  edgeProbe: z.enum(["try", "require", "off"], { error: 'must be "try", "require" or "off"' }).default("try"),
  dnsServer: z
    .string()
    .trim()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[0-9.]+)(:\d{1,5})?$/, "must be an IP address, with a port when it is not 53")
    .refine(hasPossiblePort, IMPOSSIBLE_PORT)
    .optional(),
  edgeAddress: z
    .string()
    .trim()
    .regex(/^(\[[0-9a-fA-F:.]+\]|[^\s/:]+)(:\d{1,5})?$/, "must be host or host:port")
    .refine(hasPossiblePort, IMPOSSIBLE_PORT)
    .optional(),
  expiryWarningDays: ExpiryWarningText.default(EXPIRY_WARNING),
  requestTimeoutMs: count(1, 3_600_000).default(40_000),
  maxConcurrency: count(1, 256).default(8),
  publishTimeoutMs: count(1, 86_400_000).default(15 * 60_000),
} satisfies Record<ConfigKey, z.ZodType>;
const Settings = z.object(SCHEMA);

/**
 * Reads and checks everything at once; makes no call.
 *
 * @throws QWILT_CONFIG_INVALID with every finding, each naming where its value comes from
 */
export function readConfig(source: ConfigSource, env: NodeJS.ProcessEnv): ProviderConfig {
  const places = new Map<string, string>();
  const values: Record<string, string> = {};
  for (const key of CONFIG_KEYS) {
    const found = lookUp(key, source, env);
    if (found === undefined) continue;
    values[key] = found.value;
    places.set(key, found.place);
  }
  const parsed = Settings.safeParse(values);
  if (!parsed.success) throw invalid(parsed.error.issues, places);
  const { apiKey, username, password, endpoint, endpoints, ...settings } = parsed.data;
  const fromStack = (key: string) => places.get(key)?.startsWith(NAMESPACE) === true;
  const preferLogin = fromStack("username") && !fromStack("apiKey");
  const chosen = credentialsOf({ apiKey, username, password }, places, preferLogin);
  const urls = record(SERVICES, (service) => endpoints?.[service] ?? endpoint ?? `https://${service}.cqloud.com`);
  const proxies = readProxies(env);
  refuseUnusable(Object.values(urls), proxies);
  return {
    ...settings,
    organization: settings.organization,
    edgeAddress: settings.edgeAddress,
    dnsServer: settings.dnsServer,
    ...chosen,
    fallbackCredentials: chosen.credentials?.ofStack === true ? environmentCredentials(env) : undefined,
    endpoints: urls,
    endpointOfStack: fromStack("endpoint") || fromStack("endpoints"),
    proxies,
    debug: env.QWILT_DEBUG === "1",
  };
}

/** Fails only if a host would be reached through the proxy: other tools on the machine may understand the value. */
function refuseUnusable(endpoints: readonly string[], proxies: ProxySettings): void {
  for (const endpoint of endpoints) {
    const proxy = proxyFor(new URL(endpoint), proxies);
    if (proxy === undefined || "url" in proxy) continue;
    const { variable, problem } = proxy;
    throw configInvalid({ reason: "proxy", variable, problem, hostname: new URL(endpoint).hostname });
  }
}

const CREDENTIAL_KEYS = ["apiKey", "username", "password"] as const;
type CredentialParts = Readonly<Record<(typeof CREDENTIAL_KEYS)[number], string | undefined>>;

/**
 * Within one place, the API key takes precedence over a login.
 *
 * @param places the setting or the variable that each value comes from
 * @param preferLogin the stack names a user and the key only comes from the environment: it may belong to another
 *   organization
 */
function credentialsOf(
  { apiKey, username, password }: CredentialParts,
  places: ReadonlyMap<string, string>,
  preferLogin: boolean,
): Pick<ProviderConfig, "credentials" | "missingCredential"> {
  const complete = username !== undefined && password !== undefined;
  if (apiKey !== undefined && !(preferLogin && complete)) {
    const credentials = { kind: "api-key", apiKey, ...originOf(["apiKey"], places) } as const;
    return { credentials, missingCredential: undefined };
  }
  if (complete) {
    const credentials = { kind: "login", username, password, ...originOf(["username", "password"], places) } as const;
    return { credentials, missingCredential: undefined };
  }
  const half = username !== undefined ? "password" : password !== undefined ? "username" : undefined;
  return { credentials: undefined, missingCredential: half };
}

/** The credentials that the environment gives on its own. An invalid value is ignored: nothing needs it yet. */
function environmentCredentials(env: NodeJS.ProcessEnv): Credentials | undefined {
  const found = record(CREDENTIAL_KEYS, (key) => lookUp(key, { get: () => undefined }, env));
  const parts = record(CREDENTIAL_KEYS, (key) => SCHEMA[key].safeParse(found[key]?.value).data);
  const places = new Map(CREDENTIAL_KEYS.map((key) => [key, found[key]?.place ?? ""]));
  return credentialsOf(parts, places, false).credentials;
}

/** "qwilt:username of the stack and QWILT_PASSWORD in the environment" */
function originOf(keys: readonly string[], places: ReadonlyMap<string, string>) {
  const names = keys.flatMap((key) => places.get(key) ?? []);
  const stack = names.filter((name) => name.startsWith(NAMESPACE));
  const environment = names.filter((name) => !name.startsWith(NAMESPACE));
  const parts = [
    stack.length > 0 ? `${stack.join(" and ")} of the stack` : undefined,
    environment.length > 0 ? `${environment.join(" and ")} in the environment` : undefined,
  ];
  return { source: parts.filter((part) => part !== undefined).join(" and "), ofStack: stack.length > 0 };
}

function lookUp(
  key: string,
  source: ConfigSource,
  env: NodeJS.ProcessEnv,
): { readonly value: string; readonly place: string } | undefined {
  const configured = asText(source.get(`qwilt:${key}`));
  if (configured !== undefined && configured.trim() !== "") return { value: configured, place: `qwilt:${key}` };
  for (const variable of VARIABLES[key] ?? []) {
    const value = env[variable];
    if (value !== undefined && value.trim() !== "") return { value, place: variable };
  }
  return undefined;
}

/** The engine passes structured and typed settings as JSON text or as the value itself. */
function asText(value: unknown): string | undefined {
  return value === undefined || value === null || typeof value === "string"
    ? (value ?? undefined)
    : JSON.stringify(value);
}

/** The value itself is never quoted: it may be a secret in the wrong place. */
function invalid(issues: readonly z.core.$ZodIssue[], places: ReadonlyMap<string, string>): QwiltError {
  const findings = issues.map((issue): SettingFinding => {
    const [key = "", ...inner] = issue.path.map(String);
    const place = places.get(key) ?? `qwilt:${key}`;
    const otherPlace = place.startsWith("qwilt:") ? VARIABLES[key]?.[0] : `qwilt:${key}`;
    return { place, path: inner.join("."), problem: issue.message, otherPlace };
  });
  return configInvalid({ reason: "settings", findings });
}

function endpointsProblem(issue: { readonly code?: string | undefined }): string {
  return issue.code === "unrecognized_keys"
    ? `names a service that does not exist; the services are ${SERVICES.join(", ")}`
    : "must be an object: service name to base URL";
}

function urlProblem(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) return "must be an http or https URL";
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password";
  if (url.search !== "" || url.hash !== "") return "must be a base URL, without query and fragment";
  return undefined;
}

function record<K extends string, V>(keys: readonly K[], value: (key: K) => V): Record<K, V> {
  const entries: Partial<Record<K, V>> = {};
  for (const key of keys) entries[key] = value(key);
  // Every key has been set above.
  return entries as Record<K, V>;
}
