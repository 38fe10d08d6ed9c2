/** Which names the proof requests from the edge: those of the hosts, as clients send them. */
import { createServer, type Server } from "node:tls";
import { servesAlready, verifyEdge } from "../../provider/rotation/verify-edge.ts";
import { issuerFingerprints } from "../../provider/x509/compare.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { closedPort } from "../support/emulator/raw-server.ts";
import { openSession, type TestSession } from "../support/engine/test-session.ts";
import { testClock } from "../support/test-clock.ts";
import { makeCa, makeLeaf } from "../support/x509/factory.ts";

let edge: Server;
let session: TestSession;
let fingerprint: string;
let issuers: readonly string[];
const asked = new Set<string>();

beforeAll(async () => {
  const leaf = await makeLeaf({
    ca: await makeCa({ issuer: await makeCa() }),
    names: ["xn--mnchen-3ya.example.com", "www.example.com"],
  });
  fingerprint = certificateFacts(leaf.certificate).fingerprint;
  issuers = issuerFingerprints(leaf.certificateChain);
  edge = createServer({
    cert: `${leaf.certificate}\n${leaf.certificateChain}`,
    key: leaf.privateKey,
    SNICallback(name, answer) {
      asked.add(name);
      answer(null);
    },
  });
  // A client that only wants to see the certificate disconnects at once.
  edge
    .on("tlsClientError", () => undefined)
    .on("secureConnection", (socket) => socket.on("error", () => undefined).end());
  await new Promise<void>((resolve) => edge.listen(0, "127.0.0.1", resolve));
});
beforeEach(() => {
  asked.clear();
  session = openSession({
    api: "http://127.0.0.1:9",
    apiKey: "key",
    clock: testClock(),
    config: { edgeProbe: "try" },
  });
});
afterEach(() => session.close());
afterAll(() => new Promise((resolve) => edge.close(resolve)));

function ask(...hosts: string[]) {
  const address = edge.address();
  if (address === null || typeof address === "string") throw new Error("the edge has no port");
  return servesAlready({ siteId: "1", hosts, fingerprint, address: `127.0.0.1:${address.port}` }, session.context());
}

test.each([
  ["a U-label", "München.example.com", "xn--mnchen-3ya.example.com"],
  ["a final dot and capitals", "WWW.example.com.", "www.example.com"],
])("a host with %s is requested by its A-label", async (_what, host, name) => {
  expect(await ask(host)).toBe("yes");
  expect([...asked]).toEqual([name]);
});

test.each([
  ["a wildcard", "*.example.com"],
  ["an IPv4 address", "203.0.113.9"],
  ["an IPv6 address", "2001:db8::1"],
])("%s cannot be sent as SNI, so nothing is claimed about it", async (_what, host) => {
  expect(await ask(host)).toBe("unknown");
  expect([...asked]).toEqual([]);
});

test("a repaired chain counts as another one, although the leaf is the same", async () => {
  const address = edge.address();
  if (address === null || typeof address === "string") throw new Error("the edge has no port");
  const wanted = { siteId: "1", hosts: ["www.example.com"], fingerprint, address: `127.0.0.1:${address.port}` };
  expect(await servesAlready({ ...wanted, issuers }, session.context())).toBe("yes");
  expect(await servesAlready({ ...wanted, issuers: [] }, session.context())).toBe("no");
  expect(await servesAlready({ ...wanted, issuers: ["00".repeat(32)] }, session.context())).toBe("no");
});

describe("behind a proxy an edge that is not reached", () => {
  const wanted = { siteId: "1", hosts: ["www.example.com"], fingerprint: "00" };
  const at = (edgeProbe: string, env: NodeJS.ProcessEnv) => {
    session.close();
    session = openSession({
      api: "http://127.0.0.1:9",
      apiKey: "key",
      clock: testClock(),
      config: { edgeProbe },
      env,
    });
    return session.context();
  };
  const behind = { HTTPS_PROXY: "http://me:secret@proxy.example.net:3128" };

  test("is reported on the row, and that handshakes do not use the proxy", async () => {
    const address = `127.0.0.1:${await closedPort()}`;
    expect(await verifyEdge({ ...wanted, address }, at("try", behind))).toBe("api");
    expect(session.said).toEqual([
      `info: no TLS handshake with the edge ${address}: connect ECONNREFUSED ${address}. Handshakes go directly to the edge, ` +
        "not through the proxy proxy.example.net:3128. That the certificate is served is known only from Qwilt's API; " +
        "set qwilt:edgeProbe to off to skip handshakes",
    ]);
  });

  test("is an error if a proof is required", async () => {
    const proving = verifyEdge({ ...wanted, address: `127.0.0.1:${await closedPort()}` }, at("require", behind));
    await expect(proving).rejects.toMatchObject({
      code: "QWILT_EDGE_UNREACHABLE",
      details: { proxy: "proxy.example.net:3128" },
    });
  });

  test("gives no message without a proxy, or with handshakes off", async () => {
    const address = `127.0.0.1:${await closedPort()}`;
    expect(await verifyEdge({ ...wanted, address }, at("try", {}))).toBe("api");
    expect(session.said).toEqual([]);
    expect(await verifyEdge({ ...wanted, address }, at("off", behind))).toBe("api");
    expect(session.said).toEqual([]);
  });
});
