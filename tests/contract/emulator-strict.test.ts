import { makeLeaf } from "../support/x509/factory.ts";
import { field, frozenEmulator, hostIndex, metadata, newLeaf, uploadOf } from "./emulator-harness.ts";

const emulator = frozenEmulator({ strict: true });
const traffic = metadata("MI.TrafficType", { "traffic-type": "vod" });

async function savedSite(...site: object[]) {
  const siteId = await emulator().newSite("a");
  const body = { hostIndex: { metadata: [traffic, ...site], ...hostIndex("www.example.com") }, changeDescription: "" };
  const revisionId = field(await emulator().call("POST", `/api/1/sites/${siteId}/configurations`, body), "revisionId");
  return { siteId, revisionId };
}

test("a configuration without a traffic type is refused", async () => {
  const siteId = await emulator().newSite("a");
  const body = { hostIndex: hostIndex("www.example.com") };
  expect((await emulator().call("POST", `/api/1/sites/${siteId}/configurations`, body)).status).toBe(400);
});

test("a second operation is refused until the first has ended", async () => {
  const { siteId, revisionId } = await savedSite();
  await emulator().publish(siteId, revisionId);
  emulator().emulator.clock.advance(299);
  expect((await emulator().publish(siteId, revisionId)).status).toBe(409);
  emulator().emulator.clock.advance(1);
  expect((await emulator().publish(siteId, revisionId)).status).toBe(201);
});

test("a publish with a certificate that does not cover a secured host ends Invalid, and says why", async () => {
  const { siteId, revisionId } = await savedSite();
  await emulator().link(siteId, await emulator().newCertificate(await newLeaf("other.example.com")));
  const publishId = field(await emulator().publish(siteId, revisionId), "publishId");
  emulator().emulator.clock.advance(300);
  expect((await emulator().operation(siteId, publishId)).json).toMatchObject({
    publishAcceptanceStatus: "Invalid",
    publishStatus: "Failed",
    validatorsErrDetails: [{ message: expect.stringContaining("www.example.com") }],
  });
});

test("a publish of secured hosts without any certificate ends Invalid", async () => {
  const acl = { "protocol-acl": [{ action: "allow", protocols: ["http/1.1", "https/1.1"] }] };
  const { siteId, revisionId } = await savedSite(metadata("MI.ProtocolACL", acl));
  const publishId = field(await emulator().publish(siteId, revisionId), "publishId");
  emulator().emulator.clock.advance(300);
  expect((await emulator().operation(siteId, publishId)).json).toMatchObject({ publishAcceptanceStatus: "Invalid" });
});

test.each(["www.example.com", "*.example.com"])("a certificate for %s covers the host", async (name) => {
  const { siteId, revisionId } = await savedSite();
  await emulator().link(siteId, await emulator().newCertificate(await newLeaf(name)));
  const publishId = field(await emulator().publish(siteId, revisionId), "publishId");
  emulator().emulator.clock.advance(300);
  expect((await emulator().operation(siteId, publishId)).json).toMatchObject({ publishStatus: "Success" });
});

test("an expired upload, a missing chain, a chain out of order and an expiryNotify of another type are rejected", async () => {
  const leaf = await newLeaf("www.example.com");
  const other = await makeLeaf({ names: ["self.example.com"], ca: "self" });
  const expired = await makeLeaf({
    names: ["www.example.com"],
    notBefore: new Date("2025-01-01T00:00:00Z"),
    notAfter: new Date("2025-02-01T00:00:00Z"),
  });
  const { certificateChain: _left, ...withoutChain } = uploadOf(leaf);
  for (const body of [
    uploadOf(expired),
    withoutChain,
    { ...uploadOf(leaf), certificateChain: uploadOf(other).certificate },
    { ...uploadOf(leaf), expiryNotify: [30] },
  ]) {
    expect((await emulator().call("POST", "/api/v2/certificates", body)).status).toBe(400);
  }
  expect((await emulator().call("POST", "/api/v2/certificates", uploadOf(leaf))).status).toBe(201);
  expect((await emulator().call("POST", "/api/v2/certificates", uploadOf(other))).status).toBe(201);
});

test("an expired or revoked certificate cannot be linked", async () => {
  const siteId = await emulator().newSite("a");
  const [one, two] = [
    await emulator().newCertificate(await newLeaf("www.example.com")),
    await emulator().newCertificate(await newLeaf("www.example.com")),
  ];
  await emulator().control("POST", `/certificates/${one}/revoke`);
  expect((await emulator().link(siteId, one)).status).toBe(409);
  emulator().emulator.clock.set("2027-03-01T00:00:00Z");
  expect((await emulator().link(siteId, two)).status).toBe(409);
});

test("a certificate that is still served cannot be deleted", async () => {
  const { siteId, revisionId } = await savedSite();
  const certificateId = await emulator().newCertificate(await newLeaf("www.example.com"));
  await emulator().link(siteId, certificateId);
  await emulator().publish(siteId, revisionId);
  emulator().emulator.clock.advance(300);
  await emulator().call("DELETE", `/api/v2/sites/${siteId}/certificates/${certificateId}`);
  expect((await emulator().call("DELETE", `/api/v2/certificates/${certificateId}`)).status).toBe(409);
});
