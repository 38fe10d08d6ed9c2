/** Replacements requested by a person or an option: the edge keeps serving, whichever order the engine uses. */
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { Stack } from "../support/engine/stack.ts";
import { type Qwilt, qwiltOf, stackAtEdge } from "../support/programs/ownership.ts";
import { siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

let emulator: EmulatorProcess;
let stack: Stack;
let qwilt: Qwilt;
let a: Material;
let b: Material;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  qwilt = qwiltOf(emulator);
  stack = await stackAtEdge(emulator, "prod");
  const [first, second] = await materials(2);
  if (first === undefined || second === undefined) throw new Error("two certificates were asked for");
  [a, b] = [first, second];
  stack.write(siteProgram({ material: a }));
  await stack.up();
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

const urn = (kind: string) => `urn:pulumi:prod::web::pulumi-nodejs:dynamic/qwilt:${kind}::www`;
const deletedFirst = (program: string) =>
  program
    .replace(/(new q\.SiteCertificateLink\(.*)\);/, `$1, { deleteBeforeReplace: true, replaceOnChanges: ["*"] });`)
    .replace(/(new q\.SitePublication\(.*dependsOn: \[link\]) \}\);/, "$1, deleteBeforeReplace: true });");

test.each<[string, () => string]>([
  ["created first", () => siteProgram({ material: a })],
  ["deleted first", () => deletedFirst(siteProgram({ material: a }))],
])("--replace of link and publication, %s, changes nothing at Qwilt", async (_title, program) => {
  stack.write(program());
  const since = await emulator.mark();
  const history = (await emulator.edgeHistory()).length;
  const run = await stack.up("--replace", urn("SiteCertificateLink"), "--replace", urn("SitePublication"));
  expect(run.all).toMatch(/SiteCertificateLink www created replacement/);
  expect(run.all).toMatch(/SitePublication www created replacement/);
  expect(await qwilt.changes(since)).toEqual([]);
  expect((await emulator.edgeHistory()).length).toBe(history);
  expect(await qwilt.served()).toEqual([a.fingerprint]);
});

test("a rotation that deletes its link first moves the site like any other: nothing is served without a certificate", async () => {
  const history = (await emulator.edgeHistory()).length;
  const since = await emulator.mark();
  stack.write(deletedFirst(siteProgram({ material: b })));
  const run = await stack.up();
  expect(run.all).toMatch(/SiteCertificateLink www created replacement/);
  expect(await qwilt.changes(since)).toEqual(["upload", "unlink 1", "link", "republish", "delete 1"]);
  const shown = (await emulator.edgeHistory()).slice(history).map(({ fingerprint }) => fingerprint);
  expect([...new Set(shown)]).toEqual([b.fingerprint]);
  expect(await qwilt.served()).toEqual([b.fingerprint]);
  await stack.up("--expect-no-changes");
});

test("a destroy that runs the program still removes everything", async () => {
  await stack.destroy("--run-program");
  expect(await qwilt.pool()).toEqual([]);
  expect(await qwilt.sites()).toEqual([]);
});
