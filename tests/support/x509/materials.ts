/** Certificates with their keys and facts, as an ACME client would write them to three files. */
import { createHash, X509Certificate } from "node:crypto";
import { HOSTS } from "../programs/site-program.ts";
import { makeLeaf, sharedKeys } from "./factory.ts";

export interface Material {
  readonly leaf: string;
  readonly chain: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly notAfter: string;
}

const DAY_MS = 86_400_000;
let made = 0;

/** Each has its own key and is valid ten days longer than the previous one; the first has eight days left. */
export async function materials(count: number, names: readonly string[] = HOSTS): Promise<Material[]> {
  const all: Material[] = [];
  for (let index = 0; index < count; index++) {
    const notAfter = new Date(Date.now() + (8 + index * 30) * DAY_MS + 3_600_000);
    const notBefore = new Date(Math.min(Date.now() - 3_600_000, notAfter.getTime() - 47 * DAY_MS));
    const leaf = await makeLeaf({ names, keys: sharedKeys("EC-P256", made++), notBefore, notAfter });
    all.push({
      leaf: leaf.certificate,
      chain: leaf.certificateChain,
      key: leaf.privateKey,
      fingerprint: createHash("sha256").update(new X509Certificate(leaf.certificate).raw).digest("hex"),
      notAfter: `${notAfter.toISOString().slice(0, 19)}Z`,
    });
  }
  return all;
}
