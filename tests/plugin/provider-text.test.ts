/**
 * The provider text is public API: states of every release contain it, and load later releases with it by `require`.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { lifecycleOf } from "../../provider/resources/registry.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type DynamicProcess, ROOT, startDynamicProcess } from "../support/engine/dynamic-process.ts";

const GOLDEN = join(ROOT, "tests/golden/provider-text");
/** One file per release that changed the text; a released text is never removed. */
const RELEASED = readdirSync(GOLDEN)
  .sort((a, b) => a.localeCompare(b, "en", { numeric: true }))
  .map((file) => ({
    release: file.replace(".json", ""),
    texts: JSON.parse(readFileSync(join(GOLDEN, file), "utf8")) as Readonly<Record<string, string>>,
  }));
const CASES = RELEASED.flatMap(({ release, texts }) =>
  Object.entries(texts).map(([kind, text]) => ({ release, kind, text })),
);

let emulator: EmulatorProcess;
let started: DynamicProcess | undefined;
async function start(text: string): Promise<DynamicProcess> {
  started = await startDynamicProcess({
    text,
    config: { "qwilt:endpoint": emulator.api, "qwilt:apiKey": emulator.apiKey },
  });
  return started;
}
beforeAll(async () => {
  emulator = await startEmulatorProcess();
});
afterEach(async () => {
  await started?.close();
  started = undefined;
});
afterAll(() => emulator?.close());

test("what resources write into states is byte for byte the text of the newest list", () => {
  const newest = Object.assign({}, ...RELEASED.map(({ texts }) => texts)) as Record<string, string>;
  const written = Object.keys(newest).map((kind) => [kind, providerText(kind)]);
  expect(Object.fromEntries(written)).toEqual(newest);
});

test("a text contains nothing but its kind: one line, no path of a machine, no version, no secret", () => {
  const texts = CASES.map(({ kind, text }) => text.replaceAll(`'${kind}'`, "'KIND'"));
  expect(new Set(texts).size).toBe(RELEASED.length);
  for (const text of texts) {
    expect(text).not.toMatch(/[\n"\\]/);
    expect(text.length).toBeLessThan(160);
    expect(text).not.toContain(ROOT);
    expect(text.match(/'[^']*'/g)).toEqual(["'pulumi-qwilt/provider'", "'KIND'"]);
  }
});

test.each(CASES)(
  "the text that $release wrote for $kind loads in Pulumi's process as that kind",
  async ({ kind, text }) => {
    const provider = await start(text);
    const { failures } = await provider.check({}, {});
    const required = Object.entries(lifecycleOf(kind).args.shape).flatMap(([name, schema]) =>
      schema.safeParse(undefined).success ? [] : [name],
    );
    expect(failures.map(({ property }) => property)).toEqual(expect.arrayContaining(required));
    expect(required).not.toEqual([]);
  },
);

test.each(RELEASED)(
  "a site is created, read, changed and deleted with the text that $release wrote",
  async ({ release, texts }) => {
    const provider = await start(texts.Site ?? "");
    const inputs = (await provider.check({}, { siteName: `of ${release}` })).inputs;
    const { ok: made } = await provider.create(inputs);
    if (made === undefined) throw new Error("the site was not made");
    const renamed = { ...inputs, siteName: `of ${release}, renamed` };
    expect((await provider.diff(made.id, made.outs, inputs)).changes).toBe(1);
    expect((await provider.diff(made.id, made.outs, renamed)).changes).not.toBe(1);
    const { ok: updated } = await provider.update(made.id, made.outs, renamed);
    const { ok: read } = await provider.read(made.id, updated?.outs ?? {});
    expect(read).toMatchObject({ id: made.id, props: { ...renamed, __provider: texts.Site } });
    expect((await provider.remove(made.id, read?.props ?? {})).error).toBeUndefined();
    expect((await provider.read(made.id, read?.props ?? {})).ok?.id).toBe("");
  },
);

const MOCKED = `
const pulumi = require("@pulumi/pulumi");
require("@pulumi/pulumi/runtime/closure/serializeClosure").serializeFunction = () => {
  throw new Error("a function was serialized");
};
const seen = [];
pulumi.runtime.setMocks({
  newResource: ({ type, id, name, inputs }) => {
    seen.push({ type, name, text: inputs.__provider, key: inputs.privateKey?.value });
    return { id: name + "-id", state: { ...inputs, siteId: "65fc70554a1c9c72079eb803" } };
  },
  call: () => ({}),
});
const q = require("pulumi-qwilt");
const site = new q.Site("site", { siteName: "www" });
const certificate = new q.Certificate("certificate", { certificate: "leaf", certificateChain: "", privateKey: "a key" });
const link = new q.SiteCertificateLink("link", { siteId: site.siteId, certificate });
pulumi.all([site.siteId, certificate.certificate, link.urn]).apply(([siteId, leaf]) => {
  const dynamic = [site, certificate, link].every(pulumi.CustomResource.isInstance);
  process.stdout.write(JSON.stringify({ siteId, leaf, dynamic, seen }));
});
`;

test("a program's own tests see dynamic resources with setMocks, and nothing is serialized", () => {
  const out = execFileSync(process.execPath, ["-e", MOCKED], { cwd: ROOT, encoding: "utf8" });
  const seen = (kind: string, name: string, key?: string) => ({
    type: `pulumi-nodejs:dynamic/qwilt:${kind}`,
    name,
    text: providerText(kind),
    ...(key === undefined ? {} : { key }),
  });
  expect(JSON.parse(out)).toEqual({
    siteId: "65fc70554a1c9c72079eb803",
    leaf: "leaf",
    dynamic: true,
    seen: expect.arrayContaining([
      seen("Site", "site"),
      seen("Certificate", "certificate", "a key"),
      seen("SiteCertificateLink", "link"),
    ]),
  });
});
