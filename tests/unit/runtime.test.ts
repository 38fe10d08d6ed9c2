/** A runtime shares nothing but its session. */
import { systemClock } from "../../provider/core/clock.ts";
import { siteMissing } from "../../provider/core/errors/object-errors.ts";
import { createEngineLog } from "../../provider/engine/engine-log.ts";
import { plainError } from "../../provider/engine/error-boundary.ts";
import { createRuntime } from "../../provider/engine/runtime.ts";
import { createSession, type SessionOptions } from "../../provider/engine/session.ts";

const urn = (name: string) => `urn:pulumi:prod::web::pulumi-nodejs:dynamic/qwilt:SiteCertificateLink::${name}`;
const link = (name: string) => ({ siteId: "65fc70554a1c9c72079eb803", certificateId: 25, __urn: urn(name) });

function open(options: Partial<SessionOptions> = {}) {
  return createSession({ clock: systemClock, env: {}, log: createEngineLog(async () => undefined), ...options });
}

test("two runtimes in one process are independent: neither knows the other's claims", async () => {
  const [one, two] = [createRuntime(open()), createRuntime(open())];
  expect((await one.check("SiteCertificateLink", {}, link("a"))).failures).toEqual([]);
  expect((await two.check("SiteCertificateLink", {}, link("b"))).failures).toEqual([]);
  expect((await one.check("SiteCertificateLink", {}, link("b"))).failures).toMatchObject([{ property: "siteId" }]);
});

test("what a template says about renewals is recorded by the runtime, in its own session alone", async () => {
  const [session, other] = [open(), open()];
  const inputs = { commonName: "www.example.com" };
  const state = { ...inputs, certificateTemplateId: 7, csrId: 8, signingState: "" };
  expect(await createRuntime(session).diff("CertificateTemplate", "7", state, inputs)).toEqual({ changes: false });
  expect(session.templates.byId(7)).toMatchObject({ csrId: 8, renewedBy: "qwilt" });
  expect(other.templates.byId(7)).toBeUndefined();
});

test("interruptions are watched from the first configuration on, and once", () => {
  const watch = jest.fn();
  const session = open({ interruptions: { watch } });
  expect(watch).not.toHaveBeenCalled();
  session.configure({ get: () => undefined });
  session.configure({ get: () => undefined });
  expect(watch).toHaveBeenCalledTimes(1);
});

test("loading the entry point installs no listener", async () => {
  const listeners = () => ["SIGINT", "SIGTERM", "exit"].map((signal) => process.listenerCount(signal));
  const before = listeners();
  await import("../../provider/index.ts");
  expect(listeners()).toEqual(before);
});

test("an interrupted session begins nothing, and has settled when its work has ended and its rows are delivered", async () => {
  let arrive: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const session = open({ log: createEngineLog(() => arrived) });
  let end: () => void = () => undefined;
  const work = session.track(
    new Promise<void>((resolve) => {
      end = resolve;
    }),
  );
  session.context(urn("a")).row.info("under way");
  session.interrupt();
  expect(() => session.context(urn("b"))).toThrow("[QWILT_INTERRUPTED]");
  const order: string[] = [];
  const settled = session.settled().then(() => order.push("settled"));
  void work.then(() => order.push("work"));
  void arrived.then(() => order.push("rows"));
  end();
  await work;
  arrive();
  await settled;
  expect(order).toEqual(["work", "rows", "settled"]);
});

test("an error is classified by its class and not by its text", () => {
  const ours = siteMissing({ siteId: "1" });
  expect(plainError(ours).message).toBe(ours.message);
  expect(plainError(new Error(ours.message)).message).toContain("[QWILT_INTERNAL]");
});
