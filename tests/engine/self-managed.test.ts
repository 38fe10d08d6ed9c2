/** Qwilt makes the key, a corporate CA (openssl) signs: request, signature, upload, link and publication in one up. */
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator-process.ts";
import { createExample } from "../support/example.ts";
import type { Stack } from "../support/stack.ts";

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

test("destroy removes everything", async () => {
  await stack.destroy();
  expect((await emulator.call("GET", "/api/v2/certificates")).body).toEqual([]);
  expect((await emulator.call("GET", "/api/v2/certificate-templates")).body).toEqual([]);
});
