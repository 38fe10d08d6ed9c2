/** What exists at Qwilt comes into a stack by `pulumi import`: 40 objects, one command each and by a file. */
import { parse, stringify } from "yaml";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { languageHosts } from "../support/languages/project.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

/** Each with a configuration, a certificate, a link and a publication. */
const SITES = 8;
const SINGLY = 2;
const LONG_MS = 20 * 60_000;

interface Made {
  readonly name: string;
  readonly host: string;
  readonly siteId: string;
  readonly certificateId: number;
}

let emulator: EmulatorProcess;
let stack: Stack;
const made: Made[] = [];

beforeAll(async () => {
  const hosts = await languageHosts();
  emulator = await startEmulatorProcess(["--publish-ms", "1"]);
  emulator.history.except(6, "an import takes over a link that was made by hand");
  stack = await createStack(emulator, { adapter: "native" });
  stack.env.PATH = `${hosts}:${stack.env.PATH ?? ""}`;
  stack.file("Pulumi.yaml", "name: web\nruntime: yaml\n");
  for (let index = 0; index < SITES; index++) {
    const host = `www${index}.example.com`;
    const [material] = await materials(1, [host]);
    if (material === undefined) throw new Error("no certificate");
    made.push(await makeByHand(`s${index}`, host, material));
  }
}, LONG_MS);
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

test(
  "each object is imported by one command",
  async () => {
    for (const [type, name, id] of made.slice(0, SINGLY).flatMap(objectsOf)) await imported([type, name, id]);
  },
  LONG_MS,
);

test(
  "the others are imported by a file, which writes nothing at Qwilt",
  async () => {
    const since = await emulator.mark();
    const resources = made
      .slice(SINGLY)
      .flatMap(objectsOf)
      .map(([type, name, id]) => ({ type, name, id }));
    stack.file("import.json", JSON.stringify({ resources }));
    await imported(["--file", "import.json"]);
    const { deployment } = await stack.exported();
    expect(deployment.resources?.filter(({ type }) => type.startsWith("qwilt:"))).toHaveLength(5 * SITES);
    expect((await emulator.ledger(since)).filter(({ method }) => method !== "GET")).toEqual([]);
  },
  LONG_MS,
);

test(
  "the program that Pulumi printed shows no changes",
  async () => {
    stack.file("Pulumi.yaml", `name: web\nruntime: yaml\nresources:\n${printed.join("")}`);
    const since = await emulator.mark();
    const preview = await stack.preview("--expect-no-changes");
    expect(preview.all).toContain(`${5 * SITES + 1} unchanged`);
    expect(await emulator.ledger(since)).toEqual([]);
  },
  LONG_MS,
);

test(
  "the next rotation brings a key; the imported certificate stays in the pool",
  async () => {
    const [first] = made;
    const [, next] = await materials(2, [first?.host ?? ""]);
    if (first === undefined || next === undefined) throw new Error("nothing to rotate");
    const { resources } = parse(stack.read("Pulumi.yaml")) as Program;
    const { s0Certificate: certificate, s0Link: link } = resources;
    if (certificate === undefined || link === undefined) throw new Error("Pulumi printed other names");
    const { certificateId: _, ...others } = link.properties;
    link.properties = { ...others, certificate: `\${s0Certificate}` };
    const texts = { certificate: next.leaf, certificateChain: next.chain, privateKey: { "fn::secret": next.key } };
    certificate.properties = { ...certificate.properties, ...texts };
    stack.file("Pulumi.yaml", stringify({ name: "web", runtime: "yaml", resources }));
    await stack.up();
    const live = (await emulator.edgeNow()).filter(({ host, target }) => host === first.host && target === "ga");
    expect(live.map(({ fingerprint }) => fingerprint)).toEqual([next.fingerprint]);
    const pool = (await emulator.call("GET", "/api/v2/certificates")).body as { certId: number }[];
    expect(pool.map(({ certId }) => certId)).toContain(first.certificateId);
  },
  LONG_MS,
);

test("an object that does not exist is an error that names it", async () => {
  const run = await stack.pulumi(["import", "qwilt:index:Site", "nothing", "6b09f9dca8838b3137ffffff", "--yes"]);
  expect(run.code).not.toBe(0);
  expect(run.all).toMatch(/does not exist/);
});

interface Program {
  readonly resources: Record<string, { properties: Record<string, unknown> }>;
}

/** Parts of programs, as `pulumi import` prints them. */
const printed: string[] = [];

async function imported(args: readonly string[]): Promise<void> {
  const out = `printed-${printed.length}.yaml`;
  const all = [...args, "--yes", "--skip-preview", "--protect=false", "--out", out];
  const run = await stack.pulumi(["import", ...all]);
  if (run.code !== 0) throw new Error(`pulumi import ${args.join(" ")}:\n${run.all}`);
  const [, resources = ""] = stack.read(out).split("resources:\n");
  printed.push(resources);
}

function objectsOf({ name, siteId, certificateId }: Made): [type: string, name: string, id: string][] {
  return [
    ["qwilt:index:Site", name, siteId],
    ["qwilt:index:SiteConfiguration", `${name}Configuration`, siteId],
    ["qwilt:index:Certificate", `${name}Certificate`, String(certificateId)],
    ["qwilt:index:SiteCertificateLink", `${name}Link`, siteId],
    ["qwilt:index:SitePublication", `${name}Publication`, `${siteId}:ga`],
  ];
}

async function makeByHand(name: string, host: string, { leaf, chain, key }: Material): Promise<Made> {
  const post = async (path: string, body: object) => {
    const answer = await emulator.call("POST", path, body);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as Record<string, unknown>;
  };
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const siteId = String((await post("/api/v2/sites", { siteName: host })).siteId);
  const saved = await post(`/api/1/sites/${siteId}/configurations`, {
    hostIndex: hostIndex([host]),
    changeDescription: "by hand",
  });
  const uploaded = await post("/api/v2/certificates", {
    certificate: base64(leaf),
    certificateChain: base64(chain),
    privateKey: base64(key),
    description: "by hand",
  });
  const certificateId = Number(uploaded.certId);
  await post(`/api/v2/sites/${siteId}/certificates`, { certificateId: String(certificateId) });
  await post(`/api/v2/sites/${siteId}/publishing-operations`, { revisionId: String(saved.revisionId), target: "ga" });
  return { name, host, siteId, certificateId };
}
