/** Somebody un-publishes the site while a rotation publishes it. */
import { certificateFacts } from "../../provider/x509/facts.ts";
import { linkOf } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import { makeLeaf } from "../support/x509/factory.ts";
import { type Api, frozenEmulator } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();
let run: RuntimeProvider;
let api: Api;
let duringWait: (() => Promise<unknown>) | undefined;

beforeEach(() => {
  api = emulator();
  const { clock } = api.emulator;
  duringWait = undefined;
  run = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: {
      now: () => clock.now(),
      async sleep(ms) {
        const act = duringWait;
        duringWait = undefined;
        await act?.();
        clock.advance(ms);
      },
    },
  });
});
afterEach(() => run.close());

async function certificate() {
  const leaf = await makeLeaf({ names: [HOST] });
  const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
  return { certificateId: Number(await api.newCertificate(leaf)), fingerprint, dnsNames, notAfter };
}

test("after an un-publish between the end of our publish and our observation, nothing is reported as active", async () => {
  const first = await certificate();
  const { siteId } = await api.liveSite("live", [HOST], String(first.certificateId));
  const { state } = await linkOf(run).create({ siteId, ...first, replaceExisting: true });
  const second = await certificate();
  duringWait = async () => {
    // The publish ends, then a person at the console un-publishes the site; both before the next poll.
    api.emulator.clock.advance(1_000);
    await api.call("POST", `/api/v2/sites/${siteId}/publishing-operations/actions/un-publish`, { target: "ga" });
    api.emulator.clock.advance(1_000);
  };
  const reached = await linkOf(run).update(siteId, state, { siteId, ...second });
  expect(duringWait).toBeUndefined();
  expect(reached).toMatchObject({ linkedCertificateId: second.certificateId, targets: {} });
  expect(reached).not.toHaveProperty("proof");
  expect((await api.control("GET", "/edge")).json).toEqual([]);
});
