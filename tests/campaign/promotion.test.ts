/** examples/promotion: three stacks of one program on one emulator, and what production takes of what staging proves. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator-process.ts";
import { type Material, materials } from "../support/materials.ts";
import { createProject, type Project } from "../support/stacks-of-one-project.ts";

jest.setTimeout(600_000);

const HOSTS = ["www.example.com", "shop.example.com", "www.staging.example.com", "www.dev.example.com"];
const HOUR_MS = 3_600_000;

let emulator: EmulatorProcess;
let project: Project;
let [first, second, third]: (Material | undefined)[] = [];

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  // What is published now has been active for two hours by the clock of previews.
  await emulator.ask("PUT", "/clock", { now: new Date(Date.now() - 2 * HOUR_MS).toISOString() });
  [first, second, third] = await materials(3, HOSTS);
  project = await createProject(emulator, "promotion", ["dev", "staging", "prod"]);
  mkdirSync(join(project.folder, "certificate"));
  await project.set("staging", "qwilt:edgeAddress", emulator.edgeStaging);
});
afterAll(async () => {
  project?.close();
  await emulator?.close();
});

/** The program reads it from now on. */
function use(material: Material | undefined): Material {
  if (material === undefined) throw new Error("there is no such certificate");
  project.file("certificate/leaf.pem", material.leaf);
  project.file("certificate/chain.pem", material.chain);
  project.file("certificate/key.pem", material.key);
  return material;
}

/** What production says at preview, without a call. */
async function refusedPreview(): Promise<string> {
  const since = await emulator.mark();
  const output = await project.refused("prod", "preview");
  expect(await emulator.ledger(since)).toEqual([]);
  expect(output).toContain("[QWILT_PROOF_REQUIRED]");
  return output;
}

async function servedBy(host: string) {
  return (await emulator.edgeHistory()).filter((change) => change.host === host);
}

test("a proof that is missing: staging was never published", async () => {
  use(first);
  await project.up("staging", "--target", "**:Site::**");
  expect(await refusedPreview()).toContain(
    "stack staging exports none under this name, or has not seen its certificate live yet. Do: publish the certificate there and export the proof of its link: `pulumi up --refresh --stack staging`",
  );
});

test("the command that the refusal names brings it, and then production takes the certificate", async () => {
  const material = use(first);
  await project.up("staging");
  await refusedPreview();
  await project.up("staging", "--refresh");
  const { stdout } = await project.must("prod", "preview");
  expect(stdout).toContain(`; proven: certificate ${material.fingerprint.slice(0, 16)}... has been active on staging`);
  expect(stdout).toContain("seen by TLS handshake");
  await project.up("prod");
  expect((await servedBy("www.example.com")).at(-1)?.fingerprint).toBe(material.fingerprint);
});
