/** What a diff looks up before it decides, in Pulumi's own provider process. */

import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { type DynamicProcess, startDynamicProcess } from "../support/engine/dynamic-process.ts";
import { makeCa, signRequest } from "../support/x509/factory.ts";

const DAY_MS = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * DAY_MS);

let emulator: EmulatorProcess;
let template: DynamicProcess;
beforeAll(async () => {
  emulator = await startEmulatorProcess();
  const settings = { "qwilt:endpoint": emulator.api, "qwilt:apiKey": emulator.apiKey };
  template = await startDynamicProcess({ text: providerText("CertificateTemplate"), config: settings });
});
afterAll(async () => {
  await template?.close();
  await emulator?.close();
});

interface Outputs {
  readonly certificateTemplateId: number;
  readonly csrId: number;
  readonly csrPem: string;
}

test("a template without lifetimeDays is rotated by the dates of its certificate, and unchanged before", async () => {
  const inputs = { commonName: "www.example.com", autoManaged: false, renewBefore: 15 };
  const { ok } = await template.create(inputs);
  if (ok === undefined) throw new Error("the template was not made");
  expect(await template.diff(ok.id, ok.outs, inputs)).toMatchObject({ changes: 1 });

  const { csrId, csrPem } = ok.outs as unknown as Outputs;
  const ca = await makeCa({ commonName: "Corporate CA", notBefore: ago(100), notAfter: ago(-1_000) });
  const signed = await signRequest({ csrPem, ca, notBefore: ago(33), notAfter: ago(-14) });
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const { status } = await emulator.call("POST", "/api/v2/certificates", {
    certificate: base64(signed.certificate),
    certificateChain: base64(signed.certificateChain),
    csrId: String(csrId),
    description: "",
  });
  expect(status).toBeLessThan(300);
  const since = await emulator.mark();
  expect(await template.diff(ok.id, ok.outs, inputs)).toMatchObject({ changes: 2, replaces: ["renewBefore"] });
  expect(await template.diff(ok.id, ok.outs, { ...inputs, renewBefore: 13 })).toMatchObject({ changes: 1 });
  expect(await template.diff(ok.id, ok.outs, { ...inputs, lifetimeDays: 47 })).toMatchObject({ changes: 1 });
  const look = ["GET /api/v2/certificate-templates/{certificateTemplateId}", "certificate"];
  expect((await emulator.ledger(since)).map(inWords)).toEqual([...look, ...look]);
});
