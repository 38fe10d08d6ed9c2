/** The main path: create, no changes, rotate, describe, refresh, unlink, destroy, with the real CLI. */
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { siteProgram } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

let emulator: EmulatorProcess;
let stack: Stack;
let a: Awaited<ReturnType<typeof materials>>[number];
let b: typeof a;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator);
  const made = await materials(2);
  if (made[0] === undefined || made[1] === undefined) throw new Error("two certificates were asked for");
  [a, b] = [made[0], made[1]];
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

const words = async (since: number) => (await emulator.ledger(since)).map(inWords);
const served = async () =>
  (await emulator.edgeNow())
    .filter(({ target }) => target === "ga")
    .map(({ host, fingerprint }) => `${host} ${fingerprint}`)
    .sort();

// The tests share one stack: each continues where the previous one ended.
test("one up makes site, configuration, certificate, link and publication, and the edge serves", async () => {
  stack.write(siteProgram({ material: a }));
  const since = await emulator.mark();
  await stack.up();
  const calls = (await words(since)).filter((word) => !["poll"].includes(word));
  expect(calls.filter((word) => word === "publish")).toHaveLength(1);
  expect(calls).not.toContain("republish");
  expect(await served()).toEqual([`shop.example.com ${a.fingerprint}`, `www.example.com ${a.fingerprint}`]);
});

test("a second preview shows nothing and makes no call; a second up publishes nothing", async () => {
  const since = await emulator.mark();
  const preview = await stack.preview("--expect-no-changes");
  // Its certificate has eight days left, which is the only warning.
  expect(preview.all).not.toMatch(/unlink|republish/);
  const said = [...new Set(preview.all.match(/warning: .*/g))];
  expect(said).toEqual([
    expect.stringMatching(/the certificate expires in 8 days .*; it is not renewed automatically/),
  ]);
  expect(await words(since)).toEqual([]);
  await stack.up("--expect-no-changes");
  expect(await words(since)).toEqual([]);
});

test("refresh right after up shows no change", async () => {
  await stack.refresh("--expect-no-changes");
});

test("the preview of a rotation shows dates, names and the plan on the rows they are about, without a call", async () => {
  stack.write(siteProgram({ material: b }));
  const since = await emulator.mark();
  const text = await stack.preview();
  const diff = await stack.preview("--diff");
  const json = JSON.parse((await stack.preview("--json")).stdout);
  expect(await words(since)).toEqual([]);
  const id = (await emulator.edgeNow())[0]?.certificateId;
  const plan = `unlink ${id} -> link the new certificate -> republish ga`;
  expect(text.all).toMatch(new RegExp(`SiteCertificateLink www .*update.*${plan}`));
  expect(text.all).toMatch(
    /Certificate www .*replace.*valid until \d{4}-\d\d-\d\d, was \d{4}-\d\d-\d\d \(\d+ days left\)/,
  );
  expect(diff.all).toContain(plan);
  expect(diff.all).toContain(a.notAfter);
  expect(diff.all).toContain(b.notAfter);
  const diagnostics = json.diagnostics as { urn?: string; message: string }[];
  expect(diagnostics.find(({ message }) => message.includes(plan))?.urn).toMatch(/SiteCertificateLink::www$/);
  const replaced = (
    json.steps as {
      urn: string;
      op: string;
      newState?: { inputs: Record<string, unknown> };
      oldState?: { inputs: Record<string, unknown> };
    }[]
  ).find(({ urn, op }) => urn.includes(":Certificate::") && op.includes("replace"));
  const names = ["shop.example.com", "www.example.com"];
  expect(replaced?.newState?.inputs).toMatchObject({
    notAfter: b.notAfter,
    fingerprint: b.fingerprint,
    dnsNames: names,
  });
  expect(replaced?.oldState?.inputs).toMatchObject({
    notAfter: a.notAfter,
    fingerprint: a.fingerprint,
    dnsNames: names,
  });
  expect(diff.all).toContain("names unchanged: shop.example.com, www.example.com");
  expect(JSON.stringify(json)).not.toContain("PRIVATE KEY");
});

test("a rotation uploads, unlinks, links, republishes once and deletes, in this order, within its budget", async () => {
  const since = await emulator.mark();
  const historyBefore = (await emulator.edgeHistory()).length;
  await stack.up();
  const rows = await emulator.ledger(since);
  const calls = rows.map(inWords).filter((word) => word !== "poll");
  const doing = calls.filter((word) => /^(upload|unlink|link$|republish|publish|delete)/.test(word));
  expect(doing.map((word) => word.split(" ")[0])).toEqual(["upload", "unlink", "link", "republish", "delete"]);
  expect(calls.filter((word) => word === "pool")).toHaveLength(1);
  expect(calls.filter((word) => word !== "pool").length).toBeLessThanOrEqual(8);
  expect(await served()).toEqual([`shop.example.com ${b.fingerprint}`, `www.example.com ${b.fingerprint}`]);
  const changes = (await emulator.edgeHistory()).slice(historyBefore);
  expect(changes.map(({ fingerprint }) => fingerprint)).toEqual([b.fingerprint, b.fingerprint]);
  await stack.up("--expect-no-changes");
});

test("a changed description is one call and no publish", async () => {
  stack.write(siteProgram({ material: b, description: "web, by hand" }));
  const since = await emulator.mark();
  await stack.up();
  expect(await words(since)).toEqual(["describe"]);
  await stack.refresh("--expect-no-changes");
});

test("the exported state holds no key", async () => {
  const text = JSON.stringify(await stack.exported());
  for (const { key } of [a, b]) {
    expect(text).not.toContain(key.split("\n")[1]);
    expect(text).not.toContain("PRIVATE KEY");
  }
});

test("removing the link unlinks and republishes", async () => {
  stack.write(siteProgram({ material: b, description: "web, by hand", link: false }));
  const since = await emulator.mark();
  await stack.up();
  const doing = (await words(since)).filter((word) => /^(unlink|link$|republish|publish|delete)/.test(word));
  expect(doing.map((word) => word.split(" ")[0])).toEqual(["unlink", "republish"]);
});

test("destroy removes every object in one run", async () => {
  stack.write(siteProgram({ material: b }));
  await stack.up();
  await stack.destroy();
  expect((await emulator.call("GET", "/api/v2/sites")).body).toEqual([]);
  expect((await emulator.call("GET", "/api/v2/certificates")).body).toEqual([]);
  expect((await stack.exported()).deployment.resources ?? []).toEqual([]);
});

test("linking on a site that was never published publishes nothing; its first publication serves the certificate", async () => {
  stack.write(siteProgram({ material: a, publication: false }));
  const since = await emulator.mark();
  await stack.up();
  expect((await words(since)).filter((word) => /publish/.test(word))).toEqual([]);
  expect(await served()).toEqual([]);
  stack.write(siteProgram({ material: a }));
  await stack.up();
  expect(await served()).toEqual([`shop.example.com ${a.fingerprint}`, `www.example.com ${a.fingerprint}`]);
  await stack.destroy();
});
