/** Nothing that the stack did not create is unlinked, replaced or deleted, and a rename removes nothing from a site. */
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { Stack } from "../support/engine/stack.ts";
import { aliased, type Qwilt, qwiltOf, stackAtEdge } from "../support/programs/ownership.ts";
import { type SiteProgram, siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

let emulator: EmulatorProcess;
let stack: Stack;
let qwilt: Qwilt;
let a: Material;
let b: Material;
let foreign: Material;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  qwilt = qwiltOf(emulator);
  stack = await stackAtEdge(emulator, "prod");
  const made = await materials(3);
  if (made[0] === undefined || made[1] === undefined || made[2] === undefined)
    throw new Error("3 certificates were asked for");
  [a, b, foreign] = [made[0], made[1], made[2]];
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

const program = (material: Material, options: Omit<SiteProgram, "material"> = {}) =>
  siteProgram({ material, ...options });

describe("a renamed resource", () => {
  test.each<[string, Omit<SiteProgram, "material">]>([
    ["link and publication", { names: { link: "web", publication: "web" } }],
    ["certificate", { names: { link: "web", publication: "web", certificate: "web" } }],
  ])("%s, without an alias, removes nothing from the site", async (_title, options) => {
    stack.write(
      program(a, options.names?.certificate === undefined ? {} : { names: { link: "web", publication: "web" } }),
    );
    await stack.up();
    const since = await emulator.mark();
    const history = (await emulator.edgeHistory()).length;
    stack.write(program(a, options));
    await stack.up();
    expect(await qwilt.changes(since)).toEqual([]);
    expect((await emulator.edgeHistory()).length).toBe(history);
    expect(await qwilt.served()).toEqual([a.fingerprint]);
    await stack.up("--expect-no-changes");
  });

  test("still belongs to the stack: a rotation deletes what it replaced", async () => {
    const before = await qwilt.pool();
    stack.write(program(b, { names: { link: "web", publication: "web", certificate: "web" } }));
    await stack.up();
    expect(await qwilt.served()).toEqual([b.fingerprint]);
    expect((await qwilt.pool()).filter((id) => before.includes(id))).toEqual([]);
  });

  test("with an alias is no change at all", async () => {
    const since = await emulator.mark();
    stack.write(aliased(program(b, { names: { link: "again", publication: "web", certificate: "again" } }), "web"));
    await stack.up();
    expect(await qwilt.changes(since)).toEqual([]);
  });

  test("is removed with the stack", async () => {
    await stack.destroy();
    expect(await qwilt.pool()).toEqual([]);
    expect(await qwilt.sites()).toEqual([]);
  });
});

describe("what somebody else linked since the last run", () => {
  let byHand: number;
  let site: string;

  test("is named and left alone by up, and named by the preview of a refresh", async () => {
    stack.write(program(a));
    await stack.up();
    site = String((await qwilt.sites())[0]);
    byHand = await qwilt.linkByHand(site, foreign);
    stack.write(program(b));
    const since = await emulator.mark();
    const refused = await stack.pulumi(["up", "--yes", "--skip-preview"]);
    expect(refused.code).not.toBe(0);
    expect(refused.all).toMatch(
      new RegExp(`certificate ${byHand}, which was not linked by this stack[\\s\\S]*QWILT_LINK_FOREIGN`),
    );
    expect(await qwilt.changes(since)).toEqual(["upload"]);
    const preview = await stack.pulumi(["preview", "--refresh"]);
    expect(preview.all).toContain(`certificate ${byHand}`);
    expect(await qwilt.linked(site)).toEqual([byHand]);
  });

  test("stays when the link is taken out of the program", async () => {
    stack.write(program(b, { link: false }));
    const since = await emulator.mark();
    await stack.up();
    expect((await qwilt.changes(since)).filter((word) => /link|publish/.test(word))).toEqual([]);
    expect(await qwilt.linked(site)).toEqual([byHand]);
  });

  test("is replaced, and named again, if the program sets replaceExisting", async () => {
    stack.write(program(b, { link: "replaceExisting: true," }));
    emulator.history.allowReplacing();
    const run = await stack.up();
    expect(run.all).toContain(`certificate ${byHand}, which this stack did not link; replaceExisting replaces it`);
    expect(await qwilt.served()).toEqual([b.fingerprint]);
    expect(await qwilt.pool()).toContain(byHand);
    await emulator.call("DELETE", `/api/v2/certificates/${byHand}`);
  });
});
