/**
 * Waiting for a certificate, in Pulumi's own provider process against the emulator: every state, every outcome, every
 * resume.
 */

import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type DynamicProcess, startDynamicProcess } from "../support/engine/dynamic-process.ts";
import { PROMPT_MS } from "../support/prompt.ts";

jest.setTimeout(120_000);

let emulator: EmulatorProcess;
let text: string;
let open: DynamicProcess[] = [];

beforeAll(async () => {
  emulator = await startEmulatorProcess(["--issue-ms", "600"]);
  text = providerText("CertificateIssuance");
});
afterAll(async () => emulator?.close());
afterEach(async () => {
  await Promise.all(open.map((one) => one.close()));
  open = [];
});

async function start(): Promise<DynamicProcess> {
  const env = { QWILT_ENDPOINT: emulator.api, QWILT_API_KEY: emulator.apiKey };
  const started = await startDynamicProcess({ text, env, config: { "qwilt:dnsServer": emulator.dns } });
  open.push(started);
  return started;
}

interface Template {
  readonly certificateTemplateId: number;
  readonly csrIds: number[];
}

let made = 0;
async function makeTemplate(): Promise<Template> {
  made += 1;
  const body = { commonName: `w${made}.example.com`, autoManagedCertificateTemplate: true };
  return (await emulator.call("POST", "/api/v2/certificate-templates", body)).body as Template;
}

const csrIds = async (id: number) =>
  ((await emulator.call("GET", `/api/v2/certificate-templates/${id}`)).body as Template).csrIds;

async function createRecord(csrId: number): Promise<void> {
  const request = (await emulator.call("GET", `/api/v2/certificate-signing-requests/${csrId}`)).body as {
    challengeDelegationOfDomainsList: { fromDomain: string; toDomain: string }[];
  };
  for (const { fromDomain, toDomain } of request.challengeDelegationOfDomainsList) {
    await emulator.ask("PUT", `/dns/${fromDomain}`, { type: "CNAME", value: toDomain, ttl: 300 });
  }
}

const setState = (csrId: number | undefined, signingState: string) =>
  emulator.ask("POST", `/csrs/${csrId}/state`, { signingState });

test.each([
  [
    "CHALLENGE_DELEGATION_FAILURE",
    "QWILT_CHALLENGE_DELEGATION_FAILED",
    /the record is missing: create _acme-challenge/,
  ],
  ["REQUESTING_CERTIFICATE_FROM_CA_FAILURE", "QWILT_CHALLENGE_FAILED", /change `retrigger`/],
  ["CA_SIGN_FAILURE", "QWILT_CA_REFUSED", /contact Qwilt support/],
  ["NOTIFY_SITES_FAILURE", "QWILT_NOTIFY_SITES_FAILED", /contact Qwilt support/],
])("%s ends the wait at once, with its remedy", async (state, code, remedy) => {
  const { certificateTemplateId, csrIds: ids } = await makeTemplate();
  await setState(ids[0], state);
  const issuance = await start();
  const { error } = await issuance.create({ certificateTemplateId });
  expect(error?.details).toContain(`[${code}]`);
  expect(error?.details).toMatch(remedy);
  expect(error?.details).toContain(String(ids[0]));
  expect(issuance.initFailed(error)?.properties).toMatchObject({ certificateTemplateId, certificateId: null });
});

test("a time limit names the state, keeps what is known, and the next run continues with the same request", async () => {
  const { certificateTemplateId, csrIds: ids } = await makeTemplate();
  const issuance = await start();
  const inputs = { certificateTemplateId, timeouts: { create: 0.01 } };
  const { error } = await issuance.create(inputs);
  expect(error?.details).toContain("[QWILT_ISSUANCE_TIMED_OUT]");
  expect(error?.details).toContain("PENDING_CHALLENGE_DELEGATION");
  const saved = issuance.initFailed(error);
  expect(saved).toMatchObject({
    id: String(certificateTemplateId),
    properties: { csrId: ids[0], certificateId: null },
  });
  await createRecord(ids[0] ?? 0);
  const { ok } = await issuance.update(saved?.id ?? "", saved?.properties ?? {}, { certificateTemplateId });
  expect(ok?.outs).toMatchObject({ csrId: ids[0], dnsNames: [`w${made}.example.com`] });
  expect(ok?.outs.certificateId).toEqual(expect.any(Number));
  expect(await csrIds(certificateTemplateId)).toEqual(ids);
});

test("wait next-run finishes without a certificate, and a later run finds it", async () => {
  const { certificateTemplateId, csrIds: ids } = await makeTemplate();
  const issuance = await start();
  const inputs = { certificateTemplateId, wait: "next-run" };
  const { ok } = await issuance.create(inputs);
  expect(ok?.outs).toMatchObject({ certificateId: null, signingState: "PENDING_CHALLENGE_DELEGATION" });
  const state = ok?.outs ?? {};
  expect((await issuance.diff(ok?.id ?? "", state, inputs)).changes).toBe(2);
  await createRecord(ids[0] ?? 0);
  const deadline = Date.now() + 30_000;
  let later = await issuance.update(ok?.id ?? "", state, inputs);
  while (later.ok?.outs.certificateId === null && Date.now() < deadline) {
    later = await issuance.update(ok?.id ?? "", state, inputs);
  }
  expect(later.ok?.outs.certificateId).toEqual(expect.any(Number));
  expect((await issuance.diff(ok?.id ?? "", later.ok?.outs ?? {}, inputs)).changes).toBe(1);
});

test("a changed retrigger requests one new signing request, also if the run is killed while it waits", async () => {
  const { certificateTemplateId, csrIds: ids } = await makeTemplate();
  await setState(ids[0], "CHALLENGE_DELEGATION_FAILURE");
  const first = await start();
  const saved = first.initFailed((await first.create({ certificateTemplateId })).error);
  const news = { certificateTemplateId, retrigger: "cname mended" };
  const waiting = first.update(saved?.id ?? "", saved?.properties ?? {}, news).catch(() => undefined);
  const deadline = Date.now() + 20_000;
  while ((await csrIds(certificateTemplateId)).length < 2 && Date.now() < deadline)
    await new Promise((r) => setImmediate(r));
  const after = await csrIds(certificateTemplateId);
  expect(after).toHaveLength(2);
  await first.close();
  void waiting;
  await createRecord(after[1] ?? 0);
  const second = await start();
  const { ok } = await second.update(saved?.id ?? "", saved?.properties ?? {}, news);
  expect(ok?.outs).toMatchObject({ csrId: after[1], retriggered: "cname mended" });
  expect(await csrIds(certificateTemplateId)).toEqual(after);
});

test("a signal ends the wait within a second, and the next run continues with the same request", async () => {
  const { certificateTemplateId, csrIds: ids } = await makeTemplate();
  const issuance = await start();
  const since = await emulator.mark();
  const waiting = issuance.create({ certificateTemplateId });
  const deadline = Date.now() + 20_000;
  while ((await emulator.mark()) === since && Date.now() < deadline) await new Promise((r) => setImmediate(r));
  const signalled = Date.now();
  issuance.signal("SIGINT");
  const { error } = await waiting;
  expect(Date.now() - signalled).toBeLessThan(PROMPT_MS);
  expect(error?.details).toContain("[QWILT_INTERRUPTED]");
  expect(issuance.initFailed(error)?.properties).toMatchObject({ certificateTemplateId });
  expect(await csrIds(certificateTemplateId)).toEqual(ids);
});
