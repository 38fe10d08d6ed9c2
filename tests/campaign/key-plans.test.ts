/**
 * For each way to give a key and each change: what the preview plans, and how `up` ends. In Pulumi's own provider
 * process.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, inWords, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { startDynamicProcess } from "../support/engine/dynamic-process.ts";
import {
  type EngineOptions,
  NOTHING,
  type Properties,
  play,
  preview,
  type SavedState,
  type Wanted,
} from "../support/engine/process-engine.ts";
import { chainOf, makeCa, sharedCa } from "../support/x509/factory.ts";
import { materials } from "../support/x509/materials.ts";

type Material = { readonly leaf: string; readonly chain: string; readonly key: string };
type Change = "nothing" | "create" | "description, email, expiryNotify" | "another chain" | "another certificate";

let emulator: EmulatorProcess;
let folder: string;
let text: string;
let a: Material;
let b: Material;
/** A stack that has certificate a. */
let deployed: SavedState;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  folder = mkdtempSync(join(tmpdir(), "key-plans-"));
  text = providerText("Certificate");
  const [first, second] = await materials(2);
  if (first === undefined || second === undefined) throw new Error("two certificates were asked for");
  [a, b] = [first, second];
  writeFileSync(join(folder, "a.key"), a.key);
  writeFileSync(join(folder, "b.key"), b.key);
  const played = await inProcess((options) => play(options, [wanted(a, { privateKey: a.key })], NOTHING));
  deployed = played.state;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await emulator?.close();
});

const nameOf = (material: Material) => (material.key === a.key ? "a" : "b");
const fileOf = (material: Material) => join(folder, `${nameOf(material)}.key`);

/** How the program gives the key. The environment of the run has A and B. */
const SOURCES: Readonly<Record<string, (material: Material) => Properties>> = {
  given: ({ key }) => ({ privateKey: key }),
  "a variable": (material) => ({ privateKeyFrom: { env: nameOf(material).toUpperCase() } }),
  "a variable that is not set": () => ({ privateKeyFrom: { env: "UNSET" } }),
  "a file": (material) => ({ privateKeyFrom: { file: fileOf(material) } }),
  "a file that is missing": () => ({ privateKeyFrom: { file: join(folder, "missing.key") } }),
  "a file with the key of another certificate": (material) => ({
    privateKeyFrom: { file: fileOf(material.key === a.key ? b : a) },
  }),
  "a command": (material) => ({ privateKeyFrom: { command: ["cat", fileOf(material)] } }),
  "a command that fails": () => ({ privateKeyFrom: { command: ["false"] } }),
  // Also what the engine passes for a program with ignoreChanges: ["privateKey"].
  none: () => ({}),
};

/** Preview, then `up`, separated by "/". "warned": the preview warns that `up` needs the key. */
const DONE = { upload: "upload", replace: "replace / upload, delete", update: "update / describe" };
const WARNED = "warned / QWILT_KEY_MISSING";
const REFUSED = "refused / refused";
type Row = Readonly<Record<Change, string>>;
const available: Row = {
  nothing: "none / nothing",
  create: `create / ${DONE.upload}`,
  "description, email, expiryNotify": DONE.update,
  "another chain": DONE.replace,
  "another certificate": DONE.replace,
};
const warned: Row = {
  ...available,
  create: `create ${WARNED}`,
  "another chain": `replace ${WARNED}`,
  "another certificate": `replace ${WARNED}`,
};
const refused: Row = { ...available, create: REFUSED, "another chain": REFUSED, "another certificate": REFUSED };
/** No preview runs a command. */
const late: Row = {
  ...available,
  create: "create / QWILT_KEY_MISSING",
  "another chain": "replace / QWILT_KEY_MISSING",
  "another certificate": "replace / QWILT_KEY_MISSING",
};
const EXPECTED: Readonly<Record<string, Row>> = {
  given: available,
  "a variable": available,
  "a variable that is not set": warned,
  "a file": available,
  "a file that is missing": warned,
  "a file with the key of another certificate": refused,
  "a command": available,
  "a command that fails": late,
  none: refused,
};

const CHANGES = Object.keys(available) as Change[];
const CASES = Object.keys(SOURCES).flatMap((source) =>
  CHANGES.map((change) => ({ source, change, expected: EXPECTED[source]?.[change] })),
);

const wanted = (material: Material, more: Properties): Wanted => ({
  kind: "Certificate",
  name: "www",
  inputs: () => ({
    certificate: material.leaf,
    certificateChain: material.chain,
    description: "web",
    ...more,
  }),
});

/** The same intermediate, certified again. */
async function otherChain(): Promise<string> {
  const { issuer, keys, commonName } = await sharedCa();
  if (issuer === undefined) throw new Error("the shared CA has no issuer");
  return chainOf(await makeCa({ issuer, keys, commonName, notAfter: new Date(Date.now() + 2_000 * 86_400_000) }));
}

/**
 * A provider process per run, as the engine starts it: a key that an earlier run resolved is not known to the next one.
 */
async function inProcess<T>(run: (options: EngineOptions, warnings: readonly string[]) => Promise<T>): Promise<T> {
  const config = { "qwilt:endpoint": emulator.api, "qwilt:apiKey": emulator.apiKey };
  const provider = await startDynamicProcess({ text, config, env: { A: a.key, B: b.key } });
  try {
    return await run({ provider, textOf: () => text }, provider.warnings);
  } finally {
    await provider.close();
  }
}

const base64 = (text: string) => Buffer.from(text).toString("base64");

/** The deployed state, with the certificate uploaded again for this test. */
async function uploaded(): Promise<SavedState> {
  const { body } = await emulator.call("POST", "/api/v2/certificates", {
    certificate: base64(a.leaf),
    certificateChain: base64(a.chain),
    privateKey: base64(a.key),
    description: "web",
  });
  const { certId } = body as { certId: number };
  return { ...deployed, resources: deployed.resources.map((saved) => ({ ...saved, id: String(certId) })) };
}

async function emptyPool(): Promise<void> {
  const { body } = await emulator.call("GET", "/api/v2/certificates");
  for (const { certId } of body as { certId: number }[])
    await emulator.call("DELETE", `/api/v2/certificates/${certId}`);
}

test.each(CASES)(
  "key from: $source; change: $change; preview / up: $expected",
  async ({ source, change, expected }) => {
    await emptyPool();
    const before = change === "create" ? NOTHING : await uploaded();
    const material = change === "another certificate" ? b : a;
    const changed: Properties = {
      ...(change === "another chain" ? { certificateChain: await otherChain() } : {}),
      ...(change.startsWith("description")
        ? { description: "another", email: "ops@example.com", expiryNotify: true }
        : {}),
    };
    const program = [wanted(material, { ...SOURCES[source]?.(material), ...changed })];
    await inProcess(async (options, warnings) => {
      const since = await emulator.mark();
      const { changes, error } = await preview(options, program, before);
      const verb = error === undefined ? (changes[0]?.split(" ")[1] ?? "none") : "refused";
      const warned = warnings.some((text) => text.includes("needs it to upload"));
      expect(await emulator.mark()).toBe(since);
      const up = await play(options, program, before);
      const rows = await emulator.ledger(since);
      const done = rows.filter(({ method }) => method !== "GET").map((row) => inWords(row).split(" ")[0]);
      const code = up.error === undefined ? undefined : (/QWILT_\w+/.exec(up.error)?.[0] ?? "refused");
      const outcome = code ?? (done.join(", ") || "nothing");
      expect(`${verb}${warned ? " warned" : ""} / ${outcome}`).toBe(expected);
      for (const { body } of rows.filter(({ method }) => method === "PUT"))
        expect(body).not.toHaveProperty("privateKey");
    });
  },
);
