/** The adapter in Pulumi's own provider process, over gRPC: unknowns, check failures, the error boundary, configuration. */

import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { type DynamicProcess, startDynamicProcess, UNKNOWN_VALUE } from "../support/engine/dynamic-process.ts";
import { materials } from "../support/x509/materials.ts";

const LINK = {
  siteId: "65fc70554a1c9c72079eb803",
  certificateId: 25,
  fingerprint: "ab",
  dnsNames: ["a.example"],
  notAfter: "2027-01-01T00:00:00.000Z",
  hosts: ["a.example"],
};

let open: DynamicProcess[] = [];
async function start(kind: string, config: Record<string, string> = {}, env: Record<string, string> = {}) {
  const started = await startDynamicProcess({ text: providerText(kind), config, env });
  open.push(started);
  return started;
}
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});

test("what is due by the clock is a change for the engine, although the program has not changed", async () => {
  const template = await start("CertificateTemplate");
  const inputs = { commonName: "www.example.com", autoManaged: false, renewBefore: "1/3", lifetimeDays: 47 };
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const state = {
    ...inputs,
    certificateTemplateId: 1,
    csrId: 2,
    csrIds: [2],
    csrPem: "",
    signingState: "",
    adopted: false,
  };
  expect(await template.diff("1", { ...state, createdAt: ago(10) }, inputs)).toMatchObject({ changes: 1 });
  expect(await template.diff("1", { ...state, createdAt: ago(35) }, inputs)).toEqual({
    changes: 2,
    replaces: ["renewBefore"],
    deleteBeforeReplace: false,
  });
});

describe("unknowns", () => {
  test.each(Object.keys(LINK))("an unknown %s passes check untouched and promises nothing", async (property) => {
    const link = await start("SiteCertificateLink");
    const news = { ...LINK, [property]: UNKNOWN_VALUE };
    const { inputs, failures } = await link.check({}, news);
    expect(failures).toEqual([]);
    expect(inputs[property]).toBe(UNKNOWN_VALUE);
  });

  test("an unknown inside a list keeps the list as it was", async () => {
    const link = await start("SiteCertificateLink");
    const hosts = ["a.example", UNKNOWN_VALUE];
    const { inputs, failures } = await link.check({}, { ...LINK, hosts });
    expect(failures).toEqual([]);
    expect(inputs.hosts).toEqual(hosts);
  });

  test("an unknown certificate plans the move, an unknown site a replacement", async () => {
    const link = await start("SiteCertificateLink");
    const state = {
      ...LINK,
      linkedCertificateId: 25,
      targets: { ga: { publishId: "p", publishStatus: "Success", activatedAt: "", certificateId: 25 } },
    };
    expect(await link.diff("x", state, LINK)).toMatchObject({ changes: 1 });
    expect(await link.diff("x", state, { ...LINK, certificateId: UNKNOWN_VALUE })).toEqual({
      changes: 0,
      replaces: [],
      deleteBeforeReplace: false,
    });
    expect(await link.diff("x", state, { ...LINK, siteId: UNKNOWN_VALUE })).toMatchObject({ replaces: ["siteId"] });
  });

  test("facts derived from an unknown certificate are unknown", async () => {
    const certificate = await start("Certificate");
    const { inputs, failures } = await certificate.check(
      {},
      { certificate: UNKNOWN_VALUE, certificateChain: UNKNOWN_VALUE, privateKey: UNKNOWN_VALUE },
    );
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ fingerprint: UNKNOWN_VALUE, notAfter: UNKNOWN_VALUE, publicKeyHash: UNKNOWN_VALUE });
    expect(inputs).not.toHaveProperty("privateKey");
  });
});

describe("check", () => {
  test("reports every finding on its property at once, and makes no call", async () => {
    const link = await start("SiteCertificateLink");
    const { failures } = await link.check({}, { siteId: 7, hosts: ["a", 3], coverage: "perhaps", certificateID: 4 });
    expect(failures.map(({ property }) => property)).toEqual([
      "siteId",
      "hosts",
      "coverage",
      "certificateID",
      "certificate",
    ]);
    expect(failures.find(({ property }) => property === "certificateID")?.reason).toContain(
      "Did you mean certificateId?",
    );
  });

  test("two mutually exclusive arguments are a finding", async () => {
    const certificate = await start("Certificate");
    const { failures } = await certificate.check(
      {},
      { certificate: UNKNOWN_VALUE, certificateChain: "", privateKey: "k", csrId: 3 },
    );
    expect(failures).toEqual([
      expect.objectContaining({ property: "csrId", reason: expect.stringContaining("mutually exclusive") }),
    ]);
  });

  test("a finding about a key names no property, because the engine prints the value of a failing property", async () => {
    const certificate = await start("Certificate");
    const [one, other] = await materials(2);
    if (one === undefined || other === undefined) throw new Error("two were asked for");
    const { failures, inputs } = await certificate.check(
      {},
      { certificate: one.leaf, certificateChain: one.chain, privateKey: other.key },
    );
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(/^privateKey: .*CERT_KEY_MISMATCH/) }]);
    expect(JSON.stringify({ failures, inputs })).not.toContain("PRIVATE KEY");
  });

  test("is a fixpoint: checked inputs pass unchanged", async () => {
    const link = await start("SiteCertificateLink");
    const first = await link.check({}, { ...LINK, certificateId: "25" });
    expect(first.inputs).toMatchObject({ certificateId: 25 });
    const second = await link.check(first.inputs, first.inputs);
    expect(second.inputs).toEqual(first.inputs);
  });
});

describe("configuration", () => {
  test("a missing credential fails every concurrent first call, with an error that names both places", async () => {
    const site = await start("Site", { "qwilt:endpoint": "http://127.0.0.1:9" });
    const answers = await Promise.all([1, 2, 3].map((n) => site.read(`s${n}`, { siteName: "a", siteId: `s${n}` })));
    for (const { error } of answers) {
      expect(error?.details).toContain("qwilt:apiKey");
      expect(error?.details).toContain("QWILT_API_KEY");
    }
  });

  test("a wrong setting is reported by check, with its source", async () => {
    const site = await start("Site", { "qwilt:maxConcurrency": "many" });
    await expect(site.check({}, { siteName: "a" })).rejects.toThrow(/qwilt:maxConcurrency/);
  });
});

describe("the error boundary", () => {
  test("an unreachable service is a plain error with a code and no partial state", async () => {
    const site = await start("Site", { "qwilt:endpoint": "http://127.0.0.1:9", "qwilt:apiKey": "key" });
    const { error } = await site.create({ siteName: "a" });
    expect(error?.details).toContain("[QWILT_API_UNREACHABLE]");
    expect(site.initFailed(error)).toBeUndefined();
  }, 30_000);

  test("a kind of a later release gives an error and does not hang", async () => {
    const later = await start("FromTheFuture");
    await expect(later.check({}, {})).rejects.toThrow(/FromTheFuture/);
  });
});

test("a key in the certificate's field is rejected even if its finding is suppressed", async () => {
  const [made] = await materials(1);
  const certificate = await start("Certificate");
  const { failures } = await certificate.check(
    {},
    {
      certificate: `${made?.leaf}${made?.key}`,
      certificateChain: made?.chain,
      privateKey: made?.key,
      lint: { allow: ["CERT_KEY_IN_CERTIFICATE"] },
    },
  );
  expect(failures.map(({ reason }) => reason).join()).toContain("CERT_KEY_IN_CERTIFICATE");
});
