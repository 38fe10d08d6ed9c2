/** A certificate whose upload no state recorded is found again by its default description (docs/decisions/0002). */
import type { CertificateState } from "../../provider/resources/certificate/args.ts";
import { certificateOf, type ResourceVerbs } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import type { Leaf } from "../support/x509/factory.ts";
import { type Api, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const WWW = "urn:pulumi:prod::web::pulumi-nodejs:dynamic/qwilt:Certificate::www";
const WEB = "urn:pulumi:prod::web::my:component:Site$pulumi-nodejs:dynamic/qwilt:Certificate::web";
const STAGE = "urn:pulumi:stage::web::pulumi-nodejs:dynamic/qwilt:Certificate::www";
const hidden = { __provider: "Certificate", __urn: WWW };

const emulator = frozenEmulator({ now: "2026-03-01T00:00:00.000Z" });
let api: Api;
let leaf: Leaf;
const runs: RuntimeProvider[] = [];

beforeEach(async () => {
  api = emulator();
  leaf = await newLeaf("www.example.com");
});
afterEach(() => {
  for (const run of runs.splice(0)) run.close();
});

interface Command extends ResourceVerbs<CertificateState> {
  readonly run: RuntimeProvider;
  /** Inputs as `check` returns them. */
  inputs(more?: object): Promise<Record<string, unknown>>;
}

/** A separate process, without knowledge of the previous one. */
function command(urn = WWW): Command {
  const { clock } = api.emulator;
  const run = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
  });
  runs.push(run);
  return {
    ...certificateOf(run, urn),
    run,
    async inputs(more = {}) {
      const { certificate, certificateChain, privateKey } = leaf;
      const args = { certificate, certificateChain, privateKey, ...more };
      const { inputs, failures } = await run.check({}, { __provider: "Certificate", __urn: urn, ...args });
      expect(failures).toEqual([]);
      return Object.fromEntries(Object.entries(inputs).filter(([key]) => !key.startsWith("__")));
    },
  };
}

async function create(urn = WWW, more: object = {}) {
  const one = command(urn);
  const inputs = await one.inputs(more);
  return { ...(await one.create(inputs)), inputs, said: one.run.said };
}

const pool = async () =>
  ((await api.call("GET", "/api/v2/certificates")).json as { certId: number; description: string }[]).map(
    ({ certId, description }) => [String(certId), description],
  );

test("the state of a killed run is lost: the next run adopts its certificate as its own, and a destroy deletes it", async () => {
  const killed = await create();
  expect(await pool()).toEqual([[killed.id, "Pulumi web/prod Certificate www"]]);

  const next = await create();
  expect(next.id).toBe(killed.id);
  expect(next.state.adopted).toBe(false);
  expect(next.said).toContain(`info: took over certificate ${next.id}, which an earlier run of this resource uploaded`);

  await command().delete(next.id, next.state);
  expect(await pool()).toEqual([]);
});

test("a description of the user's own proves nothing: the certificate is adopted, and stays", async () => {
  await create(WWW, { description: "web" });
  const next = await create(WWW, { description: "web" });
  expect(next.state.adopted).toBe(true);
  await command().delete(next.id, next.state);
  expect(await pool()).toEqual([[next.id, "web"]]);
});

test.each([
  ["of another name", WEB],
  ["of another stack", STAGE],
])("a certificate that a resource %s uploaded does not become the stack's own", async (_whose, urn) => {
  const theirs = await create(urn);
  const mine = await create();
  expect(mine.id).toBe(theirs.id);
  expect(mine.state.adopted).toBe(true);
  await command().delete(mine.id, mine.state);
  expect((await pool()).map(([id]) => id)).toEqual([theirs.id]);
});

test("of two copies of the certificate in the pool, the one that this resource uploaded is used", async () => {
  const theirs = await api.newCertificate(leaf);
  const replaced = command();
  const inputs = await replaced.inputs();
  // A second upload next to the existing certificate, as in a replacement on demand.
  await replaced.run.diff(theirs, { ...inputs, ...hidden }, { ...inputs, ...hidden });
  const { id } = await replaced.create(inputs);
  expect(id).not.toBe(theirs);
  expect((await create()).id).toBe(id);
});

test("the default description is no difference: not for a preview, not for a refresh, and not under another name", async () => {
  const { id, state, inputs } = await create();
  expect(state.description).toBeUndefined();
  for (const urn of [WWW, WEB]) {
    const later = command(urn);
    const own = { __provider: "Certificate", __urn: urn };
    expect(await later.run.diff(id, { ...state, ...own }, { ...inputs, ...own })).toMatchObject({ changes: 1 });
    expect(await later.read(id, state)).toEqual(state);
  }
});

test("renamed with an alias, the resource still deletes what it uploaded under the earlier name", async () => {
  const { id, state } = await create();
  await command(WEB).delete(id, state);
  expect(await pool()).toEqual([]);
});

test("a description of the program is added and removed in place; without it the default description returns", async () => {
  const { id, state, inputs } = await create();
  const described = { ...inputs, description: "web" };
  const one = command();
  expect(await one.run.diff(id, { ...state, ...hidden }, { ...described, ...hidden })).toMatchObject({ replaces: [] });
  const own = await one.update(id, state, described);
  expect(await pool()).toEqual([[id, "web"]]);

  const other = command();
  expect(await other.run.diff(id, { ...own, ...hidden }, { ...inputs, ...hidden })).toMatchObject({ replaces: [] });
  const without = await other.update(id, own, inputs);
  expect(without).toEqual(state);
  expect(await pool()).toEqual([[id, "Pulumi web/prod Certificate www"]]);
});

test("another change keeps the description, of the stack's own certificate and of an adopted one", async () => {
  const theirs = await create(STAGE);
  const { id, state, inputs } = await create();
  expect(state.adopted).toBe(true);
  await command().update(id, state, { ...inputs, email: "ops@example.com" });
  expect(await pool()).toEqual([[theirs.id, "Pulumi web/stage Certificate www"]]);
  await command(STAGE).update(theirs.id, theirs.state, { ...inputs, email: "web@example.com" });
  expect(await pool()).toEqual([[theirs.id, "Pulumi web/stage Certificate www"]]);
});

test("the description of a very long name is shortened, and stays unique", async () => {
  const [one, two] = ["1", "2"].map((last) => `${WWW}${"w".repeat(300)}${last}`);
  await create(one);
  expect((await create(two)).state.adopted).toBe(true);
  expect((await create(one)).state.adopted).toBe(false);
  const [[, text] = []] = await pool();
  expect(text).toHaveLength(255);
});

test("a run whose states belong to another organization does not use what an earlier run uploaded", async () => {
  await create();
  const other = command();
  const site = { __provider: "Site", siteName: "other.example.com", routingMethod: "DNS" };
  await other.run.diff("65fc70554a1c9c72079eb803", { ...site, ownerOrgId: "somebody" }, site);
  await expect(other.create(await other.inputs())).rejects.toMatchObject({
    reason: { code: "QWILT_OTHER_ORGANIZATION" },
  });
});
