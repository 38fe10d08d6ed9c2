/**
 * Both workflows with a real ACME CA (Pebble, with random rejections), with the real CLI, up to a trusted TLS
 * handshake.
 */
import { createServer } from "node:net";
import { connect } from "node:tls";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type Pebble, startPebble } from "../support/emulator/pebble.ts";
import type { Stack } from "../support/engine/stack.ts";
import { createExample } from "../support/programs/example.ts";

jest.setTimeout(10 * 60_000);

let pebble: Pebble;
let emulator: EmulatorProcess;
let stack: Stack | undefined;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Host names whose handshake is trusted under the CA's root. */
async function trusted(host: string): Promise<boolean> {
  const [address, port] = emulator.edge.split(":");
  const ca = await pebble.rootPem();
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: address ?? "",
      port: Number(port),
      servername: host,
      ca,
      rejectUnauthorized: false,
    });
    socket.once("secureConnect", () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.once("error", reject);
  });
}

beforeAll(async () => {
  const dnsPort = await freePort();
  pebble = await startPebble({ dns: `127.0.0.1:${dnsPort}`, nonceRejectPercent: 15, certificateSeconds: 47 * 86_400 });
  const acme = ["--acme-directory", pebble.directory, "--acme-ca", pebble.caFile];
  emulator = await startEmulatorProcess(["--dns-port", String(dnsPort), "--issue-ms", "500", ...acme]);
});
afterEach(() => stack?.close());
afterAll(async () => {
  await emulator?.close().finally(() => pebble?.close());
});

test.each([
  ["managed", "Qwilt asks the CA"],
  ["self-managed-acme", "the program asks the CA"],
])("%s: %s, and one up ends with a handshake that is trusted under the CA's root", async (example) => {
  const hosts = [`www.${example}.example.com`, `shop.${example}.example.com`];
  stack = await createExample(emulator, example, {
    hosts: JSON.stringify(hosts),
    dnsControl: emulator.control,
    "qwilt:edgeAddress": emulator.edge,
    "qwilt:dnsServer": emulator.dns,
    ...(example === "managed" ? {} : { acmeDirectory: pebble.directory, acmeCa: pebble.caFile }),
  });
  await stack.up();
  for (const host of hosts) expect(await trusted(host)).toBe(true);
  expect(JSON.stringify(await stack.exported())).not.toMatch(/PRIVATE KEY/);
  await stack.preview("--expect-no-changes");
});
