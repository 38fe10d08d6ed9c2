/** Every test with an emulator ends with a check of the invariants: a violation fails the test that caused it. */
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

/** A call with the stack's own key. */
async function asStack(emulator: EmulatorProcess, method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${emulator.api}${path}`, {
    method,
    headers: { "X-API-KEY": emulator.apiKey, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

async function liveSite(emulator: EmulatorProcess) {
  const [made] = await materials(1);
  if (made === undefined) throw new Error("a certificate was asked for");
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const { siteId } = (await asStack(emulator, "POST", "/api/v2/sites", { siteName: "a" })) as { siteId: string };
  const { certId } = (await asStack(emulator, "POST", "/api/v2/certificates", {
    certificate: base64(made.leaf),
    certificateChain: base64(made.chain),
    privateKey: base64(made.key),
  })) as { certId: number };
  const { revisionId } = (await asStack(emulator, "POST", `/api/1/sites/${siteId}/configurations`, {
    hostIndex: hostIndex(["www.example.com"]),
    changeDescription: "",
  })) as { revisionId: string };
  const links = `/api/v2/sites/${siteId}/certificates`;
  await asStack(emulator, "POST", links, { certificateId: String(certId) });
  const publish = () =>
    asStack(emulator, "POST", `/api/v2/sites/${siteId}/publishing-operations`, { revisionId, target: "ga" });
  return { siteId, certId, link: `${links}/${certId}`, publish };
}

test("a publish between unlink and link fails the test that made it, when its emulator is closed", async () => {
  const emulator = await startEmulatorProcess(["--now", "2026-11-24T00:00:00Z"]);
  const { link, publish } = await liveSite(emulator);
  await emulator.history.check();
  await asStack(emulator, "DELETE", link);
  await publish();
  await expect(emulator.close()).rejects.toThrow(/invariant 1 .*\n.* DELETE .*\n.* POST /);
});

test("the ledger is judged before it is emptied, and then recording starts again", async () => {
  const emulator = await startEmulatorProcess(["--now", "2026-11-24T00:00:00Z"]);
  const { link, publish } = await liveSite(emulator);
  await asStack(emulator, "DELETE", link);
  await publish();
  await expect(emulator.ask("DELETE", "/ledger")).rejects.toThrow("invariant 1");
  emulator.history.except(1, "this test breaks it");
  await emulator.ask("DELETE", "/ledger");
  await emulator.close();
});

test("what somebody else linked is distinguished from what the stack linked", async () => {
  const emulator = await startEmulatorProcess(["--now", "2026-11-24T00:00:00Z"]);
  const { siteId, certId, link } = await liveSite(emulator);
  await emulator.call("DELETE", link);
  await emulator.call("POST", `/api/v2/sites/${siteId}/certificates`, { certificateId: String(certId) });
  await emulator.history.check();
  await asStack(emulator, "DELETE", link);
  await expect(emulator.close()).rejects.toThrow("invariant 6");
});
