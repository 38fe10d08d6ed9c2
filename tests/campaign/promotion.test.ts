/** examples/promotion: three stacks of one program on one emulator, and what production takes of what staging proves. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectFile, ROOT } from "../docs/generated.ts";
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { ExportedState } from "../support/engine/stack.ts";
import { createProject, type Project } from "../support/engine/stacks-of-one-project.ts";
import { type Material, materials } from "../support/x509/materials.ts";

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

/** `pulumi-qwilt promotion status` as a release manager runs it, with what differs from run to run replaced. */
function status(...args: string[]): string {
  const cli = join(ROOT, "bin/pulumi-qwilt.js");
  const options = { cwd: project.folder, env: project.env, encoding: "utf8" } as const;
  return execFileSync(process.execPath, [cli, "promotion", "status", ...args], options);
}

/** As long as before, so that the columns stay. */
function settled(text: string): string {
  const named = [first, second].reduce(
    (rest, material, index) => rest.replaceAll(material?.fingerprint.slice(0, 16) ?? "", `${index + 1}`.repeat(16)),
    text,
  );
  return named
    .replace(/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "2026-12-01T09:00:00Z")
    .replace(/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "2026-11-23T09:00:00.000Z")
    .replace(/\b[0-9a-f]{24}\b/g, "0123456789abcdef01234567");
}

test("a proof that is missing: staging was never published", async () => {
  use(first);
  expect(await refusedPreview()).toContain(
    "stack staging exports none under this name, or has not seen its certificate live yet. Do: publish the certificate there and export the proof of its link: `pulumi up --refresh --stack staging`",
  );
});

test("what preview cannot know is not refused there, but before the site is touched", async () => {
  // The engine keeps outputs of resources that a targeted run left out as unknown.
  await project.up("staging", "--target", "**:Site::**");
  expect((await project.must("prod", "preview")).stdout).toContain("; the required proof is checked at `pulumi up`");
  expect(await project.refused("prod", "up", "--yes", "--skip-preview")).toContain("[QWILT_PROOF_REQUIRED]");
  expect(await servedBy("www.example.com")).toEqual([]);
  const changes = (await emulator.ledger()).filter(({ method }) => method !== "GET").map(inWords);
  expect(changes).not.toContain("link");
});

test("the commands that the refusals name bring it, and then production takes the certificate", async () => {
  const material = use(first);
  await project.up("dev");
  await project.up("staging");
  expect(await refusedPreview()).toContain("The required proof is missing");
  await project.up("staging", "--refresh");
  expect(await refusedPreview()).toMatch(
    /only by Qwilt's API: .* since .*Do: set qwilt:edgeAddress of stack staging .*then `pulumi refresh --run-program --stack staging`/,
  );
  await project.set("staging", "qwilt:edgeAddress", emulator.edgeStaging);
  await project.must("staging", "refresh", "--run-program", "--yes", "--skip-preview");
  const { stdout } = await project.must("prod", "preview");
  expect(stdout).toContain(`; proven: certificate ${material.fingerprint.slice(0, 16)}... has been active on staging`);
  expect(stdout).toContain("seen by TLS handshake");
  await project.up("prod");
  expect((await servedBy("www.example.com")).at(-1)?.fingerprint).toBe(material.fingerprint);
});

test("a proof that is of an earlier certificate", async () => {
  use(second);
  expect(await refusedPreview()).toMatch(
    /of an earlier certificate: .* has been active on staging of site \w+ since .*Do: bring this certificate to stack staging first: `pulumi up --stack staging`/,
  );
});

test("a proof that is too young", async () => {
  await project.up("staging");
  await project.set("prod", "minAgeMinutes", "180");
  expect(await refusedPreview()).toMatch(
    /too young: .* since \S+, for 1\d\d minutes of 180; \d+ minutes are left\. Do: run/,
  );
  await project.set("prod", "minAgeMinutes", "60");
});

test("what is live stays: a preview without a change is none, whatever staging has by now", async () => {
  use(first);
  const since = await emulator.mark();
  await project.must("prod", "preview", "--expect-no-changes");
  expect(await emulator.ledger(since)).toEqual([]);
  use(second);
});

describe("another proof in the place of staging's", () => {
  let state: ExportedState;
  let proof: Record<string, unknown>;
  beforeAll(async () => {
    state = await project.exported("staging");
    proof = outputsOf(state).wwwProof as Record<string, unknown>;
  });
  afterAll(() => project.imported("staging", state));

  test.each<[string, () => unknown, RegExp]>([
    [
      "malformed",
      () => ({ ...proof, activatedAt: "yesterday" }),
      /its activatedAt is missing or wrong.*`pulumi up --stack staging`/,
    ],
    ["of another certificate", () => ({ ...proof, fingerprint: third?.fingerprint }), /is of another certificate/],
    ["expired", () => ({ ...proof, notAfter: new Date(Date.now() - 1_000).toISOString() }), /expired at .* since /],
  ])("a proof that is %s", async (_title, bad, told) => {
    const edited = structuredClone(state);
    outputsOf(edited).wwwProof = bad();
    await project.imported("staging", edited);
    expect(await refusedPreview()).toMatch(told);
  });
});

test("promotion status tells what stands between the stacks, before and after", async () => {
  const before = settled(status("dev", "staging", "prod"));
  await project.up("prod");
  const after = settled(status("dev", "staging", "prod"));
  expectFile("tests/golden/promotion-status.txt", `${before}\n---- after \`pulumi up --stack prod\`\n\n${after}`);
  const file = join(project.folder, "prod.json");
  writeFileSync(file, JSON.stringify(await project.exported("prod")));
  const now = ["--now", "2030-01-01T00:00:00Z"];
  const parsed = JSON.parse(status("--json", ...now, "staging", `prod=${file}`));
  expect(parsed).toEqual(JSON.parse(status("--json", ...now, "staging", "prod")));
  expect(parsed.between).toMatchObject([{ from: "staging", to: "prod", status: "same" }]);
  expect(JSON.stringify(parsed)).not.toMatch(new RegExp(`PRIVATE KEY|BEGIN|${emulator.apiKey}`));
});

test("destroying staging leaves what production serves, and production's preview, as they are", async () => {
  // Whatever the edge serves for hosts that are not staging's.
  const production = async () =>
    (await emulator.edgeHistory()).filter(({ host }) => host !== "www.staging.example.com");
  const before = await production();
  await project.must("staging", "destroy", "--yes", "--skip-preview");
  expect(await production()).toEqual(before);
  expect((await servedBy("www.example.com")).at(-1)?.fingerprint).toBe(second?.fingerprint);
  expect((await servedBy("www.staging.example.com")).at(-1)?.fingerprint).not.toBe(second?.fingerprint);
  await project.must("prod", "preview", "--expect-no-changes");
  expect(settled(status("staging", "prod"))).toContain("staging has no link www");
});

function outputsOf({ deployment }: ExportedState): Record<string, unknown> {
  const root = deployment.resources?.find(({ type }) => type === "pulumi:pulumi:Stack");
  if (root === undefined) throw new Error("there is no stack in this state");
  return root.outputs;
}
