/** Two stacks that share one site or one certificate, and changes after which ownership is not known. */
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { Stack } from "../support/engine/stack.ts";
import { linkAlone, type Qwilt, qwiltOf, stackAtEdge } from "../support/programs/ownership.ts";
import { type SiteProgram, siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

let emulator: EmulatorProcess;
let stack: Stack;
let other: Stack;
let qwilt: Qwilt;
let a: Material;
let b: Material;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  qwilt = qwiltOf(emulator);
  stack = await stackAtEdge(emulator, "prod");
  other = await stackAtEdge(emulator, "other");
  const made = await materials(2);
  if (made[0] === undefined || made[1] === undefined) throw new Error("2 certificates were asked for");
  [a, b] = [made[0], made[1]];
});
afterAll(async () => {
  stack?.close();
  other?.close();
  await emulator?.close();
});

const program = (material: Material, options: Omit<SiteProgram, "material"> = {}) =>
  siteProgram({ material, ...options });

describe("two stacks", () => {
  test("share a certificate: the second adopts it, and leaves it and the link when it is destroyed", async () => {
    stack.write(program(b));
    await stack.up();
    const site = String((await qwilt.sites())[0]);
    const before = await qwilt.pool();
    const since = await emulator.mark();
    other.write(linkAlone(site, b));
    const adopting = await other.up();
    expect(adopting.all).toContain("adopted certificate");
    expect(adopting.all).toContain("before this stack managed it");
    await other.up("--expect-no-changes");
    await other.destroy();
    expect(await qwilt.changes(since)).toEqual([]);
    expect(await qwilt.pool()).toEqual(before);
    expect(await qwilt.served()).toEqual([b.fingerprint]);
  });

  test("want different certificates on one site: the second is refused before it touches the link", async () => {
    const site = String((await qwilt.sites())[0]);
    const before = await qwilt.linked(site);
    const since = await emulator.mark();
    other.write(linkAlone(site, a));
    const refused = await other.pulumi(["up", "--yes", "--skip-preview"]);
    expect(refused.all).toContain("[QWILT_LINK_FOREIGN]");
    expect(await qwilt.changes(since)).toEqual(["upload"]);
    expect(await qwilt.linked(site)).toEqual(before);
    await other.destroy();
    expect(await qwilt.linked(site)).toEqual(before);
  });
});

test("a replacement on demand leaves the certificate and its site alone", async () => {
  const before = await qwilt.pool();
  const urn = (await stack.exported()).deployment.resources?.find(({ type }) => type.endsWith(":Certificate"))?.urn;
  const since = await emulator.mark();
  await stack.up("--replace", String(urn));
  expect(await qwilt.changes(since)).toEqual([]);
  expect(await qwilt.pool()).toEqual(before);
  expect(await qwilt.served()).toEqual([b.fingerprint]);
});

test("link and certificate renamed at once: the site keeps serving, and objects not known to be the stack's stay", async () => {
  const since = await emulator.mark();
  stack.write(program(b, { names: { link: "new", certificate: "new" } }));
  await stack.up();
  expect(await qwilt.changes(since)).toEqual([]);
  expect(await qwilt.served()).toEqual([b.fingerprint]);
  const before = await qwilt.pool();
  await stack.destroy();
  expect(await qwilt.pool()).toEqual(before);
});
