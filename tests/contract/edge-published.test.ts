import { request as httpRequest } from "node:http";
import { type Emulator, startEmulator } from "../../emulator/emulator.ts";
import { ellipticMaterial, type Material, openTls } from "./edge-support.ts";

const host = "www.example.com";
const refused = "ERR_SSL_TLSV1_UNRECOGNIZED_NAME";
const publishMs = 300;
const first = ellipticMaterial(host);
const second = ellipticMaterial(host);

let emulator: Emulator;
let siteId: string;
let revisionId: string;

beforeEach(async () => {
  emulator = await startEmulator({ now: "2026-12-01T00:00:00Z", publishMs });
  siteId = textOf(await call("POST", "/api/v2/sites", { siteName: "www" }), "siteId");
  const saved = await call("POST", `/api/1/sites/${siteId}/configurations`, {
    hostIndex: hostIndexOf(host),
    changeDescription: "first",
  });
  revisionId = textOf(saved, "revisionId");
});
afterEach(() => emulator.close());

test("a published certificate is served on ga, and only there", async () => {
  await link(await upload(first));
  expect(await servedOn("ga")).toBe(refused);
  await publish("ga");
  expect([await servedOn("ga"), await servedOn("staging")]).toEqual([first.fingerprint, refused]);
});

test("nothing is served before the operation is a success", async () => {
  await link(await upload(first));
  await call("POST", operations(), { revisionId, target: "ga" });
  emulator.clock.advance(publishMs - 1);
  expect(await servedOn("ga")).toBe(refused);
  emulator.clock.advance(1);
  expect(await servedOn("ga")).toBe(first.fingerprint);
});

test("a certificate that is unlinked is served until the next publication", async () => {
  const certificateId = await upload(first);
  await link(certificateId);
  await publish("ga");
  await unlink(certificateId);
  expect(await servedOn("ga")).toBe(first.fingerprint);
  await republish("ga");
  expect(await servedOn("ga")).toBe(refused);
});

test("a rotation switches with the republish, and at no time is nothing served", async () => {
  const before = await upload(first);
  await link(before);
  await publish("ga");
  const after = await upload(second);
  await unlink(before);
  await link(after);
  expect(await servedOn("ga")).toBe(first.fingerprint);
  await republish("ga");
  expect(await servedOn("ga")).toBe(second.fingerprint);
  expect((await history()).map(({ fingerprint }) => fingerprint)).toEqual([first.fingerprint, second.fingerprint]);
});

test("a rotation on staging does not affect ga", async () => {
  const before = await upload(first);
  await link(before);
  await publish("ga");
  await publish("staging");
  await unlink(before);
  await link(await upload(second));
  await republish("staging");
  expect([await servedOn("ga"), await servedOn("staging")]).toEqual([first.fingerprint, second.fingerprint]);
});

test("the handshake of an un-published site is rejected", async () => {
  await link(await upload(first));
  await publish("ga");
  await call("POST", `${operations()}/actions/un-publish`, { target: "ga" });
  emulator.clock.advance(publishMs);
  expect(await servedOn("ga")).toBe(refused);
  expect((await history()).map(({ fingerprint }) => fingerprint)).toEqual([first.fingerprint, null]);
});

test("the handshake of a site that is published without a certificate is rejected", async () => {
  await publish("ga");
  expect(await servedOn("ga")).toBe(refused);
});

test("an unknown name is rejected next to one that is served", async () => {
  await link(await upload(first));
  await publish("ga");
  expect(await servedOn("ga", "other.example.com")).toBe(refused);
  expect(await servedOn("ga", "WWW.example.com")).toBe(first.fingerprint);
});

test("the control port shows what a handshake receives", async () => {
  await link(await upload(first));
  await publish("ga");
  await publish("staging");
  const rows = JSON.parse(await send(emulator.control, "GET", "/edge"));
  expect(rows).toMatchObject([
    { host, target: "ga", fingerprint: await servedOn("ga") },
    { host, target: "staging", fingerprint: await servedOn("staging") },
  ]);
});

test("no handshake fails while the certificate is switched on the real clock", async () => {
  const live = await startEmulator({ publishMs: 50 });
  const frozen = emulator;
  emulator = live;
  try {
    siteId = textOf(await call("POST", "/api/v2/sites", { siteName: "www" }), "siteId");
    const saved = await call("POST", `/api/1/sites/${siteId}/configurations`, {
      hostIndex: hostIndexOf(host),
      changeDescription: "live",
    });
    revisionId = textOf(saved, "revisionId");
    const before = await upload(first);
    await link(before);
    await call("POST", operations(), { revisionId, target: "ga" });
    await until(async () => (await servedOn("ga")) === first.fingerprint);
    await unlink(before);
    await link(await upload(second));
    await call("POST", `${operations()}/actions/republish`, { target: "ga" });
    const seen: string[] = [];
    await until(async () => {
      seen.push(await servedOn("ga"));
      return seen.at(-1) === second.fingerprint;
    });
    expect(new Set(seen)).toEqual(new Set([first.fingerprint, second.fingerprint].filter((one) => seen.includes(one))));
  } finally {
    emulator = frozen;
    await live.close();
  }
});

async function upload({ certificatePem, keyPem }: Material): Promise<string> {
  const certificate = base64(certificatePem);
  const body = { certificate, certificateChain: certificate, privateKey: base64(keyPem), description: "" };
  return String((await call("POST", "/api/v2/certificates", body)).certId);
}

function link(certificateId: string) {
  return call("POST", `/api/v2/sites/${siteId}/certificates`, { certificateId });
}

function unlink(certificateId: string) {
  return call("DELETE", `/api/v2/sites/${siteId}/certificates/${certificateId}`);
}

async function publish(target: "ga" | "staging"): Promise<void> {
  await call("POST", operations(), { revisionId, target });
  emulator.clock.advance(publishMs);
}

async function republish(target: "ga" | "staging"): Promise<void> {
  await call("POST", `${operations()}/actions/republish`, { target });
  emulator.clock.advance(publishMs);
}

function operations(): string {
  return `/api/v2/sites/${siteId}/publishing-operations`;
}

/** The fingerprint that a handshake receives, or the code of its rejection. */
async function servedOn(target: "ga" | "staging", servername = host): Promise<string> {
  const port = Number((target === "ga" ? emulator.edge : emulator.edgeStaging).split(":")[1]);
  try {
    return (await openTls(port, { servername })).fingerprint;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

async function history(): Promise<{ fingerprint: string | null }[]> {
  return JSON.parse(await send(emulator.control, "GET", "/edge/history"));
}

async function call(method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  return JSON.parse(await send(emulator.api, method, path, body));
}

function send(base: string, method: string, path: string, body?: object): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "x-api-key": emulator.apiKey, "content-type": "application/json" };
    const request = httpRequest(`${base}${path}`, { method, headers, agent: false }, (response) => {
      let text = "";
      response.on("data", (piece) => {
        text += piece;
      });
      response.once("error", reject).once("end", () => {
        const good = response.statusCode === 200 || response.statusCode === 201;
        if (good) resolve(text);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    });
    request.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function textOf(body: Record<string, unknown>, field: string): string {
  const value = body[field];
  if (typeof value !== "string") throw new Error(`${field} is not a text in ${JSON.stringify(body)}`);
  return value;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function hostIndexOf(name: string) {
  const origin = {
    "generic-metadata-type": "MI.SourceMetadataExtended",
    "generic-metadata-value": { sources: [{ protocol: "https/1.1", endpoints: ["origin.example.com"] }] },
  };
  return { hosts: [{ host: name, "host-metadata": { metadata: [origin] } }] };
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!(await condition())) if (performance.now() > deadline) throw new Error("the condition was not met in 5 s");
}
