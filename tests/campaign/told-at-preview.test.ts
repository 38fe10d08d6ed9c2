/** Program changes that cannot work as they are: the preview reports them, and the remedy that it names works. */
import { stackOfFile } from "../support/engine/file-stack.ts";
import { siteProgram } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

const [KEPT, DROPPED] = ["www.example.com", "old.example.com"];
const on = stackOfFile();

/** A host is removed from configuration and certificate in one change. */
async function dropsHost(link: string) {
  const [both] = await materials(1, [KEPT, DROPPED]);
  const [one] = await materials(1, [KEPT]);
  if (both === undefined || one === undefined) throw new Error("two certificates were asked for");
  on.stack.write(siteProgram({ material: both, hosts: [KEPT, DROPPED], link }));
  await on.stack.up();
  on.stack.write(siteProgram({ material: one, hosts: [KEPT], link }));
  return { both, one };
}

test("the preview warns, up refuses and changes nothing, and the two steps of the message work", async () => {
  const { both, one } = await dropsHost("revisionId: undefined,");
  const preview = await on.stack.preview();
  expect(preview.all).toMatch(/does not cover old\.example\.com.*`pulumi up` will fail/);
  const refused = await on.stack.pulumi(["up", "--yes", "--skip-preview"]);
  expect(refused.code).not.toBe(0);
  const [, steps = ""] = /(--target .*)`, then `pulumi up`/.exec(refused.all) ?? [];
  const targets = steps.split(" ").map((word) => word.replaceAll("'", ""));
  expect(targets).toHaveLength(4);

  await on.stack.up(...targets);
  expect((await on.emulator.edgeNow()).map(({ host, fingerprint }) => [host, fingerprint])).toEqual([
    [KEPT, both.fingerprint],
  ]);
  await on.stack.up();
  expect((await on.emulator.edgeNow()).map(({ fingerprint }) => fingerprint)).toEqual([one.fingerprint]);
  await on.stack.up("--expect-no-changes");
});

test("a link that is given the new revision publishes both at once", async () => {
  const { one } = await dropsHost("");
  const preview = await on.stack.preview();
  expect(preview.all).toContain("link the new certificate -> publish the new revision on ga");
  expect(preview.all).not.toMatch(/refuse|will fail|warning/);
  await on.stack.up();
  expect((await on.emulator.edgeNow()).map(({ host, fingerprint }) => [host, fingerprint])).toEqual([
    [KEPT, one.fingerprint],
  ]);
  await on.stack.up("--expect-no-changes");
});

test("a second link of the site is refused at preview, by name", async () => {
  const siteId = (await on.stack.exported()).deployment.resources?.find(({ type }) => type.endsWith(":Site"))?.outputs
    .siteId;
  on.stack.write(`
const all = ["a", "b"].map((name) => new q.SiteCertificateLink(name, { siteId: ${JSON.stringify(siteId)}, certificateId: 1 }));
`);
  const preview = await on.stack.pulumi(["preview"]);
  expect(preview.code).not.toBe(0);
  expect(preview.all).toMatch(/link of \w+ is already managed by SiteCertificateLink "[ab]" of this program/);
});

test("the option import is rejected with an explanation", async () => {
  on.stack.write(`new q.Site("www", { siteName: "www" }, { import: "1" });`);
  const preview = await on.stack.pulumi(["preview"]);
  expect(preview.all).toContain("Pulumi cannot import dynamic resources");
});
