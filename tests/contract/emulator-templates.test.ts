/** Templates and their signing requests over HTTP, including the upload of a certificate for a self-managed one. */
import "reflect-metadata";
import { createPublicKey } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { createCertificateAuthority } from "../../emulator/issuance/ca.ts";
import { base64, field, frozenEmulator, newLeaf, uploadOf } from "./emulator-harness.ts";
import { managedTemplate, pairs, requests, templates } from "./emulator-signing.ts";

const emulator = frozenEmulator();
const pem = async (csrId: string) => (await emulator().call("GET", `${requests}/${csrId}/pem`)).text;

async function selfManaged(fields: object = {}) {
  const body = { commonName: "shop.example.com", autoManagedCertificateTemplate: false, ...fields };
  const made = await emulator().call("POST", templates, body);
  return { templateId: field(made, "certificateTemplateId"), csrId: field(made, "csrId") };
}

describe("templates", () => {
  test("a new one returns 201 with every field of the reference, and its request can be read at once", async () => {
    const api = emulator();
    const made = await api.call("POST", "//api/v2/certificate-templates", {
      commonName: "www.example.com",
      sans: ["*.example.com"],
      organizationName: "Example",
      autoManagedCertificateTemplate: true,
    });
    expect(made.status).toBe(201);
    expect(made.json).toEqual({
      certificateTemplateId: 1,
      tenant: "devorg",
      commonName: "www.example.com",
      sans: ["*.example.com"],
      country: null,
      state: null,
      locality: null,
      organizationName: "Example",
      autoManagedCertificateTemplate: true,
      lastCertificateId: null,
      csrId: 1,
      csrIds: [1],
    });
    expect((await api.call("GET", "//api/v2/certificate-signing-requests/1")).json).toEqual({
      csrId: 1,
      tenant: "devorg",
      commonName: "www.example.com",
      sans: ["*.example.com"],
      country: null,
      state: null,
      locality: null,
      organizationName: "Example",
      challengeDelegationOfDomainsList: [
        { fromDomain: "_acme-challenge.www.example.com", toDomain: expect.stringMatching(/^\w+\.acme\.cqloud\.com$/) },
        { fromDomain: "_acme-challenge.example.com", toDomain: expect.stringMatching(/^\w+\.acme\.cqloud\.com$/) },
      ],
      signingState: "PENDING_CHALLENGE_DELEGATION",
      autoManagedCsr: true,
      lastCertificateId: null,
      certificateTemplateIdRef: "1",
    });
  });

  test("the list has the newest first, and only those of the organization", async () => {
    const api = emulator();
    await managedTemplate(api, "a.example.com");
    await managedTemplate(api, "b.example.com");
    const { json } = await api.call("GET", templates);
    expect(json).toMatchObject([{ commonName: "b.example.com" }, { commonName: "a.example.com" }]);
    expect((await api.call("GET", requests)).json).toMatchObject([{ csrId: 1 }, { csrId: 2 }]);
  });

  test("without additional names, sans is null; an empty list stays an empty list", async () => {
    const api = emulator();
    const bare = await api.call("POST", templates, { commonName: "a.example.com" });
    expect(bare.json).toMatchObject({ sans: null, autoManagedCertificateTemplate: true });
    expect((await api.call("POST", templates, { commonName: "a.example.com", sans: [] })).json).toMatchObject({
      sans: [],
    });
  });

  test("a deleted one no longer exists, nor do its requests, and its certificates stay", async () => {
    const api = emulator();
    const { templateId, csrId } = await managedTemplate(api, "a.example.com");
    await api.control("POST", `/csrs/${csrId}/state`, { signingState: "NOTIFIED_SITES" });
    expect((await api.call("DELETE", `${templates}/${templateId}`)).status).toBe(200);
    expect((await api.call("GET", `${templates}/${templateId}`)).status).toBe(404);
    expect((await api.call("GET", `${requests}/${csrId}`)).status).toBe(404);
    expect((await api.call("GET", "/api/v2/certificates/1")).json).toMatchObject({ csrId });
    const siteId = await api.newSite("a");
    expect((await api.link(siteId, "1")).status).toBe(201);
  });

  test("empty subject texts and null sans count as omitted, and the response has null for them", async () => {
    const empty = { country: "", state: "", locality: "", organizationName: "", sans: null, keyType: "" };
    const made = await emulator().call("POST", templates, {
      commonName: "www.example.com",
      autoManagedCertificateTemplate: true,
      ...empty,
    });
    expect(made.status).toBe(201);
    const absent = { country: null, state: null, locality: null, organizationName: null, sans: null };
    expect(made.json).toMatchObject(absent);
    expect((await emulator().call("GET", `${templates}/1`)).json).toMatchObject(absent);
    expect((await emulator().call("GET", `${requests}/1`)).json).toMatchObject(absent);
  });

  test.each<[string, object]>([
    ["no common name", {}],
    ["a common name that is no text", { commonName: 7 }],
    ["a common name of one label", { commonName: "localhost" }],
    ["an address", { commonName: "192.0.2.1" }],
    ["a wildcard in the middle", { commonName: "a.*.example.com" }],
    ["a name with a space", { commonName: "a b.example.com" }],
    ["sans that are no list", { commonName: "a.example.com", sans: "b.example.com" }],
    ["sans with something else", { commonName: "a.example.com", sans: [1] }],
    ["101 sans", { commonName: "a.example.com", sans: Array.from({ length: 101 }, (_, n) => `n${n}.example.com`) }],
    ["a country of three letters", { commonName: "a.example.com", country: "DEU" }],
    ["a flag that is no boolean", { commonName: "a.example.com", autoManagedCertificateTemplate: "yes" }],
  ])("%s is rejected with 400, and nothing is created", async (_title, body) => {
    expect((await emulator().call("POST", templates, body)).status).toBe(400);
    expect((await emulator().call("GET", templates)).json).toEqual([]);
    expect((await emulator().call("GET", requests)).json).toEqual([]);
  });

  test("a template of another organization is not found, nor is its request", async () => {
    const api = emulator();
    await managedTemplate(api, "a.example.com");
    const { username, password } = api.emulator;
    const basic = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
    const login = await api.as({ authorization: basic }).call("GET", "/login?orgId=devorg-2");
    const token = /cqloudLoginToken=([^;]+)/.exec(String(login.headers["set-cookie"]))?.[1] ?? "";
    const other = api.as({ authorization: `Bearer ${token}` });
    expect((await other.call("GET", templates)).json).toEqual([]);
    for (const target of [`${templates}/1`, `${requests}/1`, `${requests}/1/pem`]) {
      expect((await other.call("GET", target)).status).toBe(404);
    }
    expect((await other.call("DELETE", `${templates}/1`)).status).toBe(404);
    expect((await other.call("POST", `${templates}/1/certificate-signing-requests`)).status).toBe(404);
  });
});

describe("delegation records", () => {
  test("a wildcard and its base name share one, IDN names are A-labels", async () => {
    const { csrId } = await managedTemplate(emulator(), "*.Example.com", "example.com", "münchen.example", "WWW.x.org");
    expect((await pairs(emulator(), csrId)).map(({ fromDomain }) => fromDomain)).toEqual([
      "_acme-challenge.example.com",
      "_acme-challenge.xn--mnchen-3ya.example",
      "_acme-challenge.www.x.org",
    ]);
  });

  test("101 names have 101 records, which are the same in every state and for every new request", async () => {
    const api = emulator();
    const names = Array.from({ length: 100 }, (_, index) => `n${index}.example.com`);
    const { templateId, csrId } = await managedTemplate(api, "www.example.com", ...names);
    const before = await pairs(api, csrId);
    expect(new Set(before.map(({ toDomain }) => toDomain)).size).toBe(101);
    for (const signingState of ["CA_SIGN_FAILURE", "NOTIFY_SITES", "NOTIFIED_SITES"]) {
      await api.control("POST", `/csrs/${csrId}/state`, { signingState });
      expect(await pairs(api, csrId)).toEqual(before);
    }
    const next = await api.call("POST", `${templates}/${templateId}/certificate-signing-requests`);
    expect(await pairs(api, field(next, "csrId"))).toEqual(before);
  });

  test("another template for the same name has the same record", async () => {
    const first = await managedTemplate(emulator(), "www.example.com");
    const second = await managedTemplate(emulator(), "a.example.com", "www.example.com");
    const [record] = await pairs(emulator(), first.csrId);
    expect(await pairs(emulator(), second.csrId)).toContainEqual(record);
  });

  test("a self-managed request has none", async () => {
    expect(await pairs(emulator(), (await selfManaged()).csrId)).toEqual([]);
  });
});

describe("the PKCS#10 request", () => {
  test("is signed, has an RSA-2048 key, all names and, when self-managed, the whole subject", async () => {
    const { csrId } = await selfManaged({
      sans: ["*.shop.example.com", "Bücher.example"],
      country: "de",
      state: "Bayern",
      locality: "München",
      organizationName: "Example, GmbH",
    });
    const request = new x509.Pkcs10CertificateRequest(await pem(csrId));
    expect(await request.verify()).toBe(true);
    expect(request.subjectName.toJSON()).toEqual([
      { C: ["DE"] },
      { ST: ["Bayern"] },
      { L: ["München"] },
      { O: ["Example, GmbH"] },
      { CN: ["shop.example.com"] },
    ]);
    const names = request.extensions.find((one) => one instanceof x509.SubjectAlternativeNameExtension);
    expect(names?.names.items.map(({ value }) => value)).toEqual([
      "shop.example.com",
      "*.shop.example.com",
      "xn--bcher-kva.example",
    ]);
    const key = createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: "der", type: "spki" });
    expect([key.asymmetricKeyType, key.asymmetricKeyDetails?.modulusLength]).toEqual(["rsa", 2048]);
  });

  test("of a managed template has the common name alone, and none at all when that is too long", async () => {
    const short = await emulator().call("POST", templates, { commonName: "a.example.com", organizationName: "X" });
    expect(new x509.Pkcs10CertificateRequest(await pem(field(short, "csrId"))).subject).toBe("CN=a.example.com");
    const { csrId } = await managedTemplate(emulator(), `${"a".repeat(60)}.example.com`);
    expect(new x509.Pkcs10CertificateRequest(await pem(csrId)).subject).toBe("");
  });

  test("is answered as text at two paths, with a key of its own for each request", async () => {
    const first = await selfManaged();
    const second = await selfManaged();
    const answer = await emulator().call("GET", `${requests}/${first.csrId}/pem`);
    expect(answer.headers["content-type"]).toMatch("text/plain");
    expect(answer.text).toMatch(/^-----BEGIN CERTIFICATE REQUEST-----\n/);
    expect((await emulator().call("GET", `${requests}/${first.csrId}/download`)).text).toBe(answer.text);
    expect(await pem(second.csrId)).not.toBe(answer.text);
  });

  test("no response, ledger row or fault ever contains the private key", async () => {
    const api = emulator();
    const { csrId } = await managedTemplate(api, "a.example.com");
    await api.control("POST", `/csrs/${csrId}/state`, { signingState: "NOTIFIED_SITES" });
    const targets = [templates, requests, `${requests}/1`, `${requests}/1/pem`, "/api/v2/certificates?detailed=true"];
    for (const target of targets) expect((await api.call("GET", target)).text).not.toMatch(/PRIVATE|keyPem/);
    for (const target of ["/ledger", "/edge/history"]) {
      expect((await api.control("GET", target)).text).not.toMatch(/PRIVATE|keyPem/);
    }
  });
});

describe("a self-managed request", () => {
  const sign = async (csrPem: string) => {
    const { mkdtemp } = await import("node:fs/promises");
    const { tmpdir } = await import("node:os");
    const { join } = await import("node:path");
    const now = emulator().emulator.clock.now();
    const ca = await createCertificateAuthority({
      directory: await mkdtemp(join(tmpdir(), "corporate-")),
      commonName: "Corporate CA",
      now: () => now,
    });
    const { certificatePem, chainPem } = ca.signCsr(csrPem, { notBefore: now, notAfter: now + 47 * 86_400_000 });
    return { certificate: base64(certificatePem), certificateChain: base64(chainPem) };
  };

  test.each([
    ["text", (csrId: string): unknown => csrId],
    ["number", (csrId: string): unknown => Number(csrId)],
  ])("accepts a certificate from any CA, its id as a %s, and returns it as the newest", async (_title, spell) => {
    const api = emulator();
    const { templateId, csrId } = await selfManaged();
    expect((await api.call("GET", `${requests}/${csrId}`)).json).toMatchObject({
      signingState: "REQUESTING_CERTIFICATE_FROM_CA",
      autoManagedCsr: false,
    });
    const uploaded = await api.call("POST", "/api/v2/certificates", {
      ...(await sign(await pem(csrId))),
      csrId: spell(csrId),
    });
    expect(uploaded).toMatchObject({ status: 201, json: { csrId, domain: "shop.example.com", status: "ISSUED" } });
    expect((await api.call("GET", `${requests}/${csrId}`)).json).toMatchObject({
      signingState: "NOTIFIED_SITES",
      lastCertificateId: 1,
    });
    expect((await api.call("GET", `${templates}/${templateId}`)).json).toMatchObject({ lastCertificateId: 1 });
    await api.liveSite("shop", ["shop.example.com"], "1");
    expect((await api.control("GET", "/edge")).json).toMatchObject([{ host: "shop.example.com", certificateId: 1 }]);
  });

  test("accepts a second certificate for the same key; if one is deleted, the other one is the newest", async () => {
    const api = emulator();
    const { templateId, csrId } = await selfManaged();
    for (const _time of [1, 2]) {
      const body = { ...(await sign(await pem(csrId))), csrId };
      expect((await api.call("POST", "/api/v2/certificates", body)).status).toBe(201);
    }
    const newest = async () => field(await api.call("GET", `${templates}/${templateId}`), "lastCertificateId");
    expect(await newest()).toBe("2");
    await api.call("DELETE", "/api/v2/certificates/2");
    expect(await newest()).toBe("1");
  });

  test("rejects a certificate for another key, a key in addition to the id, and an id that does not exist", async () => {
    const api = emulator();
    const { csrId } = await selfManaged();
    const other = uploadOf(await newLeaf("shop.example.com"));
    const { privateKey: _key, ...texts } = other;
    expect((await api.call("POST", "/api/v2/certificates", { ...texts, csrId })).status).toBe(400);
    expect((await api.call("POST", "/api/v2/certificates", { ...other, csrId })).status).toBe(400);
    expect((await api.call("POST", "/api/v2/certificates", { ...texts, csrId: "99" })).status).toBe(404);
    expect((await api.call("GET", "/api/v2/certificates")).json).toEqual([]);
  });

  test("keeps its key through an update of the description", async () => {
    const api = emulator();
    const { csrId } = await selfManaged();
    const texts = await sign(await pem(csrId));
    await api.call("POST", "/api/v2/certificates", { ...texts, csrId });
    const updated = await api.call("PUT", "/api/v2/certificates/1", { ...texts, privateKey: "", description: "new" });
    expect(updated).toMatchObject({ status: 200, json: { certId: 1, csrId, description: "new" } });
  });

  test("is never renewed", async () => {
    const api = emulator();
    const { templateId, csrId } = await selfManaged();
    await api.call("POST", "/api/v2/certificates", { ...(await sign(await pem(csrId))), csrId });
    api.emulator.clock.advance(100 * 86_400_000);
    expect((await api.call("GET", `${templates}/${templateId}`)).json).toMatchObject({ csrIds: [Number(csrId)] });
  });
});

test("an upload for a request that Qwilt manages is rejected with 409", async () => {
  const { csrId } = await managedTemplate(emulator(), "a.example.com");
  const { privateKey: _key, ...texts } = uploadOf(await newLeaf("a.example.com"));
  expect((await emulator().call("POST", "/api/v2/certificates", { ...texts, csrId })).status).toBe(409);
});

test("a viewer may read templates and requests, but not create, trigger or delete them", async () => {
  const api = emulator();
  await managedTemplate(api, "a.example.com");
  const key = await api.call("POST", "/api/1/api-keys", { name: "v", ttl: 1, permission: "MediaViewer" });
  const viewer = api.as({ "x-api-key": field(key, "apiToken") });
  for (const target of [templates, `${templates}/1`, requests, `${requests}/1`, `${requests}/1/pem`]) {
    expect((await viewer.call("GET", target)).status).toBe(200);
  }
  expect((await viewer.call("POST", templates, { commonName: "b.example.com" })).status).toBe(403);
  expect((await viewer.call("POST", `${templates}/1/certificate-signing-requests`)).status).toBe(403);
  expect((await viewer.call("DELETE", `${templates}/1`)).status).toBe(403);
});
