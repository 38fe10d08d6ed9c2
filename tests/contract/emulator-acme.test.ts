/** Managed certificates from a real ACME CA: Pebble, which follows the customers' CNAMEs in the emulator's DNS. */
import { X509Certificate } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulator/emulator.ts";
import { blockedName, type Pebble, startPebble } from "../support/emulator/pebble.ts";
import { Api, field } from "./emulator-harness.ts";
import { delegate, managedTemplate, pairs, signingState, templates, until } from "./emulator-signing.ts";

jest.setTimeout(60_000);

let pebble: Pebble;
let emulator: Emulator;
let api: Api;
let shared: () => EmulatorOptions;

beforeAll(async () => {
  // The CA needs the name server, and the emulator needs the CA.
  const dnsPort = await portOfAnother();
  pebble = await startPebble({ dns: `127.0.0.1:${dnsPort}`, nonceRejectPercent: 15 });
  shared = () => ({
    dnsPort,
    issueMs: 200,
    publishMs: 50,
    acmeDirectory: pebble.directory,
    acmeCa: pebble.caFile,
  });
});
beforeEach(async () => {
  emulator = await startEmulator(shared());
  api = new Api(emulator);
});
afterEach(() => emulator.close());
afterAll(async () => {
  await pebble?.close();
});

test("a template with a wildcard and its base name gets a certificate of the CA, through one CNAME", async () => {
  const { templateId, csrId } = await managedTemplate(api, "www.example.com", "*.www.example.com", "münchen.example");
  expect(await pairs(api, csrId)).toHaveLength(2);
  await delegate(api, csrId);
  await until(async () => (await signingState(api, csrId)) === "NOTIFIED_SITES");
  const certificateId = field(await api.call("GET", `${templates}/${templateId}`), "lastCertificateId");
  const answer = await api.call("GET", `/api/v2/certificates/${certificateId}?detailed=true`);
  const leaf = new X509Certificate(Buffer.from(field(answer, "certificate"), "base64"));
  const signer = new X509Certificate(Buffer.from(field(answer, "certificateChain"), "base64"));
  expect(leaf.subjectAltName?.split(", ").sort()).toEqual([
    "DNS:*.www.example.com",
    "DNS:www.example.com",
    "DNS:xn--mnchen-3ya.example",
  ]);
  expect(leaf.verify(signer.publicKey)).toBe(true);
  expect(signer.verify(new X509Certificate(await pebble.rootPem()).publicKey)).toBe(true);
  expect(field(answer, "csrId")).toBe(csrId);
});

test("nothing of the challenges is left in the zone", async () => {
  const { csrId } = await managedTemplate(api, "clean.example.com");
  await delegate(api, csrId);
  await until(async () => (await signingState(api, csrId)) === "NOTIFIED_SITES");
  expect((await api.control("GET", "/dns")).text).not.toContain("TXT");
});

test("a name that the CA rejects ends in REQUESTING_CERTIFICATE_FROM_CA_FAILURE", async () => {
  const { templateId, csrId } = await managedTemplate(api, blockedName);
  await delegate(api, csrId);
  await until(async () => (await signingState(api, csrId)).endsWith("FAILURE"));
  expect(await signingState(api, csrId)).toBe("REQUESTING_CERTIFICATE_FROM_CA_FAILURE");
  expect((await api.call("GET", `${templates}/${templateId}`)).json).toMatchObject({ lastCertificateId: null });
});

test("an order that a stopped emulator left behind is requested again", async () => {
  const data = await mkdtemp(join(tmpdir(), "acme-"));
  await emulator.close();
  const options = { ...shared(), data };
  const first = await startEmulator(options);
  const { csrId } = await managedTemplate(new Api(first), "left.example.com");
  pebble.pause();
  await delegate(new Api(first), csrId);
  await until(async () => (await signingState(new Api(first), csrId)) === "REQUESTING_CERTIFICATE_FROM_CA");
  await first.close();
  pebble.goOn();
  const second = await startEmulator(options);
  await until(async () => (await signingState(new Api(second), csrId)) === "NOTIFIED_SITES");
  await second.close();
  await rm(data, { recursive: true });
});

test("on a frozen clock an advance waits for the CA", async () => {
  await emulator.close();
  emulator = await startEmulator({ ...shared(), now: new Date().toISOString() });
  api = new Api(emulator);
  const { csrId } = await managedTemplate(api, "frozen.example.com");
  await delegate(api, csrId);
  await api.control("POST", "/clock/advance", { ms: 100 });
  expect(await signingState(api, csrId)).toBe("NOTIFY_SITES");
});

async function portOfAnother(): Promise<number> {
  const other = await startEmulator();
  const port = Number(other.dns.split(":")[1]);
  await other.close();
  return port;
}
