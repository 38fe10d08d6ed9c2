/** Several changes of one site in one run use as few publishes as their order allows, by the real CLI. */
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator-process.ts";
import { type Material, materials } from "../support/materials.ts";
import { HOSTS, hostIndex } from "../support/programs.ts";
import { createStack, type Stack } from "../support/stack.ts";

// What is announced and does not come within a second or two costs one publish more, never a change (provider/upcoming.ts).
// A machine that stands still for that long is no defect, so such a run is done once more.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

interface Program {
  readonly material: Material;
  readonly origin: string;
  readonly targets: readonly ("ga" | "staging")[];
  /** What the publications wait for. */
  readonly dependsOn?: "link";
}

function program({ material, origin, targets, dependsOn }: Program): string {
  const options = dependsOn === "link" ? "{ dependsOn: [link] }" : "{}";
  const publications = targets.map(
    (target) =>
      `new q.SitePublication("${target}", { siteId: site.siteId, revisionId: configuration.revisionId, target: "${target}" }, ${options});`,
  );
  return `
const site = new q.Site("www", { siteName: "www.example.com" });
const configuration = new q.SiteConfiguration("www", { siteId: site.siteId, hostIndex: ${JSON.stringify(hostIndex(HOSTS, origin))} });
const certificate = new q.Certificate("www", {
  certificate: ${JSON.stringify(material.leaf)},
  certificateChain: ${JSON.stringify(material.chain)},
  privateKey: pulumi.secret(${JSON.stringify(material.key)}),
});
const link = new q.SiteCertificateLink("www", { siteId: site.siteId, certificate });
${publications.join("\n")}
`;
}

let emulator: EmulatorProcess;
let stack: Stack;
let certificates: Material[];

beforeAll(async () => {
  certificates = await materials(4);
});
beforeEach(async () => {
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator);
});
afterEach(async () => {
  stack?.close();
  await emulator?.close();
});

function certificate(index: number): Material {
  const found = certificates[index];
  if (found === undefined) throw new Error(`there is no certificate ${index}`);
  return found;
}

async function doing(since: number): Promise<string[]> {
  const words = (await emulator.ledger(since)).map(inWords);
  return words.filter((word) => /^(unlink|link$|republish|publish)/.test(word)).map((word) => word.split(" ")[0] ?? "");
}

async function served(): Promise<string[]> {
  return (await emulator.edgeNow()).map(({ host, target, fingerprint }) => `${target} ${host} ${fingerprint}`).sort();
}

const expected = (targets: readonly string[], { fingerprint }: Material) =>
  targets.flatMap((target) => HOSTS.map((host) => `${target} ${host} ${fingerprint}`)).sort();

test("a new certificate and a new revision are one publish, and so is their first one", async () => {
  const targets = ["ga"] as const;
  let since = await emulator.mark();
  stack.write(program({ material: certificate(0), origin: "one.example.com", targets }));
  await stack.up();
  expect(await doing(since)).toEqual(["link", "publish"]);
  expect(await served()).toEqual(expected(targets, certificate(0)));

  since = await emulator.mark();
  stack.write(program({ material: certificate(1), origin: "two.example.com", targets }));
  await stack.up();
  expect(await doing(since)).toEqual(["unlink", "link", "publish"]);
  expect(await served()).toEqual(expected(targets, certificate(1)));

  since = await emulator.mark();
  await stack.up("--expect-no-changes");
  expect(await doing(since)).toEqual([]);
  await stack.refresh("--expect-no-changes");
});

test("two targets of one site are one publish each, staging before ga, after the certificate was relinked", async () => {
  const targets = ["ga", "staging"] as const;
  stack.write(program({ material: certificate(0), origin: "one.example.com", targets }));
  await stack.up();
  const since = await emulator.mark();
  stack.write(program({ material: certificate(1), origin: "two.example.com", targets }));
  await stack.up();
  expect(await doing(since)).toEqual(["unlink", "link", "publish", "publish"]);
  const bodies = (await emulator.ledger(since)).filter((row) => inWords(row) === "publish").map(({ body }) => body);
  expect(bodies).toMatchObject([{ target: "staging" }, { target: "ga" }]);
  expect(await served()).toEqual(expected(targets, certificate(1)));
});

test("a publication that depends on the link finds it served already: the link cannot wait for what waits for it", async () => {
  const targets = ["ga"] as const;
  stack.write(program({ material: certificate(0), origin: "one.example.com", targets, dependsOn: "link" }));
  await stack.up();
  const since = await emulator.mark();
  stack.write(program({ material: certificate(1), origin: "two.example.com", targets, dependsOn: "link" }));
  const startedAt = Date.now();
  await stack.up();
  expect(await doing(since)).toEqual(["unlink", "link", "republish", "publish"]);
  expect(Date.now() - startedAt).toBeLessThan(30_000);
  expect(await served()).toEqual(expected(targets, certificate(1)));
});

test("a publication that fails leaves the republish to the link, and the certificate is served", async () => {
  const targets = ["ga"] as const;
  stack.write(program({ material: certificate(0), origin: "one.example.com", targets }));
  await stack.up();
  const since = await emulator.mark();
  await emulator.fault({
    match: { method: "POST", route: "/api/v2/sites/*/publishing-operations" },
    effect: { publish: "invalid" },
  });
  stack.write(program({ material: certificate(1), origin: "two.example.com", targets }));
  const run = await stack.pulumi(["up", "--yes", "--skip-preview"]);
  expect(run.code).not.toBe(0);
  expect(run.all).toContain("QWILT_PUBLISH_FAILED");
  expect(await doing(since)).toEqual(["unlink", "link", "publish", "republish"]);
  expect(await served()).toEqual(expected(targets, certificate(1)));

  const again = await emulator.mark();
  await stack.up();
  expect(await doing(again)).toEqual(["publish"]);
  expect(await served()).toEqual(expected(targets, certificate(1)));
});
