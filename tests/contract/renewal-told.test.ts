/**
 * A self-managed template and its certificate, run after run: when it is renewed, and what the rows say if it is not.
 */
import type { Properties } from "../support/engine/process-engine.ts";
import type { Ca } from "../support/x509/factory.ts";
import { frozenEmulator } from "./emulator-harness.ts";
import { corporateCa, Runs } from "./renewal-support.ts";

const TEMPLATE = "/api/v2/certificate-templates/*";
const LOOK = ["GET /api/v2/certificate-templates/{certificateTemplateId}", "certificate"];
const ROTATION = ["CertificateTemplate replace", "Certificate replace"];

const emulator = frozenEmulator({ assumptions: { csrKey: "EC-P256" } });
let ca: Ca;
beforeAll(async () => {
  ca = await corporateCa();
});
const live = (template: Properties, days: number) => new Runs(emulator(), ca, template, days);

describe("without lifetimeDays", () => {
  test("the second preview and the second run are empty, and look the dates up without a change of the state", async () => {
    const runs = live({ renewBefore: "1/3" }, 47);
    expect(await runs.up()).toMatchObject({ error: undefined, warned: [] });
    const before = JSON.stringify(runs.state);
    expect(await runs.preview()).toMatchObject({ changes: [], calls: LOOK, warned: [] });
    expect(await runs.up()).toMatchObject({ error: undefined, calls: LOOK, warned: [] });
    expect(JSON.stringify(runs.state)).toBe(before);
  });

  test("the looked-up dates decide: nothing a day before, the whole rotation from then on, once", async () => {
    const runs = live({ renewBefore: 15 }, 47);
    await runs.up();
    runs.pass(31);
    expect(await runs.preview()).toMatchObject({ changes: [] });
    runs.pass(1);
    expect(await runs.preview()).toMatchObject({ changes: ROTATION });
    const { error, calls } = await runs.up();
    expect(error).toBeUndefined();
    expect(calls.filter((word) => word === "upload")).toHaveLength(1);
    expect(await runs.preview()).toMatchObject({ changes: [], calls: LOOK });
  });

  test("a refresh stores the dates in the state, and nothing is looked up any more", async () => {
    const runs = live({ renewBefore: "1/3" }, 47);
    await runs.up();
    await runs.refresh();
    expect(await runs.preview()).toMatchObject({ changes: [], calls: [] });
  });

  test("a request without a certificate is one call, and no change", async () => {
    const runs = live({ renewBefore: "1/3" }, 47);
    await runs.up(["CertificateTemplate"]);
    expect(await runs.preview(["CertificateTemplate"])).toMatchObject({
      changes: [],
      calls: LOOK.slice(0, 1),
      warned: [],
    });
  });

  test.each([
    ["an error of the server", { status: 500 }, "QWILT_SERVER_ERROR"],
    ["a refused key", { status: 401 }, "QWILT_AUTH_FAILED"],
    ["a reset", { reset: "before" }, "QWILT_API_UNREACHABLE"],
    ["an answer that is cut", { truncate: true }, "QWILT_API_UNREACHABLE"],
    ["something else than a template", { status: 200, body: [] }, "QWILT_API_UNEXPECTED_ANSWER"],
  ])("%s in a lookup is a warning, and the next run looks up again", async (_title, effect, code) => {
    const runs = live({ renewBefore: 15 }, 47);
    await runs.up();
    runs.pass(33);
    const match = { method: "GET", route: TEMPLATE, times: 20 };
    await emulator().control("POST", "/faults", { match, effect });
    const said = expect.stringMatching(`could not check whether a new signing request is due: .*\\[${code}\\]`);
    expect(await runs.preview()).toMatchObject({
      error: undefined,
      changes: [],
      warned: expect.arrayContaining([said]),
    });
    expect(await runs.up()).toMatchObject({ error: undefined, warned: expect.arrayContaining([said]) });
    await emulator().control("DELETE", "/faults");
    expect(await runs.preview()).toMatchObject({ changes: ROTATION });
  });

  test("a deleted template is a warning", async () => {
    const runs = live({ renewBefore: 15 }, 47);
    await runs.up();
    await emulator().call(
      "DELETE",
      `/api/v2/certificate-templates/${runs.state.resources[0]?.outputs.certificateTemplateId}`,
    );
    const said = expect.stringMatching(/template \d+ no longer exists: run `pulumi refresh`/);
    expect(await runs.preview()).toMatchObject({ error: undefined, changes: [], warned: [said] });
  });
});

test("with lifetimeDays no preview makes a call", async () => {
  const runs = live({ renewBefore: "1/3", lifetimeDays: 47 }, 47);
  expect(await runs.up()).toMatchObject({ warned: [] });
  expect(await runs.preview()).toMatchObject({ changes: [], calls: [], warned: [] });
});

describe("no renewal is promised that will not happen", () => {
  const promise = expect.stringMatching(/your CA's signature/);

  test("a window as long as the lifetime is reported from the first run on, also before expiry", async () => {
    const said = expect.stringMatching(
      /^renewBefore \(50 days\) is as long as the lifetime of the certificate \(47 days\).*use a shorter period/,
    );
    const runs = live({ renewBefore: "50 days" }, 47);
    expect(await runs.up()).toMatchObject({ error: undefined, warned: [said] });
    expect(await runs.preview()).toMatchObject({ changes: [], warned: [said] });
    runs.pass(41);
    const { warned } = await runs.preview();
    expect(warned).toEqual([
      said,
      expect.stringMatching(
        /expires in 5 days .*; it is not renewed automatically: renewBefore \(50 days\).* as long as its lifetime/,
      ),
    ]);
    expect(warned).not.toContainEqual(promise);
  });

  test("a certificate with a shorter lifetime than lifetimeDays is reported, until the real dates count", async () => {
    const said = expect.stringMatching(/^the certificate is valid for 47 days, not 90: correct lifetimeDays.*too late/);
    const runs = live({ renewBefore: "1/3", lifetimeDays: 90 }, 47);
    expect(await runs.up()).toMatchObject({ error: undefined, warned: [said] });
    expect(await runs.preview()).toMatchObject({ changes: [], calls: [], warned: [said] });
    runs.pass(41);
    const late = await runs.preview();
    expect(late).toMatchObject({ changes: [], warned: expect.arrayContaining([said]) });
    expect(late.warned).toContainEqual(
      expect.stringMatching(/expires in 5 days .*; it is not renewed in time: its template assumes 90 days/),
    );
    expect(late.warned).not.toContainEqual(promise);
    await runs.refresh();
    expect(await runs.preview()).toMatchObject({ changes: ROTATION, warned: [said] });
  });

  test("without renewBefore the expiry warning says what to set", async () => {
    const runs = live({}, 47);
    await runs.up();
    expect(await runs.preview()).toMatchObject({ changes: [], calls: [], warned: [] });
    runs.pass(41);
    expect((await runs.preview()).warned).toEqual([
      expect.stringMatching(/expires in 5 days .*; it is not renewed automatically: set renewBefore on its template/),
    ]);
  });

  test("with a window that fits the row says when a run makes the request", async () => {
    const runs = live({ renewBefore: 5 }, 47);
    await runs.up();
    runs.pass(36);
    expect((await runs.preview()).warned).toEqual([
      expect.stringMatching(
        /expires in 10 days .*; the first run on or after 2026-04-11 creates a new signing request/,
      ),
    ]);
  });

  test("a certificate whose CA has not signed the new request shows its expiry", async () => {
    const runs = live({ renewBefore: 15 }, 47);
    await runs.up();
    runs.pass(36);
    runs.isCaAway = true;
    expect(await runs.up()).toMatchObject({ error: undefined });
    expect(await runs.preview()).toMatchObject({
      changes: [],
      warned: [
        expect.stringMatching(/is waiting for your CA's signature; .* stays, which expires in 10 days \(2026-04-16\)$/),
      ],
    });
  });
});
