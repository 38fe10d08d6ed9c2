/** `privateKeyFrom` with the real CLI: where a key is looked up, when, and what happens without it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { type Material, materials } from "../support/x509/materials.ts";

let emulator: EmulatorProcess;
let stack: Stack;
let material: Material;
let next: Material;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator);
  const [first, second] = await materials(2);
  if (first === undefined || second === undefined) throw new Error("two certificates were asked for");
  [material, next] = [first, second];
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

const program = ({ leaf, chain }: Material, key: string, more = "") => `
new q.Certificate("www", {
  certificate: ${JSON.stringify(leaf)}, certificateChain: ${JSON.stringify(chain)}, ${key}, ${more}
});`;
const fromEnv = `privateKeyFrom: { env: "TLS_KEY" }`;
const calls = async (since: number) => (await emulator.ledger(since)).map(inWords);
const write = (file: string, text: string) => writeFileSync(join(stack.folder, "program", file), text);

test("a preview of a new certificate works without its key and says so; up fails before any call", async () => {
  stack.write(program(material, fromEnv));
  const since = await emulator.mark();
  const preview = await stack.preview();
  expect(preview.all).toContain(
    "warning: the private key is not available (the environment variable TLS_KEY is not set)",
  );
  const up = await stack.pulumi(["up", "--yes", "--skip-preview"]);
  expect(up.code).not.toBe(0);
  expect(up.all).toContain("[QWILT_KEY_MISSING]");
  expect(await calls(since)).toEqual([]);
});

test("with the key in the environment it is uploaded, and later runs do not need it", async () => {
  stack.write(program(material, fromEnv));
  const up = await stack.pulumi(["up", "--yes", "--skip-preview"], { TLS_KEY: material.key });
  expect(up.code).toBe(0);
  const since = await emulator.mark();
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).not.toContain("private key");
  await stack.up("--expect-no-changes");
  expect(await calls(since)).toEqual([]);
});

test("a changed description needs no key: the update sends none", async () => {
  stack.write(program(material, fromEnv, `description: "by hand"`));
  const since = await emulator.mark();
  const preview = await stack.preview();
  expect(preview.all).toMatch(/1 to update/);
  expect(preview.all).not.toContain("private key");
  await stack.up();
  expect(await calls(since)).toEqual(["describe"]);
});

const ignoring = ({ leaf, chain }: Material) => `
new q.Certificate("www", {
  certificate: ${JSON.stringify(leaf)}, certificateChain: ${JSON.stringify(chain)}, privateKey: "ignored", description: "without a key",
}, { ignoreChanges: ["privateKey"] });`;

test("with ignoreChanges for the key a description changes without it, as the preview planned", async () => {
  stack.write(ignoring(material));
  const since = await emulator.mark();
  expect((await stack.preview()).all).toMatch(/1 to update/);
  await stack.up();
  expect(await calls(since)).toEqual(["describe"]);
});

test("with ignoreChanges for the key another certificate is refused, by preview and up alike", async () => {
  stack.write(ignoring(next));
  for (const command of [["preview"], ["up", "--yes", "--skip-preview"]]) {
    const run = await stack.pulumi(command);
    expect(run.code).not.toBe(0);
    expect(run.all).toContain("If ignoreChanges contains privateKey, remove it for this run.");
  }
});

test("another reference to the same key plans nothing, and refresh shows no change", async () => {
  write("tls.key", material.key);
  stack.write(program(material, `privateKeyFrom: { file: "tls.key" }, description: "without a key"`));
  await stack.preview("--expect-no-changes");
  await stack.up("--expect-no-changes");
  stack.write(program(material, `privateKey: ${JSON.stringify(material.key)}, description: "without a key"`));
  await stack.up("--expect-no-changes");
  stack.write(program(material, `privateKeyFrom: { file: "tls.key" }, description: "without a key"`));
  await stack.refresh("--expect-no-changes");
  await stack.up("--expect-no-changes");
});

test("a command runs when the certificate is uploaded, and never in a preview", async () => {
  write("next.key", next.key);
  // The command writes one line per run.
  const command = `privateKeyFrom: { command: ["sh", "-c", "echo ran >> runs.txt; cat next.key"] }`;
  write("runs.txt", "");
  stack.write(program(next, command));
  await stack.preview();
  await stack.preview("--diff");
  const runs = () => readFileSync(join(stack.folder, "program", "runs.txt"), "utf8");
  expect(runs()).toBe("");
  await stack.up();
  expect(runs()).toBe("ran\n");
  await stack.up("--expect-no-changes");
  expect(runs()).toBe("ran\n");
});

test("a key file of another certificate is an error, on the reference, where the certificate would be uploaded", async () => {
  stack.write(program(material, `privateKeyFrom: { file: "next.key" }`));
  const preview = await stack.pulumi(["preview"]);
  expect(preview.code).not.toBe(0);
  expect(preview.all).toMatch(/privateKeyFrom[\s\S]*CERT_KEY_MISMATCH/);
});

test("a key file of another certificate is a warning where nothing is uploaded", async () => {
  stack.write(program(next, `privateKeyFrom: { file: "tls.key" }`));
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).toMatch(/warning: .*CERT_KEY_MISMATCH/);
});

test("two sources at once, or none, are rejected by name", async () => {
  stack.write(program(next, `privateKey: "x", ${fromEnv}`));
  expect((await stack.pulumi(["preview"])).all).toContain("privateKey and privateKeyFrom are mutually exclusive");
  stack.write(program(next, `privateKeyFrom: { env: "A", file: "b" }`));
  const refused = await stack.pulumi(["preview"]);
  expect(refused.all).toContain("give exactly one of { env:");
  expect(refused.all).not.toContain("privateKey is missing");
});
