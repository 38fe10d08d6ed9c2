/** A host goes out of the configuration and out of the certificate in one change of the program: the refusal's way out works. */
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator-process.ts";
import { type Material, materials } from "../support/materials.ts";
import { hostIndex } from "../support/programs.ts";
import { createStack, type Stack } from "../support/stack.ts";

const [KEPT, DROPPED] = ["www.example.com", "old.example.com"];
let emulator: EmulatorProcess;
let stack: Stack;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator);
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

function write({ leaf, chain, key }: Material, hosts: readonly string[]): void {
  stack.write(`
const site = new q.Site("www", { siteName: "www" });
const configuration = new q.SiteConfiguration("www", { siteId: site.siteId, hostIndex: ${JSON.stringify(hostIndex(hosts))} });
const certificate = new q.Certificate("www", {
  certificate: ${JSON.stringify(leaf)}, certificateChain: ${JSON.stringify(chain)}, privateKey: pulumi.secret(${JSON.stringify(key)}),
});
const link = new q.SiteCertificateLink("www", { siteId: site.siteId, certificate, hosts: configuration.securedHosts });
new q.SitePublication("www", { siteId: site.siteId, revisionId: configuration.revisionId }, { dependsOn: [link] });
`);
}

test("the preview warns, up refuses and touches nothing, and the two steps of the message bring it", async () => {
  const [both] = await materials(1, [KEPT, DROPPED]);
  const [one] = await materials(1, [KEPT]);
  if (both === undefined || one === undefined) throw new Error("two certificates were asked for");
  write(both, [KEPT, DROPPED]);
  await stack.up();
  write(one, [KEPT]);
  const preview = await stack.preview();
  expect(preview.all).toMatch(/does not cover old\.example\.com.*up will refuse/);
  const refused = await stack.pulumi(["up", "--yes", "--skip-preview"]);
  expect(refused.code).not.toBe(0);
  const [, steps = ""] = /(--target .*)`, then `pulumi up`/.exec(refused.all) ?? [];
  const targets = steps.split(" ").map((word) => word.replaceAll("'", ""));
  expect(targets).toHaveLength(4);

  await stack.up(...targets);
  expect((await emulator.edgeNow()).map(({ host, fingerprint }) => [host, fingerprint])).toEqual([
    [KEPT, both.fingerprint],
  ]);
  await stack.up();
  expect((await emulator.edgeNow()).map(({ fingerprint }) => fingerprint)).toEqual([one.fingerprint]);
  await stack.up("--expect-no-changes");
});

test("a second link of the site is refused at preview, by name", async () => {
  const [one] = await materials(1, [KEPT]);
  if (one === undefined) throw new Error("a certificate was asked for");
  const siteId = (await stack.exported()).deployment.resources?.find(({ type }) => type.endsWith(":Site"))?.outputs
    .siteId;
  write(one, [KEPT]);
  stack.write(`
const all = ["a", "b"].map((name) => new q.SiteCertificateLink(name, { siteId: ${JSON.stringify(siteId)}, certificateId: 1 }));
`);
  const preview = await stack.pulumi(["preview"]);
  expect(preview.code).not.toBe(0);
  expect(preview.all).toMatch(/link of \w+ belongs to SiteCertificateLink "[ab]" of this program already/);
});

test("the option import is refused in words", async () => {
  stack.write(`new q.Site("www", { siteName: "www" }, { import: "1" });`);
  const preview = await stack.pulumi(["preview"]);
  expect(preview.all).toContain("Pulumi cannot import dynamic resources");
});
