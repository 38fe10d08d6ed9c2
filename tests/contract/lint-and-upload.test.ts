/** What the linter accepts, Qwilt accepts: every format of the texts goes through check and create to the emulator. */
import { X509Certificate } from "node:crypto";
import type { CertificateArgs } from "../../provider/resources/certificate/args.ts";
import { certificate } from "../../provider/resources/certificate/resource.ts";
import { lintCertificate } from "../../provider/x509/lint/lint.ts";
import { openSession } from "../support/engine/test-session.ts";
import { derOf } from "../support/x509/referees/der-edit.ts";
import { worstOf } from "../support/x509/referees/table.ts";
import { type Material, newMaterial, type TextCase, textCases } from "../support/x509/referees/texts.ts";
import { type Api, frozenEmulator } from "./emulator-harness.ts";

const emulator = frozenEmulator({ now: new Date().toISOString() });
let api: Api;
let material: Material;

beforeAll(() => {
  material = newMaterial();
});

beforeEach(() => {
  api = emulator();
});

function newCore() {
  const { clock } = api.emulator;
  return openSession({
    api: api.emulator.api,
    apiKey: api.emulator.apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
  });
}

/** @returns what the pool contains afterwards, or the finding of check */
async function upload(args: CertificateArgs) {
  const core = newCore();
  const context = core.context("urn");
  try {
    const checked = certificate.check?.(args, {}, context);
    if (checked === undefined) throw new Error("a certificate has a check");
    if ((checked.failures ?? []).length > 0) return { refused: checked.failures };
    const { privateKey: _key, ...plain } = args;
    const inputs = { ...plain, ...checked.facts } as Parameters<typeof certificate.create>[0];
    const { id, state } = await certificate.create(inputs, context);
    const held = await context.api.certificates.get(id, { detailed: true });
    const change = certificate.diff(state, inputs, context);
    return { held, change, state };
  } finally {
    core.close();
  }
}

const argsOf = ({ leaf, chain, key }: TextCase): CertificateArgs => ({
  certificate: leaf.toString("utf8"),
  certificateChain: chain.toString("utf8"),
  privateKey: key.toString("utf8"),
});

test("every text without an error is accepted, and what is sent is the standard form of what was checked", async () => {
  const cases = textCases(material);
  const passed = cases.filter((one) => {
    const { certificate: leaf, certificateChain, privateKey } = argsOf(one);
    const found = lintCertificate({
      certificate: leaf,
      certificateChain,
      privateKey: privateKey ?? "",
      now: Date.now(),
    });
    return worstOf(found) !== "error";
  });
  expect(passed.length).toBeGreaterThanOrEqual(25);
  const uploads = [];
  for (const one of passed) {
    const { held, change, state } = await upload(argsOf(one));
    uploads.push({ title: one.title, leaf: held?.certificate, chain: held?.certificateChain, change: change?.kind });
    // The state keeps the program's text: no difference in a diff.
    expect(state?.certificate).toBe(one.leaf.toString("utf8"));
    await api.call("DELETE", `/api/v2/certificates/${held?.certId}`);
  }
  const { leaf, chain } = material;
  expect(uploads).toEqual(passed.map(({ title }) => ({ title, leaf, chain, change: "none" })));
});

test("a text that is rejected for its form alone works once its finding is suppressed", async () => {
  const silenced = (one: TextCase) => ({ ...argsOf(one), lint: { allow: ["CERT_PEM_BROKEN"] } });
  const titles = ["a byte order mark (Windows editors)", "\\n escaped (environment variable)", "in quotes"];
  const cases = textCases(material).filter(({ title }) => titles.includes(title));
  expect(cases).toHaveLength(titles.length);
  for (const one of cases) {
    const { held } = await upload(silenced(one));
    expect([one.title, held?.certificate, held?.certificateChain]).toEqual([one.title, material.leaf, material.chain]);
    await api.call("DELETE", `/api/v2/certificates/${held?.certId}`);
  }
});

test("comments and other keys around a key are not sent", async () => {
  const { leaf, chain, key } = material;
  const { held } = await upload({
    certificate: leaf,
    certificateChain: `# secret\n${chain}`,
    privateKey: `# mine\n${key}`,
  });
  expect(held?.certificateChain).toBe(chain);
  expect(new X509Certificate(derOf(held?.certificate ?? "")).subject).toBe("CN=www.example.com");
});
