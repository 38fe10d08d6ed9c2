import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import { makeLeaf, sharedKeys } from "../support/x509/factory.ts";
import { base64, field, frozenEmulator, newLeaf, uploadOf } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const path = "/api/v2/certificates";
const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");

describe("POST certificates", () => {
  test("answers 201 with every field of the reference and never with the key", async () => {
    const leaf = await newLeaf("www.example.com", "example.com");
    const upload = uploadOf(leaf);
    const answer = await emulator().call("POST", path, upload);
    const spki = new X509Certificate(leaf.certificate).publicKey.export({ type: "spki", format: "der" });
    expect(answer.status).toBe(201);
    expect(answer.json).toEqual({
      certId: 1,
      certificate: upload.certificate,
      certificateChain: upload.certificateChain,
      csrId: null,
      description: "a certificate",
      pkHash: sha256(spki),
      tenant: "devorg",
      domain: "www.example.com",
      status: "ISSUED",
      type: "CDN",
      expiryNotify: null,
      email: null,
    });
    for (const target of [`${path}/1?detailed=true`, `${path}?detailed=true`]) {
      expect((await emulator().call("GET", target)).text).not.toContain(upload.privateKey.slice(40, 80));
    }
  });

  test("accepts what the official tests send: self-signed, IP name, itself as chain, PKCS#1, URL-safe, newlines", async () => {
    const keys = sharedKeys("RSA-2048");
    const leaf = await makeLeaf({ names: ["self.example.com", "127.0.0.1"], ca: "self", keys });
    const pkcs1 = createPrivateKey(leaf.privateKey).export({ type: "pkcs1", format: "pem" }).toString();
    const encode = (text: string) =>
      `${Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_")}\n`;
    const upload = {
      certificate: encode(leaf.certificate),
      certificateChain: encode(leaf.certificate),
      privateKey: encode(pkcs1),
      description: "",
    };
    const answer = await emulator().call("POST", path, upload);
    expect(answer).toMatchObject({ status: 201, json: { domain: "self.example.com", description: "" } });
    // Verbatim, including the newline.
    const read = await emulator().call("GET", `${path}/${field(answer, "certId")}?detailed=true`);
    expect(read.json).toMatchObject({ certificate: upload.certificate, certificateChain: upload.certificateChain });
  });

  test("decodes the URL-safe alphabet of texts with free text around the blocks", async () => {
    const leaf = await newLeaf("a.example.com");
    const certificate = Buffer.from(`friendlyName: ~~~???>>>\n${leaf.certificate}`).toString("base64url");
    expect(certificate).toMatch(/[-_]/);
    const answer = await emulator().call("POST", path, { ...uploadOf(leaf), certificate });
    expect(answer).toMatchObject({ status: 201, json: { certificate } });
  });

  test.each(["RSA-2048", "EC-P256", "EC-P384", "Ed25519"] as const)("accepts a key of type %s", async (type) => {
    const leaf = await makeLeaf({ names: ["a.example.com"], keys: sharedKeys(type) });
    expect((await emulator().call("POST", path, uploadOf(leaf))).status).toBe(201);
  });

  test("accepts an expired certificate, and returns it as EXPIRED", async () => {
    const leaf = await makeLeaf({
      names: ["old.example.com"],
      notBefore: new Date("2025-01-01T00:00:00Z"),
      notAfter: new Date("2025-02-01T00:00:00Z"),
    });
    expect(await emulator().call("POST", path, uploadOf(leaf))).toMatchObject({
      status: 201,
      json: { status: "EXPIRED" },
    });
  });

  test("accepts the same certificate twice, as two", async () => {
    const upload = uploadOf(await newLeaf("a.example.com"));
    expect(field(await emulator().call("POST", path, upload), "certId")).toBe("1");
    expect(field(await emulator().call("POST", path, upload), "certId")).toBe("2");
  });

  test("names the certificate after its first DNS name when it has no common name", async () => {
    const leaf = await makeLeaf({ names: ["first.example.com", "second.example.com"], commonName: "" });
    expect((await emulator().call("POST", path, uploadOf(leaf))).json).toMatchObject({ domain: "first.example.com" });
  });

  test.each([
    ["true", true],
    ["an object", { daysBefore: [30, 7] }],
  ])("stores and echoes expiryNotify as %s, and the e-mail", async (_title, expiryNotify) => {
    const upload = { ...uploadOf(await newLeaf("a.example.com")), expiryNotify, email: "owner@example.com" };
    const certId = field(await emulator().call("POST", path, upload), "certId");
    expect((await emulator().call("GET", `${path}/${certId}`)).json).toMatchObject({
      expiryNotify,
      email: "owner@example.com",
    });
  });

  test("a description that was not sent is null", async () => {
    const { description: _left, ...upload } = uploadOf(await newLeaf("a.example.com"));
    expect((await emulator().call("POST", path, upload)).json).toMatchObject({ description: null });
  });

  type Upload = ReturnType<typeof uploadOf>;
  test.each<[string, (upload: Upload, other: Upload) => object]>([
    ["no certificate", ({ certificate: _left, ...rest }) => rest],
    ["a certificate that is not base64", (upload) => ({ ...upload, certificate: "-----BEGIN CERTIFICATE-----" })],
    ["a certificate that is not PEM", (upload) => ({ ...upload, certificate: base64("hello") })],
    [
      "broken PEM",
      (upload) => ({
        ...upload,
        certificate: base64("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      }),
    ],
    [
      "two certificates in the leaf field",
      (upload) => ({ ...upload, certificate: base64(Buffer.from(upload.certificate, "base64").toString().repeat(2)) }),
    ],
    ["the key in the field of the certificate", (upload) => ({ ...upload, certificate: upload.privateKey })],
    ["a chain that is not base64", (upload) => ({ ...upload, certificateChain: "***" })],
    ["a chain without a certificate", (upload) => ({ ...upload, certificateChain: base64("hello") })],
    ["a chain of keys", (upload) => ({ ...upload, certificateChain: upload.privateKey })],
    ["a key of another certificate", (upload, other) => ({ ...upload, privateKey: other.privateKey })],
    ["a key that is not base64", (upload) => ({ ...upload, privateKey: "***" })],
    ["a key that is no key", (upload) => ({ ...upload, privateKey: upload.certificate })],
    ["neither key nor csrId", ({ privateKey: _left, ...rest }) => rest],
    ["an empty key", (upload) => ({ ...upload, privateKey: "" })],
    ["both key and csrId", (upload) => ({ ...upload, csrId: "102" })],
    ["a description that is no text", (upload) => ({ ...upload, description: 5 })],
  ])("refuses %s with 400", async (_title, change) => {
    const upload = uploadOf(await newLeaf("a.example.com"));
    const other = uploadOf(await newLeaf("b.example.com"));
    const answer = await emulator().call("POST", path, change(upload, other));
    expect(answer).toMatchObject({ status: 400, json: { message: expect.any(String), status: 400 } });
    expect((await emulator().call("GET", path)).json).toEqual([]);
  });

  test("rejects a key with a passphrase with 400", async () => {
    const leaf = await newLeaf("a.example.com");
    const locked = createPrivateKey(leaf.privateKey).export({
      type: "pkcs8",
      format: "pem",
      cipher: "aes-256-cbc",
      passphrase: "secret",
    });
    const answer = await emulator().call("POST", path, { ...uploadOf(leaf), privateKey: base64(locked.toString()) });
    expect(answer).toMatchObject({ status: 400, json: { message: expect.stringContaining("passphrase") } });
  });

  test.each(["102", 102])("a csrId %j that does not exist is a 404", async (csrId) => {
    const { privateKey: _left, ...upload } = uploadOf(await newLeaf("a.example.com"));
    expect((await emulator().call("POST", path, { ...upload, csrId })).status).toBe(404);
  });
});

describe("GET certificates", () => {
  test("lists the pool oldest first, without PEM unless it is requested", async () => {
    const uploads = [uploadOf(await newLeaf("z.example.com")), uploadOf(await newLeaf("a.example.com"))];
    for (const upload of uploads) await emulator().call("POST", path, upload);
    const short = await emulator().call("GET", path);
    expect(short.json).toEqual([
      expect.objectContaining({ certId: 1, csrId: null, domain: "z.example.com" }),
      expect.objectContaining({ certId: 2, csrId: null, domain: "a.example.com" }),
    ]);
    expect(short.text).not.toContain('"certificate"');
    const detailed = await emulator().call("GET", `${path}?detailed=true`);
    expect(detailed.json).toEqual(
      uploads.map(({ certificate, certificateChain }) => expect.objectContaining({ certificate, certificateChain })),
    );
  });

  test.each(["99", "abc", "1.5", "-1"])("certificate %s does not exist: 404", async (id) => {
    for (const method of ["GET", "DELETE"]) {
      expect((await emulator().call(method, `${path}/${id}`)).status).toBe(404);
    }
  });

  test("returns ISSUED, ACTIVE while a published site uses it, ISSUED again, EXPIRED after its expiry", async () => {
    const certId = await emulator().newCertificate(await newLeaf("www.example.com"));
    const status = async () => field(await emulator().call("GET", `${path}/${certId}`), "status");
    expect(await status()).toBe("ISSUED");
    const { siteId } = await emulator().liveSite("a", ["www.example.com"], certId);
    expect(await status()).toBe("ACTIVE");
    await emulator().unpublish(siteId);
    emulator().emulator.clock.advance(300);
    expect(await status()).toBe("ISSUED");
    emulator().emulator.clock.set("2027-02-01T00:00:00Z");
    expect(await status()).toBe("ISSUED");
    emulator().emulator.clock.advance(1);
    expect(await status()).toBe("EXPIRED");
  });

  test("shows REVOKED after an operator revoked it", async () => {
    const certId = await emulator().newCertificate(await newLeaf("www.example.com"));
    const answer = await emulator().control("POST", `/certificates/${certId}/revoke`);
    expect(answer).toMatchObject({ status: 200, json: { status: "REVOKED" } });
    expect(field(await emulator().call("GET", `${path}/${certId}`), "status")).toBe("REVOKED");
    expect((await emulator().control("POST", "/certificates/99/revoke")).status).toBe(404);
  });
});

describe("PUT certificates/{certId}", () => {
  test("changes the description and keeps id, texts and key, with and without the key in the request", async () => {
    const upload = uploadOf(await newLeaf("a.example.com"));
    const certId = field(await emulator().call("POST", path, upload), "certId");
    for (const privateKey of [upload.privateKey, "", undefined]) {
      const description = `with key ${privateKey === undefined ? "left out" : privateKey.length}`;
      const answer = await emulator().call("PUT", `${path}/${certId}`, { ...upload, privateKey, description });
      expect(answer).toMatchObject({ status: 200, json: { certId: Number(certId), description } });
      const read = await emulator().call("GET", `${path}/${certId}?detailed=true`);
      expect(read.json).toMatchObject({ description, certificate: upload.certificate });
    }
  });

  test("new material under the same id is served after a republish, not before", async () => {
    const certId = await emulator().newCertificate(await newLeaf("www.example.com"));
    const { siteId } = await emulator().liveSite("a", ["www.example.com"], certId);
    const next = await newLeaf("www.example.com");
    expect((await emulator().call("PUT", `${path}/${certId}`, uploadOf(next))).status).toBe(200);
    const fingerprint = sha256(new X509Certificate(next.certificate).raw);
    const served = async () => (await emulator().control("GET", "/edge")).json;
    expect(await served()).not.toEqual([expect.objectContaining({ fingerprint })]);
    await emulator().republish(siteId);
    emulator().emulator.clock.advance(300);
    expect(await served()).toEqual([expect.objectContaining({ certificateId: Number(certId), fingerprint })]);
  });

  test("rejects a certificate that the stored key does not match, a new csrId, a missing certificate", async () => {
    const upload = uploadOf(await newLeaf("a.example.com"));
    const other = uploadOf(await newLeaf("b.example.com"));
    const certId = field(await emulator().call("POST", path, upload), "certId");
    for (const body of [{ ...other, privateKey: "" }, { ...upload, csrId: "7" }, { description: "only" }]) {
      expect((await emulator().call("PUT", `${path}/${certId}`, body)).status).toBe(400);
    }
    expect((await emulator().call("PUT", `${path}/99`, upload)).status).toBe(404);
  });
});

describe("DELETE certificates/{certId}", () => {
  test("deletes it permanently", async () => {
    const certId = await emulator().newCertificate(await newLeaf("a.example.com"));
    expect((await emulator().call("DELETE", `${path}/${certId}`)).status).toBe(200);
    expect((await emulator().call("GET", `${path}/${certId}`)).status).toBe(404);
    expect((await emulator().call("GET", path)).json).toEqual([]);
    expect((await emulator().call("DELETE", `${path}/${certId}`)).status).toBe(404);
    // An id is never used twice.
    expect(await emulator().newCertificate(await newLeaf("a.example.com"))).toBe("2");
  });

  test("is rejected with 409 while it is linked", async () => {
    const certId = await emulator().newCertificate(await newLeaf("a.example.com"));
    const siteId = await emulator().newSite("a");
    await emulator().link(siteId, certId);
    expect((await emulator().call("DELETE", `${path}/${certId}`)).status).toBe(409);
    await emulator().call("DELETE", `/api/v2/sites/${siteId}/certificates/${certId}`);
    expect((await emulator().call("DELETE", `${path}/${certId}`)).status).toBe(200);
  });

  test("does not affect what was published with it", async () => {
    const certId = await emulator().newCertificate(await newLeaf("www.example.com"));
    const { siteId } = await emulator().liveSite("a", ["www.example.com"], certId);
    await emulator().call("DELETE", `/api/v2/sites/${siteId}/certificates/${certId}`);
    expect((await emulator().call("DELETE", `${path}/${certId}`)).status).toBe(200);
    expect((await emulator().control("GET", "/edge")).json).toEqual([
      expect.objectContaining({ host: "www.example.com", certificateId: Number(certId) }),
    ]);
  });
});

describe("templates and signing requests", () => {
  test("there are none yet, with one slash or two", async () => {
    for (const slash of ["", "/"]) {
      for (const [target, status] of [
        ["/api/v2/certificate-templates", 200],
        ["/api/v2/certificate-templates/9", 404],
        ["/api/v2/certificate-signing-requests", 200],
        ["/api/v2/certificate-signing-requests/9", 404],
      ] as const) {
        expect((await emulator().call("GET", slash + target)).status).toBe(status);
      }
    }
  });
});

describe("GET device-ip", () => {
  test("lists networks with IPv4 and IPv6 addresses, and does not change", async () => {
    const answer = await emulator().call("GET", "/api/1.0/network/device-ip");
    expect(answer).toMatchObject({ status: 200, json: { md5: expect.stringMatching(/^[0-9a-f]{32}$/) } });
    expect(answer.json).toMatchObject({
      createTimeMillis: expect.any(Number),
      ipData: { "qwilt-network-1": { ipv4: expect.any(Array), ipv6: expect.any(Array) } },
    });
    emulator().emulator.clock.advance(3_600_000 * 5);
    expect((await emulator().call("GET", "/api/1.0/network/device-ip")).text).toBe(answer.text);
  });
});
