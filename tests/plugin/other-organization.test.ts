/** What credentials of another organization do not find stays in the state, for each kind of resource and each verb. */

import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type SecondOrganization, secondOrganization } from "../support/emulator/second-organization.ts";
import { type DynamicProcess, startDynamicProcess } from "../support/engine/dynamic-process.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

type Properties = Record<string, unknown>;
interface Made {
  readonly id: string;
  readonly outs: Properties;
}

const KINDS = [
  "Certificate",
  "CertificateIssuance",
  "CertificateTemplate",
  "Site",
  "SiteCertificateLink",
  "SiteConfiguration",
  "SitePublication",
] as const;
type Kind = (typeof KINDS)[number];

/** The changed inputs of an update. */
const CHANGED: Readonly<Partial<Record<Kind, Properties>>> = {
  Certificate: { description: "another" },
  CertificateIssuance: { retrigger: "again" },
  Site: { siteName: "another.example.com" },
};

let emulator: EmulatorProcess;
let other: SecondOrganization;
let certificate: Properties;
let open: DynamicProcess[] = [];
const texts = new Map(KINDS.map((kind) => [kind, providerText(kind)]));
const made = new Map<Kind, Made>();

const of = (kind: Kind): Made => {
  const found = made.get(kind);
  if (found === undefined) throw new Error(`${kind} was not made`);
  return found;
};
const hidden = (kind: Kind) => ({ __provider: texts.get(kind), __urn: `urn:pulumi:prod::web::qwilt:${kind}::www` });

async function start(settings: Record<string, string>, env: Record<string, string> = {}): Promise<DynamicProcess> {
  const config = { "qwilt:endpoint": emulator.api, "qwilt:edgeProbe": "off", ...settings };
  const started = await startDynamicProcess({ text: texts.get("Site") ?? "", config, env });
  open.push(started);
  return started;
}

async function create(process: DynamicProcess, kind: Kind, args: Properties): Promise<Made> {
  const { inputs, failures } = await process.check({}, { ...hidden(kind), ...args });
  expect(failures).toEqual([]);
  const { ok, error } = await process.create({ ...inputs, ...hidden(kind) });
  if (ok === undefined) throw error ?? new Error(kind);
  return ok;
}

beforeAll(async () => {
  emulator = await startEmulatorProcess(["--publish-ms", "60"]);
  other = await secondOrganization(emulator);
  const [material] = await materials(1);
  if (material === undefined) throw new Error("no material");
  certificate = { certificate: material.leaf, certificateChain: material.chain, privateKey: material.key };
  const process = await start({ "qwilt:apiKey": emulator.apiKey });
  const keep = async (kind: Kind, args: Properties) => {
    const one = await create(process, kind, args);
    made.set(kind, one);
    return one.outs;
  };
  const { siteId } = await keep("Site", { siteName: "www.example.com" });
  const { revisionId } = await keep("SiteConfiguration", { siteId, hostIndex: hostIndex(["www.example.com"]) });
  await keep("Certificate", certificate);
  const { outs } = of("Certificate");
  const { fingerprint, dnsNames, notAfter } = outs;
  await keep("SiteCertificateLink", {
    siteId,
    certificateId: Number(of("Certificate").id),
    fingerprint,
    dnsNames,
    notAfter,
    hosts: [],
  });
  await keep("SitePublication", { siteId, revisionId });
  const { certificateTemplateId } = await keep("CertificateTemplate", { commonName: "issued.example.com" });
  await keep("CertificateIssuance", { certificateTemplateId, wait: "next-run" });
});
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});
afterAll(() => emulator?.close());

test.each(KINDS)("the state of a %s records its organization", (kind) => {
  const { ownerOrgId, tenant } = of(kind).outs;
  expect(ownerOrgId ?? tenant).toBe(emulator.organization);
});

const login = () => ({ "qwilt:username": emulator.username, "qwilt:password": emulator.password });

/** Read, update and delete are refused, naming both organizations and the source of the credentials, and do nothing. */
async function expectRefused(process: DynamicProcess, kind: Kind, source: string): Promise<void> {
  const since = await emulator.mark();
  const { id, outs } = of(kind);
  const state = { ...outs, ...hidden(kind) };
  // The texts of a certificate are inputs only.
  const { privateKey: _key, ...texts } = kind === "Certificate" ? certificate : { privateKey: undefined };
  const wanted = { ...state, ...texts, ...CHANGED[kind] };
  // Makes the key known to the process, as in a run.
  if (kind === "Certificate") await process.check({}, { ...certificate, ...hidden(kind) });
  for (const answer of [
    await process.read(id, state),
    await process.update(id, state, wanted),
    await process.remove(id, state),
  ]) {
    expect(answer.ok).toBeUndefined();
    const details = answer.error?.details ?? "";
    expect(details).toContain("[QWILT_OTHER_ORGANIZATION]");
    expect(details).toContain(`"${emulator.organization}"`);
    expect(details).toContain(`"${other.organization}"`);
    expect(details).toContain(source);
    // The engine would save the state of an init error.
    expect(process.initFailed(answer.error)).toBeUndefined();
  }
  const changed = (await emulator.ledger(since)).filter(({ method, status }) => method !== "GET" && status < 300);
  expect(changed).toEqual([]);
}

test.each(KINDS)("a key of another organization changes nothing of a %s, whichever verb comes first", async (kind) => {
  await expectRefused(await start({}, { QWILT_API_KEY: other.apiKey }), kind, "QWILT_API_KEY in the environment");
});

test("a key of another organization in the stack's configuration changes nothing, of any kind", async () => {
  const process = await start({ "qwilt:apiKey": other.apiKey });
  for (const kind of KINDS) await expectRefused(process, kind, "qwilt:apiKey of the stack");
});

test("a login of another organization changes nothing, of any kind", async () => {
  const process = await start({ ...login(), "qwilt:organization": other.organization });
  for (const kind of KINDS) await expectRefused(process, kind, "qwilt:username");
});

test("a read of an existing object sends no request about organizations", async () => {
  const process = await start({ "qwilt:apiKey": emulator.apiKey });
  const since = await emulator.mark();
  for (const kind of KINDS) {
    const { id, outs } = of(kind);
    expect((await process.read(id, { ...outs, ...hidden(kind) })).ok?.id).toBe(id);
  }
  const asked = (await emulator.ledger(since)).map(({ route }) => route);
  expect(asked).not.toContain("/api/1/api-keys");
  expect(asked).not.toContain("/api/v2/certificate-templates");
});

test("if the organization of the credentials is not known, what they do not find stays", async () => {
  await emulator.fault({ match: { method: "GET", route: "/api/1/api-keys", times: 1 }, effect: { status: 404 } });
  const process = await start({ "qwilt:apiKey": other.apiKey });
  const { id, outs } = of("CertificateTemplate");
  const { ok, error } = await process.read(id, { ...outs, ...hidden("CertificateTemplate") });
  expect(ok).toBeUndefined();
  expect(error?.details).toContain("[QWILT_OTHER_ORGANIZATION]");
  expect(error?.details).toContain("no response from Qwilt shows");
  expect(error?.details).toContain("pulumi state delete 'urn:pulumi:prod::web::qwilt:CertificateTemplate::www'");
});

test("an object that was not found stays in a state without an organization", async () => {
  const process = await start({ "qwilt:apiKey": other.apiKey });
  const { id, outs } = of("CertificateTemplate");
  const { ownerOrgId: _, ...state } = outs;
  const { ok, error } = await process.read(id, { ...state, ...hidden("CertificateTemplate") });
  expect(ok).toBeUndefined();
  expect(error?.details).toContain("the state does not contain the organization");
});

test("a state keeps its organization if its update fails before Qwilt returned one", async () => {
  const match = { method: "GET", route: "/api/v2/certificate-templates/*", times: 1_000 };
  await emulator.fault({ match, effect: { status: 409 } });
  const process = await start({ "qwilt:apiKey": emulator.apiKey });
  const { id, outs } = of("CertificateIssuance");
  const { certificateTemplateId } = outs;
  const wanted = { certificateTemplateId, ...CHANGED.CertificateIssuance, ...hidden("CertificateIssuance") };
  const { ok, error } = await process.update(id, { ...outs, ...hidden("CertificateIssuance") }, wanted);
  await emulator.ask("DELETE", "/faults");
  expect(ok).toBeUndefined();
  expect(process.initFailed(error)?.properties).toMatchObject({ ownerOrgId: emulator.organization });
});

test("an issuance without an organization, which exists in the state alone, is removed without a call", async () => {
  const process = await start({ "qwilt:apiKey": emulator.apiKey });
  const { id, outs } = of("CertificateIssuance");
  const { ownerOrgId: _, ...state } = outs;
  const since = await emulator.mark();
  const { error } = await process.remove(id, { ...state, ...hidden("CertificateIssuance") });
  expect(error).toBeUndefined();
  expect(await emulator.ledger(since)).toEqual([]);
});

test("a run with a state of another organization creates nothing, and adopts nothing", async () => {
  const process = await start({ "qwilt:apiKey": other.apiKey });
  const { id, outs } = of("Site");
  await process.diff(id, { ...outs, ...hidden("Site") }, { siteName: outs.siteName, ...hidden("Site") });
  const since = await emulator.mark();
  const inputs = { siteName: "new.example.com", ...hidden("Site"), __urn: "urn:pulumi:prod::web::qwilt:Site::new" };
  const { error } = await process.create(inputs);
  expect(error?.details).toContain("Nothing new is created with these credentials.");
  expect((await emulator.ledger(since)).filter(({ method }) => method !== "GET")).toEqual([]);
});

test("a run without states creates objects with any key", async () => {
  const process = await start({ "qwilt:apiKey": other.apiKey });
  const { outs } = await create(process, "Site", { siteName: "new.example.com" });
  expect(outs.ownerOrgId).toBe(other.organization);
});

test("objects that the own organization deleted leave the state, also if nothing of it is left", async () => {
  const process = await start({ "qwilt:apiKey": other.apiKey });
  const { id, outs } = await create(process, "CertificateTemplate", { commonName: "gone.example.com" });
  await process.remove(id, { ...outs, ...hidden("CertificateTemplate") });
  const later = await start({ "qwilt:apiKey": other.apiKey });
  expect((await later.read(id, { ...outs, ...hidden("CertificateTemplate") })).ok?.id).toBe("");
});
