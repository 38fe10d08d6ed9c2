/**
 * A certificate's PEM is stored once in the state, as an input; what needs it reads it there, from the program or from
 * Qwilt.
 */
import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type DynamicProcess, startDynamicProcess } from "../support/engine/dynamic-process.ts";
import { makeCa, makeLeaf } from "../support/x509/factory.ts";
import { type Material, materials } from "../support/x509/materials.ts";

let emulator: EmulatorProcess;
let provider: DynamicProcess;
let material: Material;
let inputs: Record<string, unknown>;
let made: { readonly id: string; readonly outs: Record<string, unknown> };

/** One process per command, as the engine starts them. */
async function command(): Promise<void> {
  await provider?.close();
  provider = await startDynamicProcess({
    text: providerText("Certificate"),
    config: { "qwilt:endpoint": emulator.api, "qwilt:apiKey": emulator.apiKey },
  });
}

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  await command();
  const [, one] = await materials(2);
  if (one === undefined) throw new Error("two certificates were asked for");
  material = one;
  const args = { certificate: one.leaf, certificateChain: one.chain, privateKey: one.key, description: "web" };
  const checked = await provider.check({}, args);
  expect(checked.failures).toEqual([]);
  inputs = checked.inputs;
  const { ok, error } = await provider.create(inputs);
  if (ok === undefined) throw error ?? new Error("the certificate was not made");
  made = ok;
});
afterAll(async () => {
  await provider?.close();
  await emulator?.close();
});

test("the outputs have the facts of the texts, not the texts", () => {
  expect(inputs).toMatchObject({ certificate: material.leaf, certificateChain: material.chain });
  expect(made.outs).toMatchObject({
    fingerprint: material.fingerprint,
    notAfter: material.notAfter,
    description: "web",
  });
  expect(JSON.stringify(made.outs)).not.toContain("BEGIN CERTIFICATE");
});

test("different line breaks are no change, another chain replaces", async () => {
  expect(await provider.diff(made.id, made.outs, inputs)).toMatchObject({ changes: 1 });
  const windows = { ...inputs, certificateChain: material.chain.replaceAll("\n", "\r\n") };
  expect(await provider.diff(made.id, made.outs, windows)).toMatchObject({ changes: 1 });
  const ca = await makeCa({ issuer: await makeCa() });
  const { certificateChain } = await makeLeaf({ names: ["www.example.com"], ca });
  const { replaces } = await provider.diff(made.id, made.outs, { ...inputs, certificateChain });
  expect(replaces).toEqual(["certificateChain"]);
});

test("a refresh that finds nothing changed leaves the inputs as they are", async () => {
  const { ok } = await provider.read(made.id, made.outs);
  expect(ok).toEqual({ id: made.id, props: made.outs, inputs: undefined });
});

test("a refresh that finds another description gives whole inputs, with the texts byte for byte", async () => {
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const changed = {
    certificate: base64(material.leaf),
    certificateChain: base64(material.chain),
    description: "theirs",
  };
  expect((await emulator.call("PUT", `/api/v2/certificates/${made.id}`, changed)).status).toBe(200);
  await command();
  const { ok } = await provider.read(made.id, made.outs);
  expect(ok?.inputs).toEqual({ ...inputs, description: "theirs" });
  expect(JSON.stringify(ok?.props)).not.toContain("BEGIN CERTIFICATE");
  expect(ok?.props).toEqual({ ...made.outs, description: "theirs" });
});
