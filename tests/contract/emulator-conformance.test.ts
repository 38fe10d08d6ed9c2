/**
 * Findings of independent clients: a Go client that behaves like the official provider, through the proxy, and raw
 * HTTP.
 */
import net from "node:net";
import { startEmulator } from "../../emulator/emulator.ts";
import { Api, base64, field, frozenEmulator, newLeaf, send } from "./emulator-harness.ts";

const api = frozenEmulator();

/**
 * Writes a whole request before reading anything, as many clients do. @returns the data up to the end of the response
 */
function sendAllFirst(base: string, head: readonly string[], body: string): Promise<string> {
  const { hostname, port } = new URL(base);
  const bytes = `${[...head, `Content-Length: ${Buffer.byteLength(body)}`].join("\r\n")}\r\n\r\n${body}`;
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname);
    socket.pause();
    socket.once("error", reject);
    socket.write(bytes, () => {
      let received = "";
      socket.setEncoding("utf8").on("data", (chunk: string) => {
        received += chunk;
        if (!received.endsWith("}")) return;
        socket.destroy();
        resolve(received);
      });
      socket.once("close", () => resolve(received));
      socket.resume();
    });
  });
}

describe("transport", () => {
  test("a body far beyond 1 MiB is answered with 413, also to a client that sends all of it before it reads", async () => {
    const { apiKey, api: base } = api().emulator;
    const head = ["POST /api/v2/certificates HTTP/1.1", "Host: cert-manager.cqloud.com", `X-API-KEY: ${apiKey}`];
    const answer = await sendAllFirst(base, head, JSON.stringify({ certificate: "A".repeat(8_000_000) }));
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain('"status":413');
  });
});

describe("identifiers and filters", () => {
  test("a certificate id with leading zeros is not found", async () => {
    const certificateId = await api().newCertificate(await newLeaf("www.example.com"));
    expect((await api().call("GET", `/api/v2/certificates/0${certificateId}`)).status).toBe(404);
    const siteId = await api().newSite("zeros");
    expect((await api().link(siteId, `0${certificateId}`)).status).toBe(404);
    await api().link(siteId, certificateId);
    expect((await api().call("DELETE", `/api/v2/sites/${siteId}/certificates/0${certificateId}`)).status).toBe(404);
  });

  test("an empty publishState filters nothing", async () => {
    const { siteId, publishId } = await api().liveSite("filters", ["www.example.com"]);
    const list = await api().call("GET", `/api/v2/sites/${siteId}/publishing-operations?publishState=`);
    expect(list.json).toEqual([expect.objectContaining({ publishId })]);
    expect(field(await api().operation(siteId, publishId), "publishState")).toBe("SUCCESS");
  });
});

describe("statuses that no source documents are switches", () => {
  const assumptions = {
    invalidConfigurationStatus: 422,
    cancelAfterEndStatus: 400,
    foreignOrganisationStatus: 401,
    unknownMethodStatus: 404,
  };

  const statuses = async (own: Api) => {
    const { siteId, publishId } = await own.liveSite("statuses", ["www.example.com"]);
    const { api: base, username, password } = own.emulator;
    const headers = { authorization: `Basic ${base64(`${username}:${password}`)}` };
    const answers = [
      await own.call("POST", `/api/1/sites/${siteId}/configurations`, { hostIndex: { hosts: [] } }),
      await own.call("POST", `/api/v2/sites/${siteId}/publishing-operations/${publishId}/actions/cancel`),
      await send(base, { method: "GET", target: "/login?orgId=nobody", headers }),
      await own.call("PATCH", "/api/v2/sites", {}),
    ];
    for (const { json, status } of answers) expect(json).toEqual({ message: expect.any(String), status });
    return answers.map(({ status }) => status);
  };

  test("an invalid configuration, a late cancel, another organization, an unknown method", async () => {
    expect(await statuses(api())).toEqual([400, 409, 403, 405]);
    const other = new Api(await startEmulator({ now: "2026-03-01T00:00:00.000Z", assumptions }));
    try {
      expect(await statuses(other)).toEqual([422, 400, 401, 404]);
    } finally {
      await other.emulator.close();
    }
  });
});
