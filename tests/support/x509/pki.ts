/** Small PKIs, one per tool and type of key, from which the lint corpora are built. */
import { type Ca, type KeyPair, type KeyType, makeCa, makeLeaf, sharedKeys } from "./factory.ts";
import { CA_LINES, namesLine, opensslCertificate, SERVER_LINES } from "./openssl.ts";

export const NAMES = ["www.example.com", "*.cdn.example.com"] as const;

export interface Member {
  readonly certificate: string;
  readonly privateKey: string;
}

export interface Pki {
  readonly title: string;
  readonly keyType: KeyType;
  readonly root: Member;
  /** Signed by the root. */
  readonly upper: Member;
  /** Signed by `upper`; signs the leaf. */
  readonly lower: Member;
  readonly leaf: Member;
  readonly leafKeys: KeyPair;
  /** Another leaf of `lower`, with another key. */
  readonly sibling: Member;
}

export const FROM = new Date("2015-01-01T00:00:00Z");
export const TO = new Date("2045-01-01T00:00:00Z");

/** Keys of the CAs are numbered, so that two PKIs never share one. */
let nextKeys = 100;

export async function peculiarPki(keyType: KeyType, organization: string): Promise<Pki & { readonly lower: Ca }> {
  const ca = (commonName: string, issuer?: Ca) =>
    makeCa({
      commonName,
      organization,
      keys: sharedKeys(keyType, nextKeys++),
      notBefore: FROM,
      notAfter: TO,
      ...(issuer === undefined ? {} : { issuer }),
    });
  const root = await ca("Root");
  const upper = await ca("Upper", root);
  const lower = await ca("Lower", upper);
  const leafKeys = sharedKeys(keyType, 0);
  const leaf = await makeLeaf({ names: NAMES, ca: lower, keys: leafKeys });
  const sibling = await makeLeaf({ names: ["other.example.com"], ca: lower, keys: sharedKeys(keyType, 1) });
  return { title: `@peculiar/x509 ${keyType}`, keyType, root, upper, lower, leaf, leafKeys, sibling };
}

export function opensslPki(keyType: KeyType, organization: string): Pki {
  const ca = (commonName: string, issuer?: Member): Member => {
    const { privateKey } = sharedKeys(keyType, nextKeys++);
    const certificate = opensslCertificate({
      privateKey,
      subject: `/O=${organization}/CN=${commonName}`,
      extensions: CA_LINES,
      days: 3650,
      ...(issuer === undefined ? {} : { issuer }),
    });
    return { certificate, privateKey };
  };
  const root = ca("Root");
  const upper = ca("Upper", root);
  const lower = ca("Lower", upper);
  const leafKeys = sharedKeys(keyType, 0);
  const leaf = opensslLeaf(lower, NAMES, leafKeys);
  const sibling = opensslLeaf(lower, ["other.example.com"], sharedKeys(keyType, 1));
  return { title: `openssl ${keyType}`, keyType, root, upper, lower, leaf, leafKeys, sibling };
}

export function opensslLeaf(issuer: Member, names: readonly string[], keys: KeyPair): Member {
  const certificate = opensslCertificate({
    privateKey: keys.privateKey,
    subject: `/CN=${names[0]}`,
    extensions: [...SERVER_LINES, namesLine(names)],
    issuer,
  });
  return { certificate, privateKey: keys.privateKey };
}
