/** The page of the control port: what it shows, what its buttons do, and who may press them. */
import type { PageState, SiteState } from "../../emulator/control/page/page-state.ts";
import { renderPage } from "../../emulator/control/page/render-page.ts";
import { type Answer, frozenEmulator, newLeaf, send, uploadOf } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const base = () => emulator().emulator.control;

const getPage = (target = "/", headers: Record<string, string> = {}) =>
  send(base(), { method: "GET", target, headers });

function press(action: string, headers: Record<string, string> = {}): Promise<Answer> {
  const own = { "content-type": "application/x-www-form-urlencoded", origin: base() };
  return send(base(), { method: "POST", target: "/page", headers: { ...own, ...headers }, body: `action=${action}` });
}

const clockNow = async () => (await emulator().control("GET", "/clock")).json;
const faults = async () => (await emulator().control("GET", "/faults")).json;

describe("GET /", () => {
  test("returns HTML that no page can frame and that runs no script", async () => {
    const { status, headers, text } = await getPage();
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    expect(text).toContain("2026-03-01 00:00 UTC");
    expect(text).not.toContain("<script");
  });

  test("shows what is served, linked and in progress, the certificates and the last requests", async () => {
    const [first, second] = [await newLeaf("www.example.com"), await newLeaf("www.example.com", "b.example.com")];
    const { siteId } = await emulator().liveSite("shop", ["www.example.com"], await emulator().newCertificate(first));
    await emulator().call("DELETE", `/api/v2/sites/${siteId}/certificates/1`);
    await emulator().link(siteId, await emulator().newCertificate(second));
    const before = words(await getPage());
    expect(before).toContain(
      "Linked: certificate 2 (www.example.com, until 2027-02-01). Newest configuration: revision 1.",
    );
    expect(before).toContain(
      "ga www.example.com: certificate 1 (www.example.com, until 2027-02-01) a publish brings certificate 2",
    );
    expect(before).toContain("staging not published nothing");
    expect(before).toContain("1 www.example.com ACTIVE 2026-02-01 to 2027-02-01, 336 days left");
    expect(before).toContain(`POST /api/v2/sites/${siteId}/certificates 201 api-key:1 2026-03-01 00:00 UTC`);
    await emulator().republish(siteId);
    expect(words(await getPage())).toMatch(
      /publish with certificate 2 \(www.example.com, until 2027-02-01\): \S+ since/,
    );
    emulator().emulator.clock.advance(300);
    expect(words(await getPage())).toContain(
      "ga www.example.com: certificate 2 (www.example.com, until 2027-02-01) as served",
    );
  });

  test("contains no key, password or token", async () => {
    const { apiKey, password } = emulator().emulator;
    const upload = uploadOf(await newLeaf("www.example.com"));
    await emulator().call("POST", "/api/v2/certificates", upload);
    await emulator().call("POST", "/api/v2/sites", { siteName: "a", apiToken: apiKey, password });
    await emulator().call("GET", `/api/v2/sites?apiKey=x&note=${apiKey}`);
    const { text } = await getPage();
    expect(text).toContain("note=[hidden]");
    for (const secret of [upload.privateKey, apiKey, password]) expect(text).not.toContain(secret.slice(0, 60));
  });

  test("answers only under a name of this machine", async () => {
    const { port } = new URL(base());
    const statuses = [
      `localhost:${port}`,
      `[::1]:${port}`,
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
    ].map(async (host) => (await getPage("/", { host })).status);
    expect(await Promise.all(statuses)).toEqual([200, 200, 403, 403]);
  });
});

describe("the buttons", () => {
  test.each([
    ["hour", "2026-03-01T01:00:00.000Z"],
    ["day", "2026-03-02T00:00:00.000Z"],
    ["month", "2026-03-31T00:00:00.000Z"],
  ])("%s advances the clock to %s, and the page says so", async (action, now) => {
    const answer = await press(action);
    expect(answer).toMatchObject({ status: 303, headers: { location: `/?done=${action}` } });
    expect(await clockNow()).toMatchObject({ now });
    expect((await getPage(`/?done=${action}`)).text).toMatch(/<strong>The clock is [\w ]+ later\.<\/strong>/);
  });

  test("a publish fails, a request gets 500 or 429, and the faults are cleared", async () => {
    const { siteId } = await emulator().liveSite("a", ["www.example.com"]);
    for (const action of ["fail-publish", "answer-500", "answer-429"]) expect((await press(action)).status).toBe(303);
    expect(words(await getPage())).toContain('{"publish":"failed"}, 1 more');
    expect((await emulator().call("GET", "/api/v2/sites")).status).toBe(500);
    expect((await emulator().call("GET", "/api/v2/sites")).status).toBe(429);
    await emulator().republish(siteId);
    emulator().emulator.clock.advance(300);
    const after = words(await getPage());
    expect(after).toContain("the last publish ended failed");
    expect(after).toContain("No fault is waiting.");
    await press("answer-500");
    expect((await press("clear-faults")).status).toBe(303);
    expect(await faults()).toEqual([]);
  });

  test("an unknown button is refused", async () => {
    expect((await press("explode")).status).toBe(400);
  });

  test.each<[string, Record<string, string>]>([
    ["another site", { origin: "http://evil.example" }],
    ["another port of this machine", { origin: "http://127.0.0.1:1" }],
    ["a page without an origin", { origin: "null" }],
    ["a name that resolves to this machine", { origin: "http://evil.example:80", host: "evil.example:80" }],
    ["a browser that names another site", { "sec-fetch-site": "cross-site" }],
  ])("%s cannot press them", async (_title, headers) => {
    const before = await clockNow();
    expect((await press("day", headers)).status).toBe(403);
    expect((await press("answer-500", headers)).status).toBe(403);
    const body = JSON.stringify({ ms: 1000 });
    const foreign = { "content-type": "text/plain", origin: base(), ...headers };
    const direct = await send(base(), { method: "POST", target: "/clock/advance", headers: foreign, body });
    expect(direct).toMatchObject({ status: 403, json: { status: 403 } });
    expect([await clockNow(), await faults()]).toEqual([before, []]);
  });

  test("a form without an Origin header is refused, while the JSON API needs none", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const form = await send(base(), { method: "POST", target: "/page", headers, body: "action=day" });
    expect(form.status).toBe(403);
    const curl = await send(base(), { method: "POST", target: "/clock/advance", headers, body: '{"ms": 1000}' });
    expect(curl.status).toBe(200);
  });
});

describe("what a user chose is text", () => {
  const evil = `<img src=x onerror="alert(1)">'&`;
  const shown = "&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&#39;&amp;";
  const site: SiteState = {
    siteId: "1",
    siteName: "a",
    isDeleted: false,
    linkedCertificateId: null,
    newestRevision: null,
    edges: [],
  };
  const certificate = { certificateId: 1, domain: "a", notBeforeMs: 0, notAfterMs: 1, status: "EXPIRED" as const };
  const request = { seq: 1, at: "2026-03-01T00:00:00.000Z", method: "GET", path: "/", status: 200, actor: "a" };
  const fault = { id: "1", match: {}, effect: { status: 500 }, seen: 0, hits: 0 };
  const live = { revisionId: "1", hosts: [{ host: evil, certificateId: 1 }] };
  const edge = { target: "ga" as const, live, running: [], failed: null };
  const cases: [string, Partial<PageState>][] = [
    ["the name of a site", { sites: [{ ...site, siteName: evil }] }],
    ["a host", { sites: [{ ...site, edges: [edge] }] }],
    ["the domain of a certificate", { certificates: [{ ...certificate, domain: evil }] }],
    ["a path", { requests: [{ ...request, path: evil }] }],
    ["a method", { requests: [{ ...request, method: evil }] }],
    ["a user", { requests: [{ ...request, actor: evil }] }],
    ["the route of a fault", { faults: [{ ...fault, match: { route: evil } }] }],
  ];
  test.each(cases)("%s", (_title, part) => {
    const empty = {
      nowMs: 0,
      frozen: true,
      sites: [],
      certificates: [],
      moreCertificates: 0,
      requests: [],
      faults: [],
    };
    const text = renderPage({ ...empty, ...part }, undefined);
    expect(text).toContain(shown);
    expect(text).not.toContain("<img");
  });

  test("the page shows a site name that is markup as text", async () => {
    await emulator().newSite(evil);
    expect((await getPage()).text).toContain(shown);
    expect((await getPage(`/?done=${encodeURIComponent(evil)}`)).text).not.toContain("<img");
  });
});

/** The texts of the page, as a reader sees them. */
function words({ text }: Answer): string {
  return text
    .replace(/<style>.*<\/style>/s, "")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll("&quot;", '"')
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ([:.,)])/g, "$1");
}
