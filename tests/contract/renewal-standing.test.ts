/**
 * Qwilt's own renewal in progress, failed, or not observed yet: the served certificate stays, and the messages are
 * true.
 */
import { type CertificateIssuanceState, certificateIssuance } from "../../provider/resources/certificate-issuance.ts";
import { siteCertificateLink } from "../../provider/resources/site-certificate-link/resource.ts";
import { issuanceOf, linkOf } from "../support/engine/resource-verbs.ts";
import type { RuntimeProvider } from "../support/engine/runtime-provider.ts";
import { type Api, frozenEmulator } from "./emulator-harness.ts";
import { delegate, managedTemplate } from "./emulator-signing.ts";
import { csrIds, lastSeq, ledgerSince, outcome, runAt, setState } from "./signing-support.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let api: Api;
let run: RuntimeProvider;

beforeEach(() => {
  api = emulator();
  run = runAt(api, "0");
});
afterEach(() => run.close());

/** A live site with an issued certificate, and the states of its two resources. */
async function live() {
  const made = await managedTemplate(api, HOST);
  await delegate(api, made.csrId);
  const templateId = Number(made.templateId);
  const args = { certificateTemplateId: templateId };
  const { state: issued } = await issuanceOf(run, "issuance").create(args);
  const siteId = await api.newSite("live");
  await api.publish(siteId, await api.newRevision(siteId, HOST), "ga");
  api.emulator.clock.advance(300_000);
  const certificateId = issued.certificateId ?? 0;
  const link = { siteId, ...args, certificateId, certificate: "issuance" as const };
  const { id, state: linked } = await linkOf(run, "link").create(link);
  return { templateId, args, issued, siteId, link, id, linked, certificateId };
}

/** Qwilt renews: a new request that reaches the given state. */
async function renewal(templateId: number, ...states: string[]): Promise<number> {
  await api.call("POST", `/api/v2/certificate-templates/${templateId}/certificate-signing-requests`);
  const csrId = (await csrIds(api, templateId)).at(-1) ?? 0;
  for (const state of states) await setState(api, String(csrId), state);
  return csrId;
}

async function newestOf(templateId: number): Promise<number> {
  const { json } = await api.call("GET", `/api/v2/certificate-templates/${templateId}`);
  return (json as { lastCertificateId: number }).lastCertificateId;
}

async function refreshed(state: CertificateIssuanceState): Promise<CertificateIssuanceState> {
  const seen = await issuanceOf(run, "issuance").read(String(state.certificateTemplateId), state);
  if (seen === undefined) throw new Error("the issuance is there");
  return seen;
}

test("a renewal whose activation failed keeps the served certificate, and each preview reports it", async () => {
  const { templateId, args, issued, link, id, linked, certificateId } = await live();
  const csrId = await renewal(templateId, "NOTIFY_SITES", "NOTIFY_SITES_FAILURE");
  expect(await newestOf(templateId)).not.toBe(certificateId);

  const seen = await refreshed(issued);
  expect(seen).toMatchObject({ certificateId, csrId, signingState: "NOTIFY_SITES_FAILURE", notAfter: issued.notAfter });
  expect(run.said.filter((line) => line.startsWith("warn:"))).toEqual([
    expect.stringContaining(`the renewal of certificate ${certificateId} failed`),
  ]);
  const planned = certificateIssuance.diff(seen, args, run.session.context("issuance"));
  expect(planned).toMatchObject({ kind: "none", warnings: [expect.stringContaining("contact Qwilt support")] });
  expect(siteCertificateLink.diff(linked, link, run.session.context("link"))).toEqual({ kind: "none" });

  // Whatever makes the link work again, it does not use the certificate that may not be linked.
  const since = await lastSeq(api);
  const again = await linkOf(run, "link").update(id, linked, { ...link, hosts: [HOST] });
  expect(again.linkedCertificateId).toBe(certificateId);
  expect((await ledgerSince(api, since)).filter(({ method }) => method !== "GET")).toEqual([]);
});

test("a link by template uses the newest certificate that may be linked", async () => {
  const { templateId, certificateId, siteId } = await live();
  for (const _time of [1, 2]) await renewal(templateId, "NOTIFY_SITES", "NOTIFY_SITES_FAILURE");
  const args = { siteId, certificateTemplateId: templateId };
  const { state } = await linkOf(run, "link").create(args);
  expect(state.linkedCertificateId).toBe(certificateId);
});

test("while Qwilt moves its sites nothing is planned; once it is done the issuance follows", async () => {
  const { templateId, args, issued, certificateId } = await live();
  const csrId = await renewal(templateId, "NOTIFY_SITES");
  const moving = await refreshed(issued);
  expect(moving).toMatchObject({ certificateId, csrId, signingState: "NOTIFY_SITES" });
  expect(certificateIssuance.diff(moving, args, run.session.context("issuance"))).toEqual({
    kind: "none",
    warnings: [],
  });
  await setState(api, String(csrId), "NOTIFIED_SITES");
  expect((await refreshed(moving)).certificateId).toBe(await newestOf(templateId));
});

test("a renewal that failed because of its record names the remedy, and promises nothing", async () => {
  const { templateId, args, issued, certificateId } = await live();
  await renewal(templateId, "CHALLENGE_DELEGATION_FAILURE");
  const seen = await refreshed(issued);
  const nearTheEnd = {
    ...run.session.context("issuance"),
    clock: { ...run.session.context().clock, now: () => Date.parse(seen.notAfter) - 86_400_000 },
  };
  const { warnings = [] } = certificateIssuance.diff(seen, args, nearTheEnd) as { warnings?: readonly string[] };
  expect(warnings).toEqual([expect.stringContaining("change `retrigger`")]);
  expect(warnings.join()).toContain(`Certificate ${certificateId}, valid until ${seen.notAfter.slice(0, 10)}`);
  expect(warnings.join()).not.toContain("renews it automatically");
});

test("a retrigger that fails keeps what was issued, and is waited for until there is a certificate", async () => {
  const { templateId, args, issued, certificateId } = await live();
  const failing = runAt(api, String((await csrIds(api, templateId)).at(-1)! + 1), ["CA_SIGN_FAILURE"]);
  const news = { ...args, retrigger: "again" };
  const stopped = await outcome(issuanceOf(failing).update(String(templateId), issued, news));
  failing.close();
  expect(stopped.error?.details).toMatchObject({ state: "CA_SIGN_FAILURE" });
  expect(stopped.state).toMatchObject({ certificateId, notAfter: issued.notAfter, awaiting: true });
  const seen = await refreshed(stopped.state);
  expect(seen).toMatchObject({ certificateId, awaiting: true });
  expect(certificateIssuance.diff(seen, news, run.session.context("issuance"))).toMatchObject({
    kind: "resume",
    warnings: [],
  });
  const { clock } = run.session.context();
  const soon = { ...clock, now: () => Date.parse(seen.notAfter) - 86_400_000 };
  expect(certificateIssuance.diff(seen, news, { ...run.session.context("issuance"), clock: soon })).toMatchObject({
    warnings: [
      expect.stringContaining(`certificate ${certificateId}, which stays in use until then, expires in 1 day`),
    ],
  });

  const mended = { ...args, retrigger: "and again" };
  const reached = await issuanceOf(run, "issuance").update(String(templateId), seen, mended);
  expect(reached.certificateId).toBe(await newestOf(templateId));
  expect(reached.awaiting).toBeUndefined();
});

test("a certificate that Qwilt renewed since the last refresh is not foreign to its link", async () => {
  const { templateId, id, linked, siteId } = await live();
  api.emulator.clock.advance(65 * 86_400_000);
  const served = async () =>
    ((await api.call("GET", `/api/v2/sites/${siteId}/certificates`)).json as { certificateId: number | string }[]).map(
      (one) => Number(one.certificateId),
    );
  expect(await served()).toEqual([await newestOf(templateId)]);
  expect(await served()).not.toEqual([linked.linkedCertificateId]);

  const other = await managedTemplate(api, HOST);
  await delegate(api, other.csrId);
  const next = { certificateTemplateId: Number(other.templateId) };
  const { state: issued } = await issuanceOf(run, "next").create(next);
  const wanted = { siteId, ...next, certificateId: issued.certificateId ?? 0, certificate: "issuance" as const };
  const moved = await linkOf(run, "link").update(id, linked, wanted);
  expect(moved.linkedCertificateId).toBe(issued.certificateId);
});

test("nor is it left behind when the link is removed", async () => {
  const { id, linked, siteId } = await live();
  api.emulator.clock.advance(65 * 86_400_000);
  await linkOf(run, "link").delete(id, linked);
  expect((await api.call("GET", `/api/v2/sites/${siteId}/certificates`)).json).toEqual([]);
});
