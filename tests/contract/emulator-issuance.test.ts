/** Managed signing requests on a frozen clock: states, times, DNS, the certificate. */
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { field, frozenEmulator } from "./emulator-harness.ts";
import { delegate, managedTemplate, signingState } from "./emulator-signing.ts";

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
