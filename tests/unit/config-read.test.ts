import { type ProviderConfig, readConfig } from "../../provider/core/config.ts";
import { QwiltError } from "../../provider/core/errors/qwilt-error.ts";

const read = (stack: Record<string, string> = {}, env: Record<string, string> = {}): ProviderConfig =>
  readConfig({ get: (key) => stack[key] }, env);

function refusal(stack: Record<string, string>, env: Record<string, string> = {}): QwiltError {
  try {
    read(stack, env);
  } catch (thrown) {
    if (thrown instanceof QwiltError) return thrown;
    throw thrown;
  }
  throw new Error("the configuration was accepted");
}

test("nothing set gives the documented defaults and no error", () => {
  expect(read()).toEqual({
    credentials: undefined,
    fallbackCredentials: undefined,
    missingCredential: undefined,
    organization: undefined,
    endpoints: {
      "cert-manager": "https://cert-manager.cqloud.com",
      "media-sites": "https://media-sites.cqloud.com",
      login: "https://login.cqloud.com",
      "device-ip": "https://device-ip.cqloud.com",
      users: "https://users.cqloud.com",
    },
    edgeProbe: "try",
    edgeAddress: undefined,
    dnsServer: undefined,
    expiryWarningDays: "25%",
    requestTimeoutMs: 40_000,
    maxConcurrency: 8,
    publishTimeoutMs: 900_000,
    proxies: { https: undefined, http: undefined, noProxy: "" },
    endpointOfStack: false,
    debug: false,
  });
});

const SOURCES = {
  stackKey: { source: "qwilt:apiKey of the stack", ofStack: true },
  environmentKey: { source: "QWILT_API_KEY in the environment", ofStack: false },
  terraformKey: { source: "QCDN_API_KEY in the environment", ofStack: false },
  stackLogin: { source: "qwilt:username and qwilt:password of the stack", ofStack: true },
  environmentLogin: { source: "QWILT_USERNAME and QWILT_PASSWORD in the environment", ofStack: false },
  mixedLogin: { source: "qwilt:username of the stack and QCDN_PASSWORD in the environment", ofStack: true },
};

test.each<[string, Record<string, string>, Record<string, string>, ProviderConfig["credentials"]]>([
  ["an API key of the stack", { "qwilt:apiKey": "k1" }, {}, { kind: "api-key", apiKey: "k1", ...SOURCES.stackKey }],
  [
    "an API key of the environment",
    {},
    { QWILT_API_KEY: "k2" },
    { kind: "api-key", apiKey: "k2", ...SOURCES.environmentKey },
  ],
  [
    "the name that Terraform users have",
    {},
    { QCDN_API_KEY: "k3" },
    { kind: "api-key", apiKey: "k3", ...SOURCES.terraformKey },
  ],
  [
    "our own name before Terraform's",
    {},
    { QWILT_API_KEY: "k2", QCDN_API_KEY: "k3" },
    { kind: "api-key", apiKey: "k2", ...SOURCES.environmentKey },
  ],
  [
    "the stack before the environment",
    { "qwilt:apiKey": "k1" },
    { QWILT_API_KEY: "k2" },
    { kind: "api-key", apiKey: "k1", ...SOURCES.stackKey },
  ],
  [
    "the API key before a login",
    { "qwilt:apiKey": "k1", "qwilt:username": "u", "qwilt:password": "p" },
    {},
    { kind: "api-key", apiKey: "k1", ...SOURCES.stackKey },
  ],
  [
    "the API key before a login, both in the environment",
    {},
    { QWILT_API_KEY: "k2", QWILT_USERNAME: "u", QWILT_PASSWORD: "p" },
    { kind: "api-key", apiKey: "k2", ...SOURCES.environmentKey },
  ],
  [
    "a login of the stack before a key of the environment, which may be of another organisation",
    { "qwilt:username": "u", "qwilt:password": "p" },
    { QWILT_API_KEY: "k2" },
    { kind: "login", username: "u", password: "p", ...SOURCES.stackLogin },
  ],
  [
    "a user of the stack with a password of the environment",
    { "qwilt:username": "u" },
    { QCDN_PASSWORD: "p " },
    { kind: "login", username: "u", password: "p ", ...SOURCES.mixedLogin },
  ],
  [
    "the environment when the stack's value is blank",
    { "qwilt:apiKey": " " },
    { QWILT_API_KEY: "k2" },
    { kind: "api-key", apiKey: "k2", ...SOURCES.environmentKey },
  ],
  [
    "a key without the line break of its file",
    {},
    { QWILT_API_KEY: "k2\n" },
    { kind: "api-key", apiKey: "k2", ...SOURCES.environmentKey },
  ],
])("credentials are %s", (_title, stack, env, expected) => expect(read(stack, env).credentials).toEqual(expected));

test.each<[string, Record<string, string>, Record<string, string>, ProviderConfig["credentials"]]>([
  ["nothing, when the environment is used anyway", {}, { QWILT_API_KEY: "k2" }, undefined],
  ["nothing, when the environment has nothing", { "qwilt:apiKey": "k1" }, {}, undefined],
  [
    "the key of the environment after a key of the stack",
    { "qwilt:apiKey": "k1" },
    { QWILT_API_KEY: "k2" },
    { kind: "api-key", apiKey: "k2", ...SOURCES.environmentKey },
  ],
  [
    "a login of the environment after a key of the stack",
    { "qwilt:apiKey": "k1" },
    { QWILT_USERNAME: "u", QWILT_PASSWORD: "p" },
    { kind: "login", username: "u", password: "p", ...SOURCES.environmentLogin },
  ],
  [
    "the key of the environment after a login that is partly of the stack",
    { "qwilt:username": "u" },
    { QCDN_PASSWORD: "p", QWILT_API_KEY: "k2" },
    { kind: "api-key", apiKey: "k2", ...SOURCES.environmentKey },
  ],
  ["nothing, when the variable holds no key", { "qwilt:apiKey": "k1" }, { QWILT_API_KEY: "two words" }, undefined],
])("after a refusal there is %s", (_title, stack, env, expected) =>
  expect(read(stack, env).fallbackCredentials).toEqual(expected),
);

test("half a login is recorded as such", () => {
  expect(read({ "qwilt:username": "u" })).toMatchObject({ credentials: undefined, missingCredential: "password" });
  expect(read({}, { QWILT_PASSWORD: "p" })).toMatchObject({ credentials: undefined, missingCredential: "username" });
});

test("one endpoint is used for all services, without its trailing slash", () => {
  expect(new Set(Object.values(read({}, { QWILT_ENDPOINT: "http://127.0.0.1:1234/" }).endpoints))).toEqual(
    new Set(["http://127.0.0.1:1234"]),
  );
});

test("endpoints by service override the one endpoint, the stack overrides the environment", () => {
  const { endpoints } = read(
    { "qwilt:endpoints": '{"login":"https://login.example.net/base/"}', "qwilt:endpoint": "https://all.example.net" },
    { QWILT_ENDPOINT: "https://other.example.net" },
  );
  expect(endpoints).toMatchObject({
    login: "https://login.example.net/base",
    "media-sites": "https://all.example.net",
  });
});

test("settings are read from text", () => {
  const stack = {
    "qwilt:organization": "devorg",
    "qwilt:edgeProbe": "require",
    "qwilt:edgeAddress": "127.0.0.1:8443",
    "qwilt:dnsServer": "127.0.0.1:5353",
    "qwilt:expiryWarningDays": "0",
    "qwilt:requestTimeoutMs": "1500",
    "qwilt:maxConcurrency": "2",
    "qwilt:publishTimeoutMs": "60000",
  };
  expect(read(stack, { QWILT_DEBUG: "1" })).toMatchObject({
    organization: "devorg",
    edgeProbe: "require",
    edgeAddress: "127.0.0.1:8443",
    dnsServer: "127.0.0.1:5353",
    expiryWarningDays: 0,
    requestTimeoutMs: 1_500,
    maxConcurrency: 2,
    publishTimeoutMs: 60_000,
    debug: true,
  });
});

test("settings that the engine passes as values are read too", () => {
  const values: Record<string, unknown> = {
    "qwilt:maxConcurrency": 3,
    "qwilt:endpoints": { users: "https://u.example.net" },
  };
  const config = readConfig({ get: (key) => values[key] as string | undefined }, {});
  expect(config).toMatchObject({ maxConcurrency: 3, endpoints: { users: "https://u.example.net" } });
});

test("all findings are reported at once, each with its place and the alternative, and without the value", () => {
  const error = refusal(
    {
      "qwilt:apiKey": "two words",
      "qwilt:edgeProbe": "maybe",
      "qwilt:maxConcurrency": "0",
      "qwilt:endpoints": '{"sites":"x"}',
    },
    { QWILT_ENDPOINT: "ftp://secret-host" },
  );
  expect(error.code).toBe("QWILT_CONFIG_INVALID");
  const oneWord = "must be one word without spaces or line breaks";
  const services = "the services are cert-manager, media-sites, login, device-ip, users";
  expect(error.details).toEqual({
    reason: "settings",
    findings: [
      { place: "qwilt:apiKey", path: "", problem: oneWord, otherPlace: "QWILT_API_KEY" },
      { place: "QWILT_ENDPOINT", path: "", problem: "must be an http or https URL", otherPlace: "qwilt:endpoint" },
      { place: "qwilt:endpoints", path: "", problem: expect.stringContaining(services), otherPlace: undefined },
      { place: "qwilt:edgeProbe", path: "", problem: 'must be "try", "require" or "off"', otherPlace: undefined },
      { place: "qwilt:maxConcurrency", path: "", problem: "must be at least 1", otherPlace: undefined },
    ],
  });
  expect(error.message).not.toMatch(/two words|secret-host/);
});

test.each([
  ["qwilt:endpoint", "https://user:pw@host", "must not hold a user name or password"],
  ["qwilt:endpoint", "https://host/?a=b", "without query and fragment"],
  ["qwilt:endpoint", "host:1234", "must be an http or https URL"],
  ["qwilt:endpoints", "[1]", "must be an object"],
  ["qwilt:endpoints", "no json", "must be an object"],
  ["qwilt:endpoints", '{"login":"nowhere"}', "qwilt:endpoints.login must be an http or https URL"],
  ["qwilt:edgeAddress", "https://edge", "must be host or host:port"],
  ["qwilt:edgeAddress", "127.0.0.1:99999", "must have a port from 1 to 65535"],
  ["qwilt:edgeAddress", "[::1]:0", "must have a port from 1 to 65535"],
  ["qwilt:dnsServer", "127.0.0.1:65536", "must have a port from 1 to 65535"],
  ...["soon", "-1", "3651", "0%", "100%", "4/3", "1/0", "30 days"].map((value): [string, string, string] => [
    "qwilt:expiryWarningDays",
    value,
    'must be days from 0 to 3650 (30), or a share of the lifetime ("25%", "1/4")',
  ]),
])("%s = %s is refused", (key, value, message) => expect(refusal({ [key]: value }).message).toContain(message));
