/** A publish that Qwilt rejected before starting changed nothing at the edge: the roll-back needs no publish. */
import { certificateFacts } from "../../provider/x509/facts.ts";
import { linkOf, unfinished } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import { type Api, frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();

function runOf({ emulator: { api, apiKey, clock } }: Api): RuntimeProvider {
  const sleep = async (ms: number) => void clock.advance(ms);
  return startRuntime({ api, apiKey, clock: { now: () => clock.now(), sleep } });
}

test.each([
  ["429", { status: 429, retryAfter: 1 }, "QWILT_RATE_LIMITED"],
  ["404", { status: 404 }, "QWILT_NOT_FOUND"],
  ["409", { status: 409 }, "QWILT_CONFLICT"],
])(
  "after %s to every republish the old certificate is linked, and the error is the one of the publish",
  async (_title, effect, code) => {
    const api = emulator();
    const run = runOf(api);
    const upload = async () => {
      const leaf = await newLeaf(HOST);
      const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
      return { certificateId: Number(await api.newCertificate(leaf)), fingerprint, dnsNames, notAfter };
    };
    const [old, next] = [await upload(), await upload()];
    const { siteId } = await api.liveSite("live", [HOST], String(old.certificateId));
    const { state } = await linkOf(run).create({ siteId, ...old, replaceExisting: true });
    const match = { method: "POST", route: "**/actions/republish", times: 1_000 };
    await api.control("POST", "/faults", { match, effect });
    const thrown = await unfinished(linkOf(run).update(siteId, state, { siteId, ...next }));
    run.close();
    expect(thrown.reason).toMatchObject({
      code,
      notes: [{ kind: "rolled-back", certificateId: old.certificateId, edge: { kind: "unchanged" } }],
    });
    expect(thrown.state).toMatchObject({ linkedCertificateId: old.certificateId, certificateId: old.certificateId });
    expect((await api.call("GET", `/api/v2/sites/${siteId}/certificates`)).json).toMatchObject([
      { certificateId: String(old.certificateId) },
    ]);
  },
);

test("a certificate that Qwilt does not have is refused before the old one is unlinked", async () => {
  const api = emulator();
  const run = runOf(api);
  const certificateId = Number(await api.newCertificate(await newLeaf(HOST)));
  const { siteId } = await api.liveSite("live", [HOST], String(certificateId));
  const inputs = { siteId, certificateId, replaceExisting: true };
  const { state } = await linkOf(run).create(inputs);
  const missing = { ...inputs, certificateId: certificateId + 1 };
  await expect(linkOf(run).update(siteId, state, missing)).rejects.toMatchObject({
    message: expect.stringContaining("[QWILT_NOT_FOUND]"),
    initFailed: undefined,
  });
  run.close();
  expect((await api.call("GET", `/api/v2/sites/${siteId}/certificates`)).json).toMatchObject([
    { certificateId: String(certificateId) },
  ]);
  const rows = (await api.control("GET", "/ledger")).json as { method: string }[];
  expect(rows.filter(({ method }) => method === "DELETE")).toEqual([]);
});
