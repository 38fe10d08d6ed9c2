/** A new certificate and a new revision of one site in one run take one publish per target, with the real CLI. */
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { HOSTS, hostIndex } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

interface Program {
  readonly material: Material;
  readonly origin: string;
  readonly targets: readonly ("ga" | "staging")[];
  /** Whether the program gives the link the revision. */
  readonly together: boolean;
}

function program({ material, origin, targets, together }: Program): string {
  const revision = together ? "revisionId: configuration.revisionId" : "";
  const publications = targets.map(
    (target) =>
      `new q.SitePublication("${target}", { siteId: site.siteId, revisionId: configuration.revisionId, target: "${target}" }, { dependsOn: [link] });`,
  );
  return `
const site = new q.Site("www", { siteName: "www.example.com" });
const configuration = new q.SiteConfiguration("www", { siteId: site.siteId, hostIndex: ${JSON.stringify(hostIndex(HOSTS, origin))} });
const certificate = new q.Certificate("www", {
  certificate: ${JSON.stringify(material.leaf)},
  certificateChain: ${JSON.stringify(material.chain)},
  privateKey: pulumi.secret(${JSON.stringify(material.key)}),
});
const link = new q.SiteCertificateLink("www", { siteId: site.siteId, certificate, ${revision} });
${publications.join("\n")}
`;
}

let emulator: EmulatorProcess;
let stack: Stack;
let certificates: Material[];

beforeAll(async () => {
  certificates = await materials(2);
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

/** Slow calls change the order in which the engine starts; the program's dependencies decide the rest. */
const TIMINGS: readonly (readonly [string, readonly (readonly [method: string, route: string])[]])[] = [
  ["at full speed", []],
  ["while the upload is slow", [["POST", "/api/v2/certificates"]]],
  ["while saving the revision is slow", [["POST", "/api/1/sites/*/configurations"]]],
  ["while unlinking and linking are slow", [["*", "/api/v2/sites/*/certificates/**"]]],
  ["while asking for publishes is slow", [["*", "/api/v2/sites/*/publishing-operations/**"]]],
];
const SLOW_MS = 1_200;

async function slow(routes: (typeof TIMINGS)[number][1]): Promise<void> {
  for (const [method, route] of routes) {
    const match = { ...(method === "*" ? {} : { method }), route, times: 1_000 };
    await emulator.fault({ match, effect: { delayMs: SLOW_MS } });
  }
}

const GA = ["ga"] as const;
const BOTH = ["staging", "ga"] as const;

test.each<readonly [string, Program["targets"], (typeof TIMINGS)[number][1]]>([
  ["of production alone, at full speed", GA, []],
  ...TIMINGS.map(([when, routes]) => [`of staging and production, ${when}`, BOTH, routes] as const),
])("a link with the revision makes one publish per target, %s", async (_when, targets, routes) => {
  const publishes = targets.map(() => "publish");
  const first = () => program({ material: certificate(0), origin: "one.example.com", targets, together: true });
  const second = () => program({ material: certificate(1), origin: "two.example.com", targets, together: true });
  let since = await emulator.mark();
  stack.write(first());
  await stack.up();
  expect(await doing(since)).toEqual(["link", ...publishes]);
  expect(await served()).toEqual(expected(targets, certificate(0)));

  since = await emulator.mark();
  await slow(routes);
  stack.write(second());
  await stack.up();
  expect(await doing(since)).toEqual(["unlink", "link", ...publishes]);
  const bodies = (await emulator.ledger(since)).filter((row) => inWords(row) === "publish").map(({ body }) => body);
  expect(bodies).toMatchObject(targets.map((target) => ({ target })));
  expect(await served()).toEqual(expected(targets, certificate(1)));

  since = await emulator.mark();
  await stack.up("--expect-no-changes");
  expect(await doing(since)).toEqual([]);
  await emulator.ask("DELETE", "/faults");
  await stack.refresh();
  await stack.up("--expect-no-changes");
});

test("the preview names the publish that activates both", async () => {
  stack.write(program({ material: certificate(0), origin: "one.example.com", targets: GA, together: true }));
  await stack.up();
  await stack.refresh();
  stack.write(program({ material: certificate(1), origin: "two.example.com", targets: GA, together: true }));
  const preview = await stack.preview();
  expect(preview.all).toMatch(/unlink \d+ -> link the new certificate -> publish the new revision on ga/);
  expect(preview.all).toContain("publish the new revision to ga, unless its link has already published it");
});

test("a new revision alone is the publication's: the link stays as it is", async () => {
  stack.write(program({ material: certificate(0), origin: "one.example.com", targets: GA, together: true }));
  await stack.up();
  const since = await emulator.mark();
  stack.write(program({ material: certificate(0), origin: "two.example.com", targets: GA, together: true }));
  const preview = await stack.preview();
  expect(preview.all).not.toMatch(/SiteCertificateLink www update/);
  await stack.up();
  expect(await doing(since)).toEqual(["publish"]);
  await stack.up("--expect-no-changes");
});

test("a link without the revision publishes the active one, and the publication publishes its own: two publishes", async () => {
  stack.write(program({ material: certificate(0), origin: "one.example.com", targets: GA, together: false }));
  await stack.up();
  const since = await emulator.mark();
  stack.write(program({ material: certificate(1), origin: "two.example.com", targets: GA, together: false }));
  await stack.up();
  expect(await doing(since)).toEqual(["unlink", "link", "republish", "publish"]);
  expect(await served()).toEqual(expected(GA, certificate(1)));
});

test("a rejected revision rolls the certificate back, and the next run activates both in one publish", async () => {
  stack.write(program({ material: certificate(0), origin: "one.example.com", targets: GA, together: true }));
  await stack.up();
  const since = await emulator.mark();
  await emulator.fault({
    match: { method: "POST", route: "/api/v2/sites/*/publishing-operations" },
    effect: { publish: "invalid" },
  });
  stack.write(program({ material: certificate(1), origin: "two.example.com", targets: GA, together: true }));
  const run = await stack.pulumi(["up", "--yes", "--skip-preview"]);
  expect(run.code).not.toBe(0);
  expect(run.all).toContain("QWILT_PUBLISH_FAILED");
  expect(await doing(since)).toEqual(["unlink", "link", "publish", "unlink", "link"]);
  expect(await served()).toEqual(expected(GA, certificate(0)));

  const again = await emulator.mark();
  await stack.up();
  expect(await doing(again)).toEqual(["unlink", "link", "publish"]);
  expect(await served()).toEqual(expected(GA, certificate(1)));
});
