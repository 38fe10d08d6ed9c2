/**
 * Pulumi's provider process is killed between an upload and the state; the certificate is still recognized as this
 * resource's own.
 */
import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type Gate, type Moment, startGate } from "../support/emulator/gate.ts";
import { startDynamicProcess } from "../support/engine/dynamic-process.ts";
import { NOTHING, play, type SavedState, type Wanted } from "../support/engine/process-engine.ts";
import { type Material, materials } from "../support/x509/materials.ts";

let emulator: EmulatorProcess;
let gate: Gate;
let a: Material;
let b: Material;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  gate = await startGate(emulator.api);
  const [first, second] = await materials(2);
  if (first === undefined || second === undefined) throw new Error("two certificates were asked for");
  [a, b] = [first, second];
});
afterAll(async () => {
  await gate?.close();
  await emulator?.close();
});

const program = ({ leaf, chain, key }: Material): readonly Wanted[] => [
  {
    kind: "Certificate",
    name: "www",
    inputs: () => ({ certificate: leaf, certificateChain: chain, privateKey: key }),
  },
];

/** One command, in a separate process. @param moment of the upload at which the process is killed */
async function command(wanted: readonly Wanted[], saved: SavedState, moment?: Moment): Promise<SavedState> {
  const provider = await startDynamicProcess({
    text: providerText("Certificate"),
    config: { "qwilt:endpoint": gate.url, "qwilt:apiKey": emulator.apiKey },
  });
  const point = { name: "POST /api/v2/certificates", nth: 1, moment: moment ?? "before" };
  const watched = moment === undefined ? undefined : gate.watch(point, () => provider.signal("SIGKILL"));
  try {
    const { state, error } = await play({ provider, textOf: providerText }, wanted, saved);
    expect(error === undefined).toBe(moment === undefined);
    expect(watched?.reached() ?? true).toBe(true);
    return state;
  } finally {
    gate.open();
    await provider.close();
  }
}

const pool = async () =>
  ((await emulator.call("GET", "/api/v2/certificates")).body as { description: string }[]).map(
    (one) => one.description,
  );

test("killed when the upload is done, at create and at rotation: one certificate each time, and none after a destroy", async () => {
  const text = "Pulumi web/prod Certificate www";
  const killed = await command(program(a), NOTHING, "done");
  expect([killed.resources.length, await pool()]).toEqual([0, [text]]);
  const made = await command(program(a), killed);
  expect([made.resources[0]?.outputs.adopted, await pool()]).toEqual([false, [text]]);

  const again = await command(program(b), made, "done");
  expect(await pool()).toEqual([text, text]);
  const rotated = await command(program(b), again);
  expect([rotated.resources[0]?.outputs.fingerprint, await pool()]).toEqual([b.fingerprint, [text]]);

  await command([], rotated);
  expect(await pool()).toEqual([]);
});
