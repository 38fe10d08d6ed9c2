/** How the client handles responses that Qwilt does not normally give. */
import { createQwiltApi } from "../../provider/api/qwilt-api.ts";
import { closedPort } from "../support/emulator/raw-server.ts";
import { API_KEY, configFor, errorOf, json, rawClient } from "./raw-client.ts";

const { served, seen, lines, clock } = rawClient();
const upload = { certificate: "-----BEGIN X-----", certificateChain: "-----BEGIN X-----", privateKey: "planted-key" };

describe("statuses", () => {
  test.each([
    [400, "QWILT_BAD_REQUEST"],
    [401, "QWILT_AUTH_FAILED"],
    [403, "QWILT_FORBIDDEN"],
    [409, "QWILT_CONFLICT"],
    [418, "QWILT_BAD_REQUEST"],
    [501, "QWILT_SERVER_ERROR"],
  ])("%i is %s, with the server's message, once", async (status, code) => {
    const client = await served((response) => json(response, { message: `why ${API_KEY}`, status }, status));
    const error = await errorOf(client.certificates.get(25));
    expect(error).toMatchObject({
      code,
      details: { request: "GET /api/v2/certificates/25", status, serverText: "why (secret)" },
      call: { status, outcome: "not-done", reading: true },
    });
    expect(seen).toHaveLength(1);
  });

  test("404 is a result for reads and deletes, and an error for changes", async () => {
    const client = await served((response) => json(response, { message: "none" }, 404));
    expect(await client.certificates.get(25)).toBeUndefined();
    expect(await client.siteCertificates.list("s")).toBeUndefined();
    expect(await client.publishing.get("s", "p")).toBeUndefined();
    expect(await client.certificates.delete(25)).toBe(false);
    expect(await client.siteCertificates.unlink("s", 25)).toBe(false);
    expect(await errorOf(client.certificates.update(25, upload))).toMatchObject({ code: "QWILT_NOT_FOUND" });
    expect(await errorOf(client.siteCertificates.link("s", 25))).toMatchObject({ code: "QWILT_NOT_FOUND" });
  });

  test("a 404 page in HTML does not count as not found", async () => {
    const client = await served((response) =>
      response.writeHead(404, { "Content-Type": "text/html" }).end("<html>nginx</html>"),
    );
    const error = await errorOf(client.certificates.get(25));
    expect(error.code).toBe("QWILT_API_UNEXPECTED_ANSWER");
    expect(error.details).toMatchObject({ problem: { kind: "html-404" }, html: true });
    expect(await errorOf(client.sites.delete("s"))).toMatchObject({ code: "QWILT_API_UNEXPECTED_ANSWER" });
  });

  test.each([200, 201, 202, 204])("%i without a body is success where no body is needed", async (status) => {
    const client = await served((response) => response.writeHead(status).end());
    expect(await client.certificates.delete(25)).toBe(true);
    expect(await client.publishing.cancel("s", "p")).toBe(true);
  });

  test("a redirect is not followed", async () => {
    const client = await served((response) => response.writeHead(302, { Location: "/login" }).end());
    expect(await errorOf(client.certificates.list())).toMatchObject({
      code: "QWILT_API_UNEXPECTED_ANSWER",
      call: { status: 302 },
    });
    expect(seen).toHaveLength(1);
  });
});

describe("bodies", () => {
  test.each([
    ["HTML", "<html>maintenance</html>", { kind: "not-json" }],
    ["nothing", "", { kind: "empty" }],
    ["cut JSON", '[{"certId":', { kind: "not-json" }],
    ["another shape", '{"items":[]}', { kind: "mismatch", at: expect.stringMatching(/^the body: /) }],
    [
      "a wrong member",
      '[{"certId":1},{"certId":"planted"}]',
      { kind: "mismatch", at: "1.certId: expected a number or decimal digits" },
    ],
    ["a missing member", '[{"description":"x"}]', { kind: "mismatch", at: expect.stringMatching(/^0\.certId: /) }],
  ])("%s is an unexpected response that names the request and the place", async (_title, body, problem) => {
    const client = await served((response) => response.end(body));
    const error = await errorOf(client.certificates.list({ detailed: true }));
    expect(error).toMatchObject({
      code: "QWILT_API_UNEXPECTED_ANSWER",
      where: "GET /api/v2/certificates?detailed=true",
      details: { reason: "malformed", problem, html: body.startsWith("<html>") },
    });
    expect(error.message).not.toContain("planted");
  });

  test("an unusable response to a change leaves its outcome unknown", async () => {
    const client = await served((response) => response.end("{}"));
    expect(await errorOf(client.certificates.upload(upload))).toMatchObject({
      code: "QWILT_API_UNEXPECTED_ANSWER",
      call: { outcome: "unknown" },
    });
  });
});

describe("repeating", () => {
  test("a read survives errors, cuts and broken bodies", async () => {
    const client = await served((response, _seen, nth) => {
      if (nth === 1) json(response, { message: "busy" }, 503, { "Retry-After": "2" });
      else if (nth === 2) response.destroy();
      else if (nth === 3) response.writeHead(200, { "Content-Length": "100" }).write("[", () => response.destroy());
      else json(response, []);
    });
    expect(await client.certificates.list()).toEqual([]);
    expect(seen).toHaveLength(4);
    expect(clock().slept).toEqual([2_000, 375, 750]);
  });

  test("a read that keeps failing reports the number of attempts", async () => {
    const client = await served((response) => response.destroy());
    const error = await errorOf(client.certificates.list());
    expect(error).toMatchObject({ code: "QWILT_API_UNREACHABLE", details: { failure: "reset", attempts: 5 } });
  });

  test("a server that keeps failing gives QWILT_SERVER_ERROR", async () => {
    const client = await served((response) => json(response, { message: "down" }, 500));
    expect(await errorOf(client.certificates.list())).toMatchObject({
      code: "QWILT_SERVER_ERROR",
      call: { outcome: "not-done" },
    });
    expect(seen).toHaveLength(5);
  });

  test("an upload whose response is lost is sent once, and its outcome is unknown", async () => {
    const client = await served((response) => response.destroy());
    expect(await errorOf(client.certificates.upload(upload))).toMatchObject({
      code: "QWILT_OUTCOME_UNKNOWN",
      call: { outcome: "unknown" },
    });
    expect(seen).toHaveLength(1);
  });

  test("a publish that gets a server error is sent once, and its outcome is unknown", async () => {
    const client = await served((response) => json(response, {}, 502));
    expect(await errorOf(client.publishing.republish("s", "ga"))).toMatchObject({
      code: "QWILT_SERVER_ERROR",
      call: { outcome: "unknown" },
    });
    expect(seen).toHaveLength(1);
  });

  test("an upload that the rate limiter rejected is sent again", async () => {
    const client = await served((response, _seen, nth) =>
      nth === 1 ? json(response, {}, 429, { "Retry-After": "7" }) : json(response, { certId: 31 }, 201),
    );
    expect((await client.certificates.upload(upload)).certId).toBe(31);
    expect(clock().slept).toEqual([7_000]);
  });

  test("a rate limit with too long a Retry-After is reported, not waited for", async () => {
    const client = await served((response) => json(response, {}, 429, { "Retry-After": "3600" }));
    expect(await errorOf(client.certificates.list())).toMatchObject({
      code: "QWILT_RATE_LIMITED",
      call: { outcome: "not-done" },
    });
    expect(clock().slept).toEqual([]);
  });

  test("an unlink that was carried out although its response was lost is found to be done", async () => {
    const client = await served((response, _seen, nth) => (nth === 1 ? response.destroy() : json(response, {}, 404)));
    expect(await client.siteCertificates.unlink("s", 25)).toBe(false);
  });

  test("a change that was cut and then rejected before any work keeps its unknown outcome", async () => {
    const client = await served((response, _seen, nth) => (nth === 1 ? response.destroy() : json(response, {}, 403)));
    expect(await errorOf(client.sites.update("s", { siteName: "n" }))).toMatchObject({
      code: "QWILT_FORBIDDEN",
      call: { outcome: "unknown" },
    });
  });

  test("a change that was certainly not sent has no unknown outcome", async () => {
    const unreachable = createQwiltApi({ config: configFor(`http://127.0.0.1:${await closedPort()}`), clock: clock() });
    expect(await errorOf(unreachable.certificates.upload(upload))).toMatchObject({
      code: "QWILT_API_UNREACHABLE",
      call: { outcome: "not-done" },
    });
  });
});

describe("an interruption", () => {
  test("ends the pauses: the last result is reported at once", async () => {
    const abort = new AbortController();
    const client = await served(
      (response) => {
        abort.abort();
        json(response, {}, 503, { "Retry-After": "60" });
      },
      {},
      { signal: abort.signal },
    );
    expect(await errorOf(client.certificates.upload(upload))).toMatchObject({ code: "QWILT_SERVER_ERROR" });
    expect(clock().slept).toEqual([]);
  });

  test("aborts a read in flight", async () => {
    const abort = new AbortController();
    const client = await served(() => abort.abort(), {}, { signal: abort.signal });
    expect(await errorOf(client.certificates.list())).toMatchObject({ code: "QWILT_INTERRUPTED" });
  });

  test("does not abort a change in flight, and allows work in progress to be completed", async () => {
    const abort = new AbortController();
    const client = await served(
      (response, { line }) => {
        abort.abort();
        json(response, line.startsWith("POST") ? [{ certificateId: "25" }] : []);
      },
      {},
      { signal: abort.signal },
    );
    expect(await client.siteCertificates.link("s", 25)).toMatchObject([{ certificateId: 25 }]);
    expect(await client.siteCertificates.list("s")).toEqual([]);
  });
});

describe("credentials", () => {
  test("an API key is sent as the shipped client sends it", async () => {
    const client = await served((response) => json(response, []));
    await client.certificates.list();
    expect(seen[0]?.authorization).toBe(`X-API-KEY ${API_KEY}`);
  });

  test("a rejected API key is final", async () => {
    const client = await served((response) => response.writeHead(401).end());
    const error = await errorOf(client.certificates.list());
    expect(error.code).toBe("QWILT_AUTH_FAILED");
    expect(seen).toHaveLength(1);
  });

  test("missing ones are an error of the first call, and nothing is sent", async () => {
    const client = await served((response) => json(response, []), { credentials: undefined });
    const error = await errorOf(client.certificates.list());
    expect(error.code).toBe("QWILT_CONFIG_MISSING");
    expect(error.details).toEqual({ missing: "credentials" });
    expect(seen).toHaveLength(0);
  });

  test("half a login names the missing half", async () => {
    const client = await served((response) => json(response, []), {
      credentials: undefined,
      missingCredential: "password",
    });
    expect(await errorOf(client.certificates.list())).toMatchObject({
      code: "QWILT_CONFIG_MISSING",
      details: { missing: "password" },
    });
  });
});

describe("the debug log", () => {
  test("has one line per request, without bodies, headers and secrets", async () => {
    const client = await served((response) => json(response, { certId: 31 }, 201), { debug: true });
    await client.certificates.upload(upload);
    expect(lines).toEqual([expect.stringMatching(/^POST \/api\/v2\/certificates 201 \d+ ms$/)]);
  });

  test("is silent by default", async () => {
    const client = await served((response) => json(response, []));
    await client.certificates.list();
    expect(lines).toEqual([]);
  });
});

test("a base URL with a path keeps the path", async () => {
  const client = await served((response) => json(response, []), {}, { path: "/base" });
  await client.certificates.list();
  expect(seen[0]?.line).toBe("GET /base/api/v2/certificates");
});
