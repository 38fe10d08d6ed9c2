/** If Qwilt rejects the stack's credentials, the environment's are used instead, and the run reports it. */
import { type CallError, isCallError } from "../../provider/api/http/api-error.ts";
import { createQwiltApi, type QwiltApi } from "../../provider/api/qwilt-api.ts";
import { readConfig } from "../../provider/core/config.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { testClock } from "../support/test-clock.ts";

let emulator: EmulatorProcess;
const open: QwiltApi[] = [];
beforeAll(async () => {
  emulator = await startEmulatorProcess();
});
afterAll(async () => {
  for (const api of open) api.close();
  await emulator.close();
});

const OLD = "planted-old-key";

function client(stack: Readonly<Record<string, string>>, env: Readonly<Record<string, string>>) {
  const config = readConfig({ get: (key) => stack[key] }, { QWILT_ENDPOINT: emulator.api, ...env });
  const warnings: string[] = [];
  const api = createQwiltApi({ config, clock: testClock(), warn: (text) => void warnings.push(text) });
  open.push(api);
  return { api, warnings };
}

const login = () => ({ QWILT_USERNAME: emulator.username, QWILT_PASSWORD: emulator.password });
const statuses = async (since: number) => (await emulator.ledger(since)).map(({ status }) => status);

async function errorOf(call: Promise<unknown>): Promise<CallError> {
  const thrown = await call.catch((error: unknown) => error);
  if (!isCallError(thrown)) throw new Error("no CallError");
  expect(thrown.message).not.toContain("planted");
  return thrown;
}

test.each([
  [
    "a key by a key",
    { "qwilt:apiKey": OLD },
    () => ({ QWILT_API_KEY: emulator.apiKey }),
    ["qwilt:apiKey of the stack", "QWILT_API_KEY in the environment"],
  ],
  [
    "a key by a login",
    { "qwilt:apiKey": OLD },
    login,
    ["qwilt:apiKey of the stack", "QWILT_USERNAME and QWILT_PASSWORD in the environment"],
  ],
  [
    "a login by a key",
    { "qwilt:username": "ann", "qwilt:password": "planted-old-password" },
    () => ({ QCDN_API_KEY: emulator.apiKey }),
    ["qwilt:username and qwilt:password of the stack", "QCDN_API_KEY in the environment"],
  ],
  [
    "a login whose password is of the stack by one that is whole in the environment",
    { "qwilt:password": "planted-old-password" },
    login,
    [
      "qwilt:password of the stack and QWILT_USERNAME in the environment",
      "QWILT_USERNAME and QWILT_PASSWORD in the environment",
    ],
  ],
])("rejected credentials are replaced: %s", async (_title, stack: Record<string, string>, env, [refused, used]) => {
  const { api, warnings } = client(stack, env());
  await Promise.all([api.certificates.list(), api.sites.list(), api.certificateTemplates.list()]);
  expect(warnings).toEqual([expect.stringContaining(`Qwilt rejected ${refused}: this run uses ${used}.`)]);
  expect(warnings[0]).not.toContain("planted");
  expect(api.credentials()?.source).toBe(used);
  const since = await emulator.mark();
  await api.certificates.list();
  // The rejected credentials are not used again.
  expect(await statuses(since)).toEqual([200]);
  expect(warnings).toHaveLength(1);
});

test("a change with a rejected key is carried out once", async () => {
  const { api } = client({ "qwilt:apiKey": OLD }, { QWILT_API_KEY: emulator.apiKey });
  const since = await emulator.mark();
  await api.sites.create({ siteName: "fallback.example.com" });
  expect((await emulator.ledger(since)).map(({ method, status }) => `${method} ${status}`)).toEqual([
    "POST 401",
    "POST 201",
  ]);
});

test("credentials that work are used whatever the environment has", async () => {
  const { api, warnings } = client({ "qwilt:apiKey": emulator.apiKey }, { QWILT_API_KEY: "planted-other" });
  await api.certificates.list();
  expect(api.credentials()?.source).toBe("qwilt:apiKey of the stack");
  expect(warnings).toEqual([]);
});

test("without others in the environment the error names the source", async () => {
  const { api, warnings } = client({ "qwilt:apiKey": OLD }, {});
  const error = await errorOf(api.certificates.list());
  expect(error.code).toBe("QWILT_AUTH_FAILED");
  expect(error.details).toMatchObject({ credentials: { source: "qwilt:apiKey of the stack" } });
  expect(warnings).toEqual([]);
});

test("if the environment's are rejected as well, the error is about those", async () => {
  const { api, warnings } = client({ "qwilt:apiKey": OLD }, { QWILT_API_KEY: "planted-other" });
  const error = await errorOf(api.certificates.list());
  expect(error.details).toMatchObject({ credentials: { source: "QWILT_API_KEY in the environment", ofStack: false } });
  expect(warnings).toHaveLength(1);
});

test("a missing permission does not count as rejected credentials: no others are tried", async () => {
  const viewer = await emulator.call("POST", "/api/1/api-keys", { name: "viewer", ttl: 30, permission: "MediaViewer" });
  const { apiToken } = viewer.body as { apiToken: string };
  const { api, warnings } = client({ "qwilt:apiKey": apiToken }, { QWILT_API_KEY: emulator.apiKey });
  expect((await errorOf(api.sites.create({ siteName: "viewer.example.com" }))).code).toBe("QWILT_FORBIDDEN");
  expect(warnings).toEqual([]);
});

test("the error about an unreachable endpoint tells whether it is the stack's", async () => {
  const stack = { "qwilt:endpoint": "http://127.0.0.1:1", "qwilt:apiKey": OLD };
  const ofStack = await errorOf(client(stack, {}).api.certificates.list());
  expect(ofStack.details).toMatchObject({ endpointOfStack: true });
  const env = { QWILT_ENDPOINT: "http://127.0.0.1:1", QWILT_API_KEY: OLD };
  const ofEnvironment = await errorOf(client({}, env).api.certificates.list());
  expect(ofEnvironment.details).toMatchObject({ endpointOfStack: false });
});
