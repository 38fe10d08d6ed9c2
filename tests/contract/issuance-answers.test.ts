/** Waiting for a certificate while answers get lost or contradict each other. */
import { Unfinished } from "../../provider/lifecycle.ts";
import { type CertificateIssuanceState, certificateIssuance } from "../../provider/resources/certificate-issuance.ts";
import { siteCertificateLink } from "../../provider/resources/site-certificate-link.ts";
import { openSession, type TestSession } from "../support/test-session.ts";
import { type Api, field, frozenEmulator } from "./emulator-harness.ts";
import { delegate, managedTemplate, templates } from "./emulator-signing.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let api: Api;
let session: TestSession;

beforeEach(() => {
  api = emulator();
  const { clock } = api.emulator;
  session = openSession({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => void clock.advance(ms) },
  });
});
afterEach(() => session.close());

async function unfinished(work: Promise<unknown>): Promise<Unfinished> {
  const thrown = await work.then(
    () => new Error("it went well"),
    (error: unknown) => error,
  );
  if (!(thrown instanceof Unfinished)) throw thrown;
  return thrown;
}

test("an issued certificate that is not shown ends the wait with an error, and the next run reads its names", async () => {
  const { templateId, csrId } = await managedTemplate(api, HOST);
  await delegate(api, csrId);
  const inputs = { certificateTemplateId: Number(templateId) };
  const match = { method: "GET", route: "/api/v2/certificates/*", times: 2 };
  await api.control("POST", "/faults", { match, effect: { status: 404 } });
  const { reason, state } = await unfinished(certificateIssuance.create(inputs, session.context()));
  expect(reason.message).toContain("[QWILT_API_UNEXPECTED_ANSWER]");
  const saved = state as CertificateIssuanceState;
  const reached = await certificateIssuance.update(templateId, saved, inputs, session.context());
  expect(reached).toMatchObject({ dnsNames: [HOST], certificateId: saved.certificateId });
});

test.each([{ reset: "after" }, { truncate: true }])(
  "a new signing request whose answer was lost by %j is found and not asked for twice",
  async (effect) => {
    const { templateId, csrId } = await managedTemplate(api, HOST);
    await api.control("POST", `/csrs/${csrId}/state`, { signingState: "CHALLENGE_DELEGATION_FAILURE" });
    const inputs = { certificateTemplateId: Number(templateId) };
    const failed = await unfinished(certificateIssuance.create(inputs, session.context()));
    await delegate(api, csrId);
    const match = { method: "POST", route: "/api/v2/certificate-templates/*/certificate-signing-requests" };
    await api.control("POST", "/faults", { match, effect });
    const again = { ...inputs, retrigger: "record mended" };
    const state = failed.state as CertificateIssuanceState;
    const reached = await certificateIssuance.update(templateId, state, again, session.context());
    expect(reached).toMatchObject({ dnsNames: [HOST], retriggered: "record mended" });
    const answer = await api.call("GET", `${templates}/${templateId}`);
    expect(answer.json).toMatchObject({ csrIds: [expect.anything(), expect.anything()] });
    expect(field(answer, "lastCertificateId")).toBe(String(reached.certificateId));
  },
);

test("a certificate whose text is not shown is not said to cover nothing", () => {
  const link = { siteId: "s", certificateId: 25, hosts: [HOST] };
  const shown = siteCertificateLink.check({ ...link, fingerprint: "ab", dnsNames: [] }, {}, session.context());
  expect(shown.failures).toMatchObject([{ property: "hosts" }]);
  const hidden = siteCertificateLink.check({ ...link, fingerprint: "", dnsNames: [] }, {}, session.context());
  expect(hidden.failures).toEqual([]);
});

test("a link whose certificate is not issued says that nothing is linked, and a later run links it", async () => {
  const { templateId, csrId } = await managedTemplate(api, HOST);
  const siteId = await api.newSite("new");
  const inputs = { siteId, certificate: "issuance" as const, certificateTemplateId: Number(templateId) };
  expect(siteCertificateLink.check(inputs, {}, session.context()).plan).toBe(
    "link the certificate if it is issued by now; else a later run links it",
  );
  const { state } = await siteCertificateLink.create(inputs, session.context());
  expect(session.said).toEqual(["info: nothing is linked yet: the certificate is not issued; a later run links it"]);
  await delegate(api, csrId);
  const issuance = { certificateTemplateId: Number(templateId) };
  const { state: issued } = await certificateIssuance.create(issuance, session.context());
  const certificateId = issued.certificateId ?? undefined;
  await siteCertificateLink.update(siteId, state, { ...inputs, certificateId }, session.context());
  expect(session.said.at(-1)).toBe(`info: linked ${certificateId}; the first publish activates it`);
});

test("a link that is to change to a certificate that is not issued tells which one stays", async () => {
  const first = await managedTemplate(api, HOST);
  await delegate(api, first.csrId);
  const issuance = { certificateTemplateId: Number(first.templateId) };
  const { state: issued } = await certificateIssuance.create(issuance, session.context());
  const siteId = await api.newSite("new");
  const certificateId = issued.certificateId ?? undefined;
  const inputs = { siteId, certificate: "issuance" as const, ...issuance, certificateId };
  const { state } = await siteCertificateLink.create(inputs, session.context());
  const second = await managedTemplate(api, HOST, "shop.example.com");
  const news = { siteId, certificate: "issuance" as const, certificateTemplateId: Number(second.templateId) };
  await siteCertificateLink.update(siteId, state, news, session.context());
  expect(session.said.at(-1)).toBe(
    `info: certificate ${certificateId} stays linked: the new one is not issued; a later run links it`,
  );
});

describe("a state that Qwilt adds later", () => {
  /** Qwilt's own answer with another state, `times` times. */
  async function reports(csrId: string, signingState: string, times: number): Promise<void> {
    const path = `/api/v2/certificate-signing-requests/${csrId}`;
    const { json } = await api.call("GET", path);
    const body = { ...(json as object), signingState, lastCertificateId: 77 };
    await api.control("POST", "/faults", {
      match: { method: "GET", route: path, times },
      effect: { status: 200, body },
    });
  }

  test("is waited on and reported by its name, and never taken for usable", async () => {
    const { templateId, csrId } = await managedTemplate(api, HOST);
    await delegate(api, csrId);
    await reports(csrId, "NOTIFIED_SITES_LATER", 3);
    const { state } = await certificateIssuance.create(
      { certificateTemplateId: Number(templateId) },
      session.context(),
    );
    const rows = session.said.filter((line) => line.includes("NOTIFIED_SITES_LATER"));
    expect(rows).toEqual(
      Array(3).fill(expect.stringContaining("a state that this release of pulumi-qwilt does not know")),
    );
    expect(state.certificateId).not.toBe(77);
    expect(state.signingState).toMatch(/^NOTIF(Y|IED)_SITES$/);
  });

  test("that ends in _FAILURE ends the wait at once, by its name", async () => {
    const { templateId, csrId } = await managedTemplate(api, HOST);
    await reports(csrId, "DELIVERY_FAILURE", 1);
    const failed = await unfinished(
      certificateIssuance.create({ certificateTemplateId: Number(templateId) }, session.context()),
    );
    expect(failed.reason.message).toContain(`Signing request ${csrId} ended DELIVERY_FAILURE`);
    expect(failed.reason.message).toContain("[QWILT_ISSUANCE_FAILED]");
    expect(failed.state).toMatchObject({ certificateId: null, signingState: "DELIVERY_FAILURE" });
  });
});
