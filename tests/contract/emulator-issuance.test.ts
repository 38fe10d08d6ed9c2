/** Managed signing requests on a frozen clock: states, times, DNS, the certificate. */
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { signingStates } from "../../emulator/domain/signing-state.ts";
import { startEmulator } from "../../emulator/emulator.ts";
import { Api, field, frozenEmulator } from "./emulator-harness.ts";
import {
  alias,
  delegate,
  managedTemplate,
  pairs,
  requests,
  signingState,
  templates,
  until,
} from "./emulator-signing.ts";

const emulator = frozenEmulator();
const minuteMs = 60_000;

describe("from a template to a certificate", () => {
  test("the states pass in order, and the certificate is linkable after 30 to 60 minutes", async () => {
    const api = emulator();
    const { templateId, csrId } = await managedTemplate(api, "www.example.com", "*.example.com");
    expect(await signingState(api, csrId)).toBe("PENDING_CHALLENGE_DELEGATION");
    await delegate(api, csrId);
    const seen: string[] = [];
    let linkableAfter = 0;
    for (let minute = 0; minute <= 70; minute++) {
      const state = await signingState(api, csrId);
      if (state !== seen.at(-1)) seen.push(state);
      if (state === "NOTIFY_SITES" && linkableAfter === 0) linkableAfter = minute;
      const known = field(await api.call("GET", `/api/v2/certificate-templates/${templateId}`), "lastCertificateId");
      expect(known).toBe(linkableAfter === 0 ? "null" : "1");
      api.emulator.clock.advance(minuteMs);
    }
    expect(seen).toEqual([
      "PENDING_CHALLENGE_DELEGATION",
      "REQUESTING_CERTIFICATE_FROM_CA",
      "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN",
      "NOTIFY_SITES",
      "NOTIFIED_SITES",
    ]);
    expect(linkableAfter).toBeGreaterThanOrEqual(30);
    expect(linkableAfter).toBeLessThanOrEqual(61);
  });

  test("the certificate has the names and the key of the request, 90 days and the chain of the emulator's CA", async () => {
    const api = emulator();
    const { csrId } = await managedTemplate(api, "www.example.com", "*.example.com");
    await delegate(api, csrId);
    api.emulator.clock.advance(60 * minuteMs);
    const issuedAt = api.emulator.clock.now();
    const answer = await api.call("GET", "/api/v2/certificates/1?detailed=true");
    expect(answer.json).toMatchObject({
      certId: 1,
      csrId,
      tenant: "devorg",
      domain: "www.example.com",
      status: "ISSUED",
      type: "CDN",
      description: null,
    });
    const leaf = new X509Certificate(Buffer.from(field(answer, "certificate"), "base64"));
    const intermediate = new X509Certificate(Buffer.from(field(answer, "certificateChain"), "base64"));
    const root = new X509Certificate(readFileSync(api.emulator.ca));
    expect(leaf.subjectAltName).toBe("DNS:www.example.com, DNS:*.example.com");
    expect([leaf.checkIssued(intermediate), leaf.verify(intermediate.publicKey)]).toEqual([true, true]);
    expect(intermediate.verify(root.publicKey)).toBe(true);
    expect(leaf.validToDate.getTime() - leaf.validFromDate.getTime()).toBe(90 * 86_400_000);
    expect(leaf.validFromDate.getTime()).toBeLessThanOrEqual(issuedAt);
    const spki = leaf.publicKey.export({ type: "spki", format: "der" });
    expect(field(answer, "pkHash")).toBe(createHash("sha256").update(spki).digest("hex"));
  });

  test("the certificate is linked, published and served", async () => {
    const api = emulator();
    const { templateId, csrId } = await managedTemplate(api, "www.example.com");
    await delegate(api, csrId);
    api.emulator.clock.advance(65 * minuteMs);
    const certificateId = field(
      await api.call("GET", `/api/v2/certificate-templates/${templateId}`),
      "lastCertificateId",
    );
    await api.liveSite("site", ["www.example.com"], certificateId);
    expect((await api.control("GET", "/edge")).json).toEqual([
      expect.objectContaining({ host: "www.example.com", target: "ga", certificateId: Number(certificateId) }),
    ]);
    expect((await api.call("GET", `/api/v2/certificates/${certificateId}`)).json).toMatchObject({ status: "ACTIVE" });
  });

  test("without a CNAME nothing happens, however long", async () => {
    const api = emulator();
    const { csrId } = await managedTemplate(api, "www.example.com");
    api.emulator.clock.advance(90 * 86_400_000);
    expect(await signingState(api, csrId)).toBe("PENDING_CHALLENGE_DELEGATION");
    expect((await api.call("GET", "/api/v2/certificates")).json).toEqual([]);
  });
});

const way = [
  "PENDING_CHALLENGE_DELEGATION",
  "REQUESTING_CERTIFICATE_FROM_CA",
  "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN",
  "NOTIFY_SITES",
  "NOTIFIED_SITES",
];

describe("with --issue-ms 1000", () => {
  const short = frozenEmulator({ issueMs: 1_000, assumptions: { csrKey: "EC-P256" } });
  const state = (csrId: string) => signingState(short(), csrId);
  const advance = (ms: number) => short().emulator.clock.advance(ms);

  test("the certificate is linkable exactly a second after the CNAME is correct", async () => {
    const { csrId } = await managedTemplate(short(), "www.example.com");
    advance(77_777);
    await delegate(short(), csrId);
    const seen = [];
    for (const ms of [99, 1, 399, 1, 499, 1, 99, 1]) {
      advance(ms);
      seen.push(way.indexOf(await state(csrId)));
    }
    expect(seen).toEqual([0, 1, 1, 2, 2, 3, 3, 4]);
  });

  test("while the CA validates, the challenge zone has a token for each name, and none afterwards", async () => {
    const { csrId } = await managedTemplate(short(), "www.example.com", "*.www.example.com");
    await delegate(short(), csrId);
    advance(100);
    const [pair] = await pairs(short(), csrId);
    const tokens = (await short().control("GET", "/dns")).json;
    expect(tokens).toMatchObject([
      { name: pair?.toDomain, type: "TXT" },
      { name: pair?.toDomain, type: "TXT" },
      { name: pair?.fromDomain, type: "CNAME" },
    ]);
    advance(400);
    expect((await short().control("GET", "/dns")).text).not.toContain("TXT");
  });

  describe("faults", () => {
    const signing = (state: string, match: object = {}) =>
      short().control("POST", "/faults", { match, effect: { signing: state } });

    test.each(signingStates)(
      "%s is where the next template's request ends, through every state before it",
      async (end) => {
        await signing(end);
        const { csrId } = await managedTemplate(short(), "www.example.com");
        const seen = new Set<string>();
        for (let step = 0; step < 60; step++) {
          seen.add(await state(csrId));
          advance(50);
        }
        const onTheWay = way.indexOf(end);
        const fork = [
          "CHALLENGE_DELEGATION_FAILURE",
          "REQUESTING_CERTIFICATE_FROM_CA_FAILURE",
          "CA_SIGN_FAILURE",
          "NOTIFY_SITES_FAILURE",
        ].indexOf(end);
        expect([...seen]).toEqual(onTheWay === -1 ? [...way.slice(0, fork + 1), end] : way.slice(0, onTheWay + 1));
        const hasCertificate = ["NOTIFY_SITES", "NOTIFY_SITES_FAILURE", "NOTIFIED_SITES"].includes(end);
        expect((await short().call("GET", "/api/v2/certificates")).json).toHaveLength(hasCertificate ? 1 : 0);
      },
    );

    test.each(signingStates)("%s is returned from the third read of a request on", async (end) => {
      const { csrId } = await managedTemplate(short(), "www.example.com");
      await signing(end, { method: "GET", route: `${requests}/*`, nth: 3 });
      const seen = [await state(csrId), await state(csrId), await state(csrId), await state(csrId)];
      expect(seen).toEqual([way[0], way[0], end, end]);
      advance(86_400_000);
      expect(await state(csrId)).toBe(end);
    });

    test("a fault for new requests does not affect others", async () => {
      const { csrId, templateId } = await managedTemplate(short(), "www.example.com");
      await signing("CA_SIGN_FAILURE", { route: "/api/v2/certificate-templates/*/certificate-signing-requests" });
      const made = await short().call("POST", `${templates}/${templateId}/certificate-signing-requests`);
      advance(1_000);
      expect(await state(field(made, "csrId"))).toBe("CA_SIGN_FAILURE");
      expect(await state(csrId)).toBe("PENDING_CHALLENGE_DELEGATION");
    });

    test("a state that does not exist is rejected", async () => {
      expect((await signing("FINE")).status).toBe(400);
    });
  });

  describe("POST /csrs/{id}/state", () => {
    const force = (csrId: string, state: string) =>
      short().control("POST", `/csrs/${csrId}/state`, { signingState: state });

    test.each(signingStates)("%s is set at once and stays", async (end) => {
      const { csrId } = await managedTemplate(short(), "www.example.com");
      expect((await force(csrId, end)).json).toMatchObject({ csrId: Number(csrId), signingState: end });
      await delegate(short(), csrId);
      advance(86_400_000);
      expect(await state(csrId)).toBe(end);
    });

    test("states may be skipped, repeated and returned to, with one certificate in total", async () => {
      const { csrId, templateId } = await managedTemplate(short(), "www.example.com");
      for (const next of [
        "NOTIFY_SITES",
        "PENDING_CHALLENGE_DELEGATION",
        "NOTIFY_SITES",
        "NOTIFIED_SITES",
        "NOTIFIED_SITES",
      ]) {
        await force(csrId, next);
      }
      expect((await short().call("GET", "/api/v2/certificates")).json).toHaveLength(1);
      expect((await short().call("GET", `${templates}/${templateId}`)).json).toMatchObject({ lastCertificateId: 1 });
    });

    test.each(signingStates)("in %s a certificate is linkable only if the guide says so", async (end) => {
      const { csrId } = await managedTemplate(short(), "www.example.com");
      await force(csrId, "NOTIFIED_SITES");
      await force(csrId, end);
      const siteId = await short().newSite("a");
      expect((await short().link(siteId, "1")).status).toBe(/^NOTIF(Y|IED)_SITES$/.test(end) ? 201 : 409);
    });

    test("an unknown state is rejected with 400, an unknown request with 404", async () => {
      const { csrId } = await managedTemplate(short(), "www.example.com");
      expect([(await force(csrId, "FINE")).status, (await force("9", "NOTIFY_SITES")).status]).toEqual([400, 404]);
    });
  });

  describe("a new signing request", () => {
    test("after a failure is independent, with its own key, newest last", async () => {
      const { csrId, templateId } = await managedTemplate(short(), "www.example.com");
      await alias(short(), "_acme-challenge.www.example.com", "elsewhere.example.net");
      advance(2_000);
      await delegate(short(), csrId);
      const made = await short().call("POST", `${templates}/${templateId}/certificate-signing-requests`);
      expect(made).toMatchObject({
        status: 201,
        json: { csrId: 2, signingState: "PENDING_CHALLENGE_DELEGATION", certificateTemplateIdRef: templateId },
      });
      advance(1_100);
      expect([await state("1"), await state("2")]).toEqual(["CHALLENGE_DELEGATION_FAILURE", "NOTIFIED_SITES"]);
      expect((await short().call("GET", `${templates}/${templateId}`)).json).toMatchObject({
        csrIds: [1, 2],
        csrId: 2,
        lastCertificateId: 1,
      });
      const texts = await Promise.all(["1", "2"].map((id) => short().call("GET", `${requests}/${id}/pem`)));
      expect(texts[0]?.text).not.toBe(texts[1]?.text);
    });

    test("of a template that does not exist is 404", async () => {
      expect((await short().call("POST", `${templates}/9/certificate-signing-requests`)).status).toBe(404);
    });
  });

  test("a snapshot restores requests, certificates and due events", async () => {
    const { csrId } = await managedTemplate(short(), "www.example.com");
    await delegate(short(), csrId);
    advance(600);
    const { text } = await short().control("POST", "/snapshot");
    advance(10_000);
    expect(await state(csrId)).toBe("NOTIFIED_SITES");
    await short().control("POST", "/restore", JSON.parse(text));
    expect(await state(csrId)).toBe("CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN");
    advance(500);
    expect(await state(csrId)).toBe("NOTIFIED_SITES");
  });

  test("the same requests give the same ledger, names and times", async () => {
    const run = async () => {
      await short().control("POST", "/reset");
      const { csrId } = await managedTemplate(short(), "www.example.com");
      await delegate(short(), csrId);
      for (let step = 0; step < 12; step++) {
        advance(100);
        await state(csrId);
      }
      await short().call("GET", templates);
      const ledger = (await short().control("GET", "/ledger")).text;
      return [ledger, (await short().call("GET", templates)).text];
    };
    expect(await run()).toEqual(await run());
  });
});

test("on a running clock a certificate takes two seconds by default", async () => {
  const running = await startEmulator();
  const api = new Api(running);
  try {
    const { csrId } = await managedTemplate(api, "www.example.com");
    const start = Date.now();
    await delegate(api, csrId);
    await until(async () => (await signingState(api, csrId)).startsWith("NOTIF"));
    expect(Date.now() - start).toBeGreaterThanOrEqual(1_990);
    expect(Date.now() - start).toBeLessThan(20_000);
  } finally {
    await running.close();
  }
}, 20_000);

test("an emulator that is closed during issuance continues when it starts again", async () => {
  const data = await mkdtemp(join(tmpdir(), "issue-"));
  const options = { data, now: "2026-03-01T00:00:00.000Z", issueMs: 1_000 };
  const first = await startEmulator(options);
  const { csrId } = await managedTemplate(new Api(first), "www.example.com");
  await delegate(new Api(first), csrId);
  first.clock.advance(300);
  await first.close();
  const second = await startEmulator(options);
  second.clock.advance(800);
  expect(await signingState(new Api(second), csrId)).toBe("NOTIFIED_SITES");
  expect((await new Api(second).call("GET", "/api/v2/certificates/1")).json).toMatchObject({ csrId });
  await second.close();
  await rm(data, { recursive: true });
});
