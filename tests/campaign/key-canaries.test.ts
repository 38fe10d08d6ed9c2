/** Private keys are nowhere but at Qwilt: every output of the real CLI is searched for every form of every key. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { adapterOfSuite } from "../support/engine/adapter.ts";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { createStack, type Run, type Stack } from "../support/engine/stack.ts";
import { type KeyType, type Leaf, makeLeaf, sharedKeys } from "../support/x509/factory.ts";
import { type Canary, filesBelow, keyCanaries, leaks } from "../support/x509/key-canaries.ts";

const LOUD = ["-v=9", "--logflow", "--logtostderr"];
const DAY_MS = 86_400_000;

/** How each certificate of the program gets its key, as JavaScript; `read` reads a file of the test. */
const WAYS = {
  secret: `privateKey: pulumi.secret(read("secret.key"))`,
  plain: `privateKey: read("plain.key")`,
  file: `privateKeyFrom: { file: folder + "/file.key" }`,
  env: `privateKeyFrom: { env: "TEST_KEY" }`,
  command: `privateKeyFrom: { command: ["cat", folder + "/command.key"] }`,
} as const;
type Way = keyof typeof WAYS;
const NAMES = Object.keys(WAYS) as Way[];

let emulator: EmulatorProcess;
let stack: Stack;
let folder: string;
let leaves: Record<Way | "other", Leaf>;
let canaries: Canary[];
/** Everything that a user, a pipeline or a backend can see. */
const outputs: { readonly what: string; readonly text: string }[] = [];

beforeAll(async () => {
  mkdirSync(join(ROOT, ".work"), { recursive: true });
  folder = mkdtempSync(join(ROOT, ".work", "keys-"));
  emulator = await startEmulatorProcess(["--data", join(folder, "data")]);
  stack = await createStack(emulator);
  leaves = {
    secret: await leaf("secret", "EC-P256"),
    plain: await leaf("plain", "RSA-2048"),
    file: await leaf("file", "EC-P384"),
    env: await leaf("env", "EC-P256"),
    command: await leaf("command", "EC-P256"),
    other: await leaf("other", "EC-P256"),
  };
  for (const [name, made] of Object.entries(leaves)) {
    writeFileSync(join(folder, `${name}.key`), made.privateKey);
    writeFileSync(join(folder, `${name}.pem`), made.certificate);
    writeFileSync(join(folder, `${name}.chain`), made.certificateChain);
  }
  canaries = Object.values(leaves).flatMap((made) => keyCanaries(made.privateKey));
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
/** Each with its own key. */
function leaf(name: string, keyType: KeyType): Promise<Leaf> {
  const now = Date.now();
  return makeLeaf({
    names: [`${name}.example.com`],
    keys: sharedKeys(keyType, made++),
    notBefore: new Date(now - DAY_MS),
    notAfter: new Date(now + 40 * DAY_MS),
  });
}

const program = (ways: Partial<Record<Way | "other", string>>, more = "") => `
const folder = ${JSON.stringify(folder)};
const read = (name) => require("fs").readFileSync(folder + "/" + name, "utf8");
${Object.entries(ways)
  .map(
    ([name, key]) => `new q.Certificate("${name}", {
  certificate: read("${name}.pem"), certificateChain: read("${name}.chain"), ${key}, ${more}
});`,
  )
  .join("\n")}
`;

/** Runs a command and keeps its output. */
async function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> {
  const done = await stack.pulumi(args, { TEST_KEY: leaves.env.privateKey, ...env });
  outputs.push({ what: `${args.join(" ")} (ended with ${done.code})`, text: done.all });
  return done;
}
const found = () => outputs.flatMap(({ what, text }) => leaks(text, searched(what)).map((name) => `${what}: ${name}`));

/**
 * The engine's own logs contain every input of a native provider, secrets included, before the provider receives it
 * (docs/languages.md). Keys that are referenced are in no input.
 */
function searched(what: string): readonly Canary[] {
  const isOfEngine = what.includes("-v=9") || what === "PULUMI_DEBUG_GRPC";
  if (adapterOfSuite() === "dynamic" || !isOfEngine) return canaries;
  return [leaves.file, leaves.env, leaves.command].flatMap((made) => keyCanaries(made.privateKey));
}
const base64 = (text: string) => Buffer.from(text).toString("base64");
const succeeded = (done: Run) => {
  if (done.code !== 0) throw new Error(done.all);
  return done;
};

test("the search finds a key in each of its forms", () => {
  const { privateKey } = leaves.secret;
  const forms = [
    privateKey,
    JSON.stringify({ privateKey }),
    Buffer.from(privateKey).toString("base64"),
    `x${Buffer.from(`xy${privateKey}`).toString("base64url")}`,
    Buffer.from(privateKey).toString("hex"),
    privateKey.split("\n")[1] ?? "",
  ];
  for (const form of forms) expect(leaks(`before ${form} after`, canaries)).not.toEqual([]);
  expect(leaks(leaves.secret.certificate + leaves.secret.certificateChain, canaries)).toEqual([]);
});

test("preview, up, refresh, an update and previews of a rotation print nothing of a key, even at the highest verbosity", async () => {
  stack.write(program(WAYS));
  succeeded(await run(["preview", ...LOUD]));
  succeeded(await run(["preview", "--diff"]));
  succeeded(await run(["preview", "--json"]));
  const up = succeeded(await run(["up", "--yes", "--skip-preview", ...LOUD]));
  // Public data is found, so the log was really searched.
  expect(up.all).toContain(leaves.plain.certificate.split("\n")[1]);
  expect(up.all).toContain("RegisterResource");
  succeeded(await run(["refresh", "--yes", "--skip-preview", ...LOUD]));
  stack.write(program(WAYS, `description: "other words"`));
  succeeded(await run(["up", "--yes", "--skip-preview", ...LOUD]));
  succeeded(await run(["preview", "--expect-no-changes", "--json"]));
  expect(found()).toEqual([]);
});

test("state, history, the backend's files and the emulator's ledger contain no key", async () => {
  outputs.push({ what: "stack export", text: JSON.stringify(await stack.exported()) });
  succeeded(await run(["stack", "history", "--show-secrets", "--json"]));
  succeeded(await run(["stack", "--show-secrets", "--show-ids"]));
  for (const { path, text } of filesBelow(join(stack.folder, "state"))) outputs.push({ what: path, text });
  outputs.push({ what: "ledger", text: JSON.stringify(await emulator.ask("GET", "/ledger")) });
  expect(found()).toEqual([]);
});

test("the emulator's store contains each uploaded key", () => {
  const store = filesBelow(join(folder, "data"))
    .map(({ text }) => text)
    .join("\n");
  const missing = NAMES.filter((name) => leaks(store, keyCanaries(leaves[name].privateKey)).length === 0);
  expect(missing).toEqual([]);
});

test("the engine's own record of its calls, PULUMI_DEBUG_GRPC, contains no key either", async () => {
  const record = join(folder, "grpc.json");
  succeeded(await run(["preview"], { PULUMI_DEBUG_GRPC: record }));
  const text = readFileSync(record, "utf8");
  expect(text).toContain("/pulumirpc.ResourceProvider/Check");
  outputs.push({ what: "PULUMI_DEBUG_GRPC", text });
  expect(found()).toEqual([]);
});

test.each<[string, (pem: string) => object]>([
  ["repeats the request", (pem) => ({ status: 400, body: { message: `invalid: ${base64(pem)}` } })],
  ["shows single lines of the key", (pem) => ({ status: 400, body: { error: `line 2 is ${pem.split("\n")[1]}` } })],
  ["cuts its answer", () => ({ truncate: true })],
])("an upload that Qwilt refuses and %s leaves no key in the error", async (_title, effect) => {
  stack.write(program({ ...WAYS, other: `privateKey: read("other.key")` }, `description: "other words"`));
  await emulator.fault({
    match: { method: "POST", route: "/api/v2/certificates" },
    effect: effect(leaves.other.privateKey),
  });
  const done = await run(["up", "--yes", "--skip-preview", ...LOUD]);
  expect(done.all).toMatch(/\[QWILT_BAD_REQUEST\]|created/);
  expect(found()).toEqual([]);
});

test.each<[string, string, string]>([
  ["a plain key of another certificate", "CERT_KEY_MISMATCH", `privateKey: read("other.key")`],
  [
    "a command that fails and shows the key on standard error",
    "QWILT_KEY_MISSING",
    // Another certificate: an update in place needs no key, so it would not run the command.
    `certificate: read("other.pem"), certificateChain: read("other.chain"),
     privateKeyFrom: { command: ["sh", "-c", "cat " + folder + "/other.key >&2; exit 3"] }`,
  ],
  [
    "a key in the certificate's field",
    "CERT_KEY_IN_CERTIFICATE",
    `privateKey: read("other.key"), certificate: read("other.pem") + read("other.key")`,
  ],
  ["a key with rubbish before it", "CERT_", `privateKey: "rubbish" + read("other.key").replace("BEGIN", "BEGUN")`],
])("%s is refused without showing it", async (_title, code, key) => {
  stack.write(program({ file: key }, `description: "refused"`));
  const done = await run(["up", "--yes", "--skip-preview", ...LOUD]);
  expect(done.code).not.toBe(0);
  expect(done.all).toContain(code);
  expect(found()).toEqual([]);
});
