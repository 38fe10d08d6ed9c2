/** Waiting for a certificate while responses get lost or contradict each other. */
import type { CertificateIssuanceState } from "../../provider/resources/certificate-issuance.ts";
import { siteCertificateLink } from "../../provider/resources/site-certificate-link/resource.ts";
import { issuanceOf, linkOf, unfinished } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import { type Api, field, frozenEmulator } from "./emulator-harness.ts";
import { delegate, managedTemplate, templates } from "./emulator-signing.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let api: Api;
let run: RuntimeProvider;

beforeEach(() => {
  api = emulator();
  const { clock } = api.emulator;
  run = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => void clock.advance(ms) },
  });
});
afterEach(() => run.close());

test("an issued certificate that Qwilt does not return ends the wait with an error, and the next run reads its names", async () => {
  const { templateId, csrId } = await managedTemplate(api, HOST);
  await delegate(api, csrId);
  const inputs = { certificateTemplateId: Number(templateId) };
  const match = { method: "GET", route: "/api/v2/certificates/*", times: 2 };
  await api.control("POST", "/faults", { match, effect: { status: 404 } });
  const { reason, state } = await unfinished(issuanceOf(run).create(inputs));
  expect(reason.code).toBe("QWILT_API_UNEXPECTED_ANSWER");
  const saved = state as CertificateIssuanceState;
  const reached = await issuanceOf(run).update(templateId, saved, inputs);
  expect(reached).toMatchObject({ dnsNames: [HOST], certificateId: saved.certificateId });
});

test.each([{ reset: "after" }, { truncate: true }])(
  "a new signing request whose response was lost by %j is found and not requested twice",
  async (effect) => {
    const { templateId, csrId } = await managedTemplate(api, HOST);
    await api.control("POST", `/csrs/${csrId}/state`, { signingState: "CHALLENGE_DELEGATION_FAILURE" });
    const inputs = { certificateTemplateId: Number(templateId) };
    const failed = await unfinished(issuanceOf(run).create(inputs));
    await delegate(api, csrId);
    const match = { method: "POST", route: "/api/v2/certificate-templates/*/certificate-signing-requests" };
    await api.control("POST", "/faults", { match, effect });
    const again = { ...inputs, retrigger: "record mended" };
    const state = failed.state as CertificateIssuanceState;
    const reached = await issuanceOf(run).update(templateId, state, again);
    expect(reached).toMatchObject({ dnsNames: [HOST], retriggered: "record mended" });
    const answer = await api.call("GET", `${templates}/${templateId}`);
    expect(answer.json).toMatchObject({ csrIds: [expect.anything(), expect.anything()] });
    expect(field(answer, "lastCertificateId")).toBe(String(reached.certificateId));
  },
);

test("a certificate whose text is not returned is not reported to cover nothing", () => {
  const link = { siteId: "s", certificateId: 25, hosts: [HOST] };
  const shown = siteCertificateLink.check({ ...link, fingerprint: "ab", dnsNames: [] }, {}, run.session.checkContext());
  expect(shown.failures).toMatchObject([{ property: "hosts" }]);
  const hidden = siteCertificateLink.check({ ...link, fingerprint: "", dnsNames: [] }, {}, run.session.checkContext());
  expect(hidden.failures).toEqual([]);
});

test("a link whose certificate is not issued says that nothing is linked, and a later run links it", async () => {
  const { templateId, csrId } = await managedTemplate(api, HOST);
  const siteId = await api.newSite("new");
  const inputs = { siteId, certificate: "issuance" as const, certificateTemplateId: Number(templateId) };
  expect(siteCertificateLink.check(inputs, {}, run.session.checkContext()).plan).toBe(
    "link the certificate if it is issued by now; otherwise a later run links it",
  );
  const { state } = await linkOf(run).create(inputs);
  expect(run.said).toEqual(["info: nothing is linked yet: the certificate is not issued; a later run links it"]);
  await delegate(api, csrId);
  const issuance = { certificateTemplateId: Number(templateId) };
  const { state: issued } = await issuanceOf(run).create(issuance);
  const certificateId = issued.certificateId ?? undefined;
  await linkOf(run).update(siteId, state, { ...inputs, certificateId });
  expect(run.said.at(-1)).toBe(`info: linked ${certificateId}; the first publish activates it`);
});

test("a link that is to change to a certificate that is not issued names the one that stays", async () => {
  const first = await managedTemplate(api, HOST);
  await delegate(api, first.csrId);
  const issuance = { certificateTemplateId: Number(first.templateId) };
  const { state: issued } = await issuanceOf(run).create(issuance);
  const siteId = await api.newSite("new");
  const certificateId = issued.certificateId ?? undefined;
  const inputs = { siteId, certificate: "issuance" as const, ...issuance, certificateId };
  const { state } = await linkOf(run).create(inputs);
  const second = await managedTemplate(api, HOST, "shop.example.com");
  const news = { siteId, certificate: "issuance" as const, certificateTemplateId: Number(second.templateId) };
  await linkOf(run).update(siteId, state, news);
  expect(run.said.at(-1)).toBe(
    `info: certificate ${certificateId} stays linked: the new one is not issued; a later run links it`,
  );
});

describe("a state that Qwilt adds later", () => {
  /** Qwilt's own response with another state, `times` times. */
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
    const { state } = await issuanceOf(run).create({ certificateTemplateId: Number(templateId) });
    const rows = run.said.filter((line) => line.includes("NOTIFIED_SITES_LATER"));
    expect(rows).toEqual(
      Array(3).fill(expect.stringContaining("a state that this release of pulumi-qwilt does not know")),
    );
    expect(state.certificateId).not.toBe(77);
    expect(state.signingState).toMatch(/^NOTIF(Y|IED)_SITES$/);
  });

  test("that ends in _FAILURE ends the wait at once, by its name", async () => {
    const { templateId, csrId } = await managedTemplate(api, HOST);
    await reports(csrId, "DELIVERY_FAILURE", 1);
    const failed = await unfinished(issuanceOf(run).create({ certificateTemplateId: Number(templateId) }));
    expect(failed.reason).toMatchObject({
      code: "QWILT_ISSUANCE_FAILED",
      details: { csrId: Number(csrId), state: "DELIVERY_FAILURE" },
    });
    expect(failed.state).toMatchObject({ certificateId: null, signingState: "DELIVERY_FAILURE" });
  });
});
