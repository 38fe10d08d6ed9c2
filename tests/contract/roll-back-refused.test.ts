/** A publish that Qwilt refused to begin changed nothing at the edge: giving the old certificate back needs no publish. */
import { Unfinished } from "../../provider/lifecycle.ts";
import { siteCertificateLink } from "../../provider/resources/site-certificate-link.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { createProviderCore } from "../support/provider-core.ts";
import { frozenEmulator, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
const emulator = frozenEmulator();

test.each([
  ["429", { status: 429, retryAfter: 1 }, "QWILT_RATE_LIMITED"],
  ["404", { status: 404 }, "QWILT_NOT_FOUND"],
  ["409", { status: 409 }, "QWILT_CONFLICT"],
])(
  "after %s to every republish the old certificate is linked, and the error is the one of the publish",
  async (_title, effect, code) => {
    const api = emulator();
    const { clock } = api.emulator;
    const core = createProviderCore({
      api: api.emulator.api,
      apiKey: api.emulator.apiKey,
      clock: { now: () => clock.now(), sleep: async (ms) => void clock.advance(ms) },
    });
    const upload = async () => {
      const leaf = await newLeaf(HOST);
      const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
      return { certificateId: Number(await api.newCertificate(leaf)), fingerprint, dnsNames, notAfter };
    };
    const [old, next] = [await upload(), await upload()];
    const { siteId } = await api.liveSite("live", [HOST], String(old.certificateId));
    const { state } = await siteCertificateLink.create({ siteId, ...old, replaceExisting: true }, core.context());
    const match = { method: "POST", route: "**/actions/republish", times: 1_000 };
    await api.control("POST", "/faults", { match, effect });
    const thrown = await siteCertificateLink.update(siteId, state, { siteId, ...next }, core.context()).then(
      () => undefined,
      (error: unknown) => error,
    );
    core.close();
    if (!(thrown instanceof Unfinished)) throw thrown;
    expect(thrown.reason.message).toContain(
      `Certificate ${old.certificateId} is linked again; the edge never stopped serving it.`,
    );
    expect(thrown.reason.message).toContain(code);
    expect(thrown.state).toMatchObject({ linkedCertificateId: old.certificateId, certificateId: old.certificateId });
    expect((await api.call("GET", `/api/v2/sites/${siteId}/certificates`)).json).toMatchObject([
      { certificateId: String(old.certificateId) },
    ]);
  },
);
