/** Each change of `retrigger` requests one new signing request, whatever happens to the run that requests it. */
import type { CertificateIssuanceState } from "../../provider/resources/certificate-issuance.ts";
import { issuanceOf } from "../support/engine/resource-verbs.ts";
import { frozenEmulator } from "./emulator-harness.ts";
import { delegate, managedTemplate, signingState } from "./emulator-signing.ts";
import { csrIds, lastSeq, ledgerSince, outcome, runAt, setState } from "./signing-support.ts";

const emulator = frozenEmulator();
const trigger = "/api/v2/certificate-templates/*/certificate-signing-requests";

interface Args {
  readonly certificateTemplateId: number;
  readonly retrigger?: string;
}

async function failed(end: string) {
  const made = await managedTemplate(emulator(), "www.example.com");
  await delegate(emulator(), made.csrId);
  const args: Args = { certificateTemplateId: Number(made.templateId) };
  const run = runAt(emulator(), made.csrId, [end]);
  const created = issuanceOf(run)
    .create(args)
    .then(({ state }) => state);
  const { state, error } = await outcome(created);
  run.close();
  expect(error).toBeDefined();
  return { args, state, csrId: Number(made.csrId) };
}

/** A separate process, as for the next run. */
async function update(state: CertificateIssuanceState, args: Args) {
  const run = runAt(emulator(), "0");
  const since = await lastSeq(emulator());
  const done = await outcome(issuanceOf(run).update(String(args.certificateTemplateId), state, args));
  run.close();
  const writes = (await ledgerSince(emulator(), since)).filter(({ method }) => method !== "GET");
  return { ...done, writes: writes.length };
}

const FAILURES = [
  "CHALLENGE_DELEGATION_FAILURE",
  "REQUESTING_CERTIFICATE_FROM_CA_FAILURE",
  "CA_SIGN_FAILURE",
  "NOTIFY_SITES_FAILURE",
];

test.each(FAILURES)(
  "%s stays final until retrigger changes; then one request is created and waited for",
  async (end) => {
    const { args, state, csrId } = await failed(end);
    const again = await update(state, args);
    expect(again).toMatchObject({ writes: 0, state: { csrId, signingState: end } });
    expect(again.error?.details).toMatchObject({ state: end });

    const news = { ...args, retrigger: "mended" };
    const mended = await update(again.state, news);
    const ids = await csrIds(emulator(), args.certificateTemplateId);
    expect(ids).toEqual([csrId, csrId + 1]);
    expect(mended).toMatchObject({ writes: 1, error: undefined, state: { csrId: csrId + 1, retriggered: "mended" } });
    expect(mended.state.certificateId).toEqual(expect.any(Number));
    expect(await update(mended.state, news)).toMatchObject({ writes: 0, error: undefined });
    expect(await csrIds(emulator(), args.certificateTemplateId)).toEqual(ids);
  },
);

test("after a lost response the request that was created is found and waited for", async () => {
  const { args, state, csrId } = await failed("CHALLENGE_DELEGATION_FAILURE");
  await emulator().control("POST", "/faults", {
    match: { method: "POST", route: trigger },
    effect: { reset: "after" },
  });
  const news = { ...args, retrigger: "mended" };
  const { error, state: issued } = await update(state, news);
  expect(error).toBeUndefined();
  expect(issued).toMatchObject({ csrId: csrId + 1, retriggered: "mended" });
  expect(await csrIds(emulator(), args.certificateTemplateId)).toEqual([csrId, csrId + 1]);
});

test("no failure after a lost response creates a second request in the next run", async () => {
  const { args, state, csrId } = await failed("CHALLENGE_DELEGATION_FAILURE");
  await emulator().control("POST", "/faults", {
    match: { method: "POST", route: trigger },
    effect: { reset: "after" },
  });
  const reads = {
    match: { method: "GET", route: "/api/v2/certificate-templates/*", times: 50 },
    effect: { status: 403 },
  };
  const news = { ...args, retrigger: "mended" };
  // Qwilt stops responding once the request was created.
  const run = runAt(emulator(), "0", [], async (call) => {
    if (call === "certificateTemplates.triggerSigningRequest") await emulator().control("POST", "/faults", reads);
  });
  const stopped = issuanceOf(run).update(String(args.certificateTemplateId), state, news);
  const { error, state: saved } = await outcome(stopped);
  run.close();
  expect(error).toBeDefined();
  expect(saved).toMatchObject({ csrId, certificateId: null, signingState: "CHALLENGE_DELEGATION_FAILURE" });
  await emulator().control("DELETE", "/faults");

  const next = await update(saved, news);
  expect(next).toMatchObject({ writes: 0, error: undefined, state: { csrId: csrId + 1, retriggered: "mended" } });
  expect(await csrIds(emulator(), args.certificateTemplateId)).toEqual([csrId, csrId + 1]);
});

test("a run that fails before its first check keeps everything about an issued certificate", async () => {
  const { args, state } = await failed("CHALLENGE_DELEGATION_FAILURE");
  const issued = (await update(state, { ...args, retrigger: "1" })).state;
  await emulator().control("POST", "/faults", {
    match: { method: "GET", route: "/api/v2/certificate-templates/*", times: 50 },
    effect: { status: 403 },
  });
  const { error, state: saved } = await update(issued, { ...args, retrigger: "1" });
  expect(error).toBeDefined();
  expect(saved).toEqual(issued);
});

test("a request by Qwilt that is in progress is not duplicated", async () => {
  const { args, state, csrId } = await failed("CHALLENGE_DELEGATION_FAILURE");
  await emulator().call(
    "POST",
    `/api/v2/certificate-templates/${args.certificateTemplateId}/certificate-signing-requests`,
  );
  expect(await signingState(emulator(), String(csrId + 1))).toBe("PENDING_CHALLENGE_DELEGATION");
  const { state: issued, writes } = await update(state, { ...args, retrigger: "mended" });
  expect(issued).toMatchObject({ csrId: csrId + 1 });
  expect(writes).toBe(0);
  await setState(emulator(), String(csrId + 1), "CA_SIGN_FAILURE");
  const third = await update(issued, { ...args, retrigger: "mended again" });
  expect(third).toMatchObject({ writes: 1, state: { csrId: csrId + 2 } });
});
