/** A certificate that is linked to a live site is not deleted, however Qwilt would respond (U10). */
import { startEmulator } from "../../emulator/emulator.ts";
import type { CertificateState } from "../../provider/resources/certificate/args.ts";
import { certificateOf } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import { Api, newLeaf } from "./emulator-harness.ts";

const HOST = "www.example.com";
let api: Api;
let run: RuntimeProvider;

beforeAll(async () => {
  const assumptions = { deleteLinkedCertificate: "accept" } as const;
  api = new Api(await startEmulator({ now: "2026-03-01T00:00:00.000Z", assumptions }));
  run = startRuntime({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => api.emulator.clock.now(), sleep: async (ms) => api.emulator.clock.advance(ms) },
  });
});
afterAll(async () => {
  run?.close();
  await api?.emulator.close();
});

const remove = (id: string) => certificateOf(run).delete(id, { commonName: HOST, adopted: false } as CertificateState);

test("a linked certificate is deleted neither by a run without the link, nor if another program's site uses it", async () => {
  const id = await api.newCertificate(await newLeaf(HOST));
  await api.liveSite("unconcerned", ["other.example.com"]);
  const { siteId } = await api.liveSite("live", [HOST], id);
  await expect(remove(id)).rejects.toMatchObject({
    reason: { code: "QWILT_CERTIFICATE_IN_USE", details: { certificateId: id, siteId } },
  });
  expect((await api.call("GET", `/api/v2/certificates/${id}`)).status).toBe(200);

  await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${id}`);
  await remove(id);
  expect((await api.call("GET", `/api/v2/certificates/${id}`)).status).toBe(404);
});
