/** Qwilt issues and renews: from nothing to a handshake in one `up`, and Qwilt's own renewals are not drift. */
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { Stack } from "../support/engine/stack.ts";
import { createExample } from "../support/programs/example.ts";

const DAY_MS = 86_400_000;
let emulator: EmulatorProcess;
let stack: Stack;

beforeAll(async () => {
  emulator = await startEmulatorProcess(["--issue-ms", "1500"]);
  stack = await createExample(emulator, "managed", {
    dnsControl: emulator.control,
    "qwilt:edgeAddress": emulator.edge,
    "qwilt:dnsServer": emulator.dns,
  });
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

const words = async (since: number) => (await emulator.ledger(since)).map(inWords);
const served = async () => [...new Set((await emulator.edgeNow()).map(({ certificateId }) => certificateId))];

test("one up makes template, DNS records, issuance, link and publication, and the edge serves", async () => {
  const run = await stack.up();
  expect(run.all).toMatch(/certificate \d+ is issued, valid until \d{4}-\d\d-\d\d/);
  expect(run.all).toMatch(/usually 30 to 60/);
  expect((await emulator.edgeNow()).map(({ host }) => host).sort()).toEqual(["shop.example.com", "www.example.com"]);
  expect(await served()).toHaveLength(1);
});

test("the exported state holds no key", async () => {
  expect(JSON.stringify(await stack.exported())).not.toMatch(/PRIVATE KEY/);
});

test("a second preview shows nothing and makes no call, and a refresh changes nothing", async () => {
  const since = await emulator.mark();
  await stack.preview("--expect-no-changes");
  expect(await words(since)).toEqual([]);
  await stack.refresh("--expect-no-changes");
  await stack.up("--expect-no-changes");
});

test("a wildcard that joins its base name needs no DNS resource of its own", async () => {
  const hosts = ["www.example.com", "shop.example.com", "*.www.example.com"];
  const set = hosts.flatMap((host, index) => ["--plaintext", `hosts[${index}]=${host}`]);
  await stack.pulumi(["config", "set-all", "--path", ...set]);
  const preview = await stack.preview();
  await stack.pulumi(["config", "rm", "hosts"]);
  expect(preview.all).toMatch(/CertificateTemplate www create replacement/);
  expect(preview.all).not.toMatch(/LocalDnsRecord \S+ (create|delete)/);
});

test("within expiryWarningDays every preview shows the expiry and that Qwilt renews by itself, without a call", async () => {
  const since = await emulator.mark();
  expect((await stack.preview("--expect-no-changes")).all).not.toMatch(/expires in/);
  await stack.pulumi(["config", "set", "qwilt:expiryWarningDays", "100"]);
  const preview = await stack.preview("--expect-no-changes");
  await stack.pulumi(["config", "rm", "qwilt:expiryWarningDays"]);
  expect(preview.all).toMatch(
    /certificate \d+ expires in 89 days \(\d{4}-\d\d-\d\d\): as last observed; Qwilt renews it automatically/,
  );
  expect(await words(since)).toEqual([]);
});

test("after Qwilt's own renewal refresh and preview show no change, and outputs follow", async () => {
  // Claims are derived from what the stack declared; here Qwilt moves the site by itself, which this test checks.
  for (const invariant of [4, 5] as const)
    emulator.history.except(invariant, "Qwilt renewed the certificate by itself");
  const before = await served();
  // Past the renewal window, in daily steps as at Qwilt.
  for (let day = 0; day < 75; day++) await emulator.ask("POST", "/clock/advance", { ms: DAY_MS });
  const after = await served();
  expect(after).toHaveLength(1);
  expect(after).not.toEqual(before);
  const since = await emulator.mark();
  await stack.preview("--expect-no-changes");
  expect(await words(since)).toEqual([]);
  await stack.refresh("--expect-no-changes");
  await stack.up("--expect-no-changes");
  const outputs = JSON.parse((await stack.pulumi(["stack", "output", "--json"])).stdout);
  expect([outputs.certificateId]).toEqual(after);
  // All facts of the certificate are updated, not only its id.
  const resources = (await stack.exported()).deployment.resources ?? [];
  const link = resources.find(({ type }) => type.endsWith(":SiteCertificateLink"))?.outputs;
  const [edge] = await emulator.edgeNow();
  expect(link).toMatchObject({
    certificateId: edge?.certificateId,
    fingerprint: edge?.fingerprint,
    dnsNames: ["shop.example.com", "www.example.com"],
  });
  expect(Date.parse(String(link?.notAfter))).toBe(Date.parse(edge?.notAfter ?? ""));
});

test("a deleted record is reported by the next refresh, with the record to create", async () => {
  const records = (await emulator.ask("GET", "/dns")) as { name: string; type: string; value: string }[];
  const record = records.find(({ name, type }) => type === "CNAME" && name.includes("www.example.com"));
  if (record === undefined) throw new Error("no record");
  await emulator.ask("DELETE", `/dns/${record.name}`);
  const run = await stack.refresh("--expect-no-changes");
  expect(run.all).toContain(`the record is missing: create ${record.name} CNAME ${record.value}`);
  await emulator.ask("PUT", `/dns/${record.name}`, { type: "CNAME", value: "elsewhere.example.net", ttl: 300 });
  const wrong = await stack.refresh("--expect-no-changes");
  expect(wrong.all).toContain(`${record.name} points to elsewhere.example.net: change it to`);
  await emulator.ask("PUT", `/dns/${record.name}`, { type: "CNAME", value: record.value, ttl: 300 });
});

test("destroy unlinks, un-publishes and removes site and template", async () => {
  await stack.destroy();
  expect((await emulator.call("GET", "/api/v2/sites")).body).toEqual([]);
  expect((await emulator.call("GET", "/api/v2/certificate-templates")).body).toEqual([]);
});
