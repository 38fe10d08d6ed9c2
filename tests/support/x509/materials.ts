/** Certificates with their keys and facts, as an ACME client would leave them in three files. */
import { createHash, X509Certificate } from "node:crypto";
import { HOSTS } from "../programs/site-program.ts";
import { type LeafOptions, makeCa, makeLeaf, sharedKeys } from "./factory.ts";

export interface Material {
  readonly leaf: string;
  readonly chain: string;
  readonly key: string;
  readonly fingerprint: string;
  readonly notAfter: string;
}

const DAY_MS = 86_400_000;
let made = 0;

/** Each with a key of its own and ten days later than the one before; the first has eight days left. */
export async function materials(count: number, names: readonly string[] = HOSTS): Promise<Material[]> {
  const all: Material[] = [];
  for (let index = 0; index < count; index++) {
    const notAfter = new Date(Date.now() + (8 + index * 30) * DAY_MS + 3_600_000);
    const notBefore = new Date(Math.min(Date.now() - 3_600_000, notAfter.getTime() - 47 * DAY_MS));
    all.push(await materialOf({ names, notBefore, notAfter }));
  }
  return all;
}

/** With a key of its own. */
export async function materialOf(options: Partial<LeafOptions> = {}): Promise<Material> {
  const notAfter = options.notAfter ?? new Date(Date.now() + 40 * DAY_MS);
  const keys = sharedKeys(options.keyType ?? "EC-P256", made++);
  const leaf = await makeLeaf({ names: HOSTS, keys, ...options, notAfter });
  return {
    leaf: leaf.certificate,
    chain: leaf.certificateChain,
    key: leaf.privateKey,
    fingerprint: createHash("sha256").update(new X509Certificate(leaf.certificate).raw).digest("hex"),
    notAfter: `${notAfter.toISOString().slice(0, 19)}Z`,
  };
}

/** As large as the usual public certificate: a key of 2,048 bits, and an intermediate certificate of a CA. */
export async function typicalMaterial(names: readonly string[], days = 40): Promise<Material> {
  const common = { organization: "Example Trust Services", keyType: "RSA-2048" } as const;
  const root = await makeCa({ ...common, commonName: "Example Root R1" });
  const ca = await makeCa({ ...common, commonName: "Example Intermediate TLS R12", issuer: root });
  return materialOf({ names, keyType: "RSA-2048", ca, notAfter: new Date(Date.now() + days * DAY_MS) });
}
