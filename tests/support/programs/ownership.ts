/**
 * Helpers of the ownership tests: checks of an emulator, a colleague's manual changes, and programs under other names.
 */
import { type EmulatorProcess, inWords } from "../emulator/emulator-process.ts";
import { createStack, type Stack } from "../engine/stack.ts";
import type { Material } from "../x509/materials.ts";

const CHANGES = /^(upload|describe|delete|unlink|link$|republish|publish|un-publish|save|create|rename)/;

export interface Qwilt {
  /** Calls since then that changed something, in words. */
  changes(since: number): Promise<string[]>;
  /** Fingerprints in production. */
  served(): Promise<(string | null)[]>;
  pool(): Promise<number[]>;
  sites(): Promise<string[]>;
  linked(siteId: string): Promise<number[]>;
  /** What a colleague does in Qwilt's console. @returns the certificate's id */
  linkByHand(siteId: string, material: Material): Promise<number>;
}

export function qwiltOf(emulator: EmulatorProcess): Qwilt {
  const list = async (path: string) => (await emulator.call("GET", path)).body as Record<string, unknown>[];
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const linked = async (siteId: string) =>
    (await list(`/api/v2/sites/${siteId}/certificates`)).map((one) => Number(one.certificateId));
  return {
    changes: async (since) => (await emulator.ledger(since)).map(inWords).filter((word) => CHANGES.test(word)),
    async served() {
      const live = (await emulator.edgeNow()).filter(({ target }) => target === "ga");
      return [...new Set(live.map(({ fingerprint }) => fingerprint))].sort();
    },
    pool: async () => (await list("/api/v2/certificates")).map(({ certId }) => Number(certId)),
    sites: async () => (await list("/api/v2/sites")).map((one) => String(one.siteId)),
    linked,
    async linkByHand(siteId, { leaf, chain, key }) {
      const uploaded = await emulator.call("POST", "/api/v2/certificates", {
        certificate: base64(leaf),
        certificateChain: base64(chain),
        privateKey: base64(key),
        description: "by hand",
      });
      const { certId } = uploaded.body as { certId: number };
      for (const id of await linked(siteId))
        await emulator.call("DELETE", `/api/v2/sites/${siteId}/certificates/${id}`);
      await emulator.call("POST", `/api/v2/sites/${siteId}/certificates`, { certificateId: String(certId) });
      return certId;
    },
  };
}

/** A stack whose handshakes reach the emulator's edge. */
export async function stackAtEdge(emulator: EmulatorProcess, name: string): Promise<Stack> {
  const stack = await createStack(emulator, { name });
  await stack.pulumi(["config", "set", "qwilt:edgeAddress", emulator.edge]);
  return stack;
}

/** The program with the names that its resources had before as aliases. */
export function aliased(program: string, before: string): string {
  const kinds = /(new q\.(?:Certificate|SiteCertificateLink)\([\s\S]*?\})\);/g;
  return program.replace(kinds, `$1, { aliases: [{ name: "${before}" }] });`);
}

/** Only a certificate and a link, on somebody else's site. */
export function linkAlone(siteId: string, { leaf, chain, key }: Material): string {
  return `
const certificate = new q.Certificate("www", {
  certificate: ${JSON.stringify(leaf)},
  certificateChain: ${JSON.stringify(chain)},
  privateKey: ${JSON.stringify(key)},
});
new q.SiteCertificateLink("www", { siteId: ${JSON.stringify(siteId)}, certificate });
`;
}
