/**
 * Qwilt creates the key, a corporate CA (openssl) signs: request, signature, upload, link and publication in one `up`.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { ExportedState, Stack } from "../support/engine/stack.ts";
import { createExample } from "../support/programs/example.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let emulator: EmulatorProcess;
let stack: Stack;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  const folder = join(emulator.ca, "..", "corporate-ca");
  mkdirSync(folder);
  const subject = ["-subj", "/CN=Corporate CA", "-days", "3650"];
  const out = ["-keyout", join(folder, "ca-key.pem"), "-out", join(folder, "ca.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject, ...out], { stdio: "pipe" });
  stack = await createExample(emulator, "self-managed", { caFolder: folder, "qwilt:edgeAddress": emulator.edge });
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

const words = async (since: number) => (await emulator.ledger(since)).map(inWords);
const served = async () => [...new Set((await emulator.edgeNow()).map(({ certificateId }) => certificateId))];

test("one up makes the request, has it signed, uploads, links and publishes", async () => {
  await stack.up();
  expect((await emulator.edgeNow()).map(({ host }) => host).sort()).toEqual(["shop.example.com", "www.example.com"]);
  const uploads = (await emulator.ledger()).filter((row) => inWords(row) === "upload");
  expect(uploads).toHaveLength(1);
  expect(JSON.stringify(uploads)).not.toContain("privateKey");
});

test("the exported state holds no key", async () => {
  expect(JSON.stringify(await stack.exported())).not.toMatch(/PRIVATE KEY/);
});

test("a second preview shows nothing and makes no call, and a refresh changes nothing", async () => {
  const since = await emulator.mark();
  await stack.preview("--expect-no-changes");
  expect(await words(since)).toEqual([]);
  await stack.refresh("--expect-no-changes");
});

test("a changed rotation makes new template, certificate and link, and deletes the old ones last", async () => {
  const [before] = await served();
  await stack.pulumi(["config", "set", "rotation", "2"]);
  const preview = await stack.preview();
  expect(preview.all).toContain(`unlink ${before} -> link the new certificate -> republish ga`);
  const since = await emulator.mark();
  await stack.up();
  const doing = (await emulator.ledger(since))
    .filter((row) => row.method !== "GET")
    .map((row) =>
      row.route.includes("certificate-templates") ? `${row.method} template` : inWords(row).split(" ")[0],
    );
  expect(doing.slice(0, 5)).toEqual(["POST template", "upload", "unlink", "link", "republish"]);
  expect(doing.slice(5).sort()).toEqual(["DELETE template", "delete"]);
  const [after] = await served();
  expect(after).not.toBe(before);
});

/** The template's dates in the state, as if its certificate had been uploaded that long ago. */
async function ageTemplate(days: number, lifetimeDays: number): Promise<void> {
  const exported = await stack.pulumi(["stack", "export"]);
  const state = JSON.parse(exported.stdout) as ExportedState;
  const template = state.deployment.resources?.find(({ type }) => type.endsWith(":CertificateTemplate"));
  if (template === undefined) throw new Error("the state has no template");
  const startsAt = Date.now() - days * DAY_MS + HOUR_MS;
  const endsAt = startsAt + lifetimeDays * DAY_MS;
  const dates = { createdAt: startsAt, notBefore: startsAt, notAfter: endsAt };
  for (const [name, ms] of Object.entries(dates)) template.outputs[name] = new Date(ms).toISOString();
  const file = join(stack.folder, "aged.json");
  writeFileSync(file, JSON.stringify(state));
  expect((await stack.pulumi(["stack", "import", "--file", file])).code).toBe(0);
}

test.each([
  ["a share of the lifetime", "1/3", "20%"],
  ["days", "13 days", "11 days"],
])("with %s the clock alone decides, and the preview shows the days and makes no call", async (_title, due, notYet) => {
  await ageTemplate(35, 47);
  const since = await emulator.mark();
  await stack.pulumi(["config", "set", "renewBefore", notYet]);
  await stack.preview("--expect-no-changes");
  await stack.pulumi(["config", "set", "renewBefore", due]);
  const preview = await stack.preview();
  expect(preview.all).toMatch(
    /CertificateTemplate www .*replace.* 12 days left of 47: a new CSR, then your CA's signature/,
  );
  expect(preview.all).toMatch(
    /SiteCertificateLink www .*update.* unlink \d+ -> link the new certificate -> republish ga/,
  );
  expect(await words(since)).toEqual([]);
});

test("up rotates the certificate that is due once, and the next preview shows nothing", async () => {
  const [before] = await served();
  const since = await emulator.mark();
  await stack.up();
  const [after] = await served();
  expect(after).not.toBe(before);
  const doing = await words(since);
  expect(doing.filter((word) => word === "POST /api/v2/certificate-templates")).toHaveLength(1);
  expect(doing.filter((word) => word === "upload")).toHaveLength(1);
  await stack.preview("--expect-no-changes");
});

test("without lifetimeDays the next preview is empty too: it looks up the dates, and makes no other call", async () => {
  const program = join(stack.folder, "program", "index.ts");
  const text = readFileSync(program, "utf8");
  writeFileSync(program, text.replace("  lifetimeDays,\n", ""));
  const since = await emulator.mark();
  await stack.preview("--expect-no-changes");
  expect(await words(since)).toEqual(["GET /api/v2/certificate-templates/{certificateTemplateId}", "certificate"]);
  writeFileSync(program, text);
});

test("within expiryWarningDays every preview shows the expiry and what renews the certificate, without a call", async () => {
  const since = await emulator.mark();
  expect((await stack.preview("--expect-no-changes")).all).not.toMatch(/expires in/);
  await stack.pulumi(["config", "set", "qwilt:expiryWarningDays", "60"]);
  const preview = await stack.preview("--expect-no-changes");
  expect(preview.all).toMatch(
    /the certificate expires in 46 days \(\d{4}-\d\d-\d\d\); the first run on or after \d{4}-\d\d-\d\d creates a new signing request/,
  );
  expect(await words(since)).toEqual([]);
});

test("destroy removes everything", async () => {
  await stack.destroy();
  expect((await emulator.call("GET", "/api/v2/certificates")).body).toEqual([]);
  expect((await emulator.call("GET", "/api/v2/certificate-templates")).body).toEqual([]);
});
