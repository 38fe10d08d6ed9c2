/**
 * Private keys of one run, each resolved once. A key is stored under the hash of its public half, which is also in the
 * state, so that `create` uses what `check` has read. It leaves this memory only towards Qwilt.
 */
import { type ReadPrivateKey, readKeyText } from "../x509/lint/private-key.ts";
import { fetchKeyFrom, type KeyFetched, type KeyLook, type KeyReference, lookForKey } from "./key-source.ts";

/** The private key that the arguments give or refer to. */
export interface KeyMaterial {
  /** undefined: the text contains no usable key. */
  readonly publicKeyHash: string | undefined;
  readonly pem: string;
  readonly origin: "program" | KeyReference;
  readonly read: ReadPrivateKey;
}

/** Result of looking up a key, with the key if it was found. */
type Resolved<Look extends KeyLook> =
  | { readonly kind: "found"; readonly key: KeyMaterial }
  | Exclude<Look, { readonly kind: "found" }>;

export interface KeyMaterials {
  /** The key that the program gives. */
  given(pem: string): KeyMaterial;
  /** Resolves a reference without running anything: safe for a preview. */
  look(reference: KeyReference): Resolved<KeyLook>;
  /** Runs the command of a reference that has one; never returns "later". */
  fetch(reference: KeyReference, signal: AbortSignal): Promise<Resolved<KeyFetched>>;
  /** The key of a certificate, if this run has resolved it. */
  of(publicKeyHash: string): KeyMaterial | undefined;
}

export function createKeyMaterials(): KeyMaterials {
  const byText = new Map<string, KeyMaterial>();
  const byHash = new Map<string, KeyMaterial>();

  function materialOf(pem: string, origin: KeyMaterial["origin"]): KeyMaterial {
    const read = byText.get(pem)?.read ?? readKeyText(pem);
    const key = { publicKeyHash: read.publicKeyHash, pem, origin, read };
    byText.set(pem, key);
    if (key.publicKeyHash !== undefined) byHash.set(key.publicKeyHash, key);
    return key;
  }

  const resolved = <Look extends KeyLook>(look: Look | KeyLook, reference: KeyReference) =>
    (look.kind === "found" ? { kind: "found", key: materialOf(look.pem, reference) } : look) as Resolved<Look>;

  return {
    given: (pem) => materialOf(pem, "program"),
    look: (reference) => resolved(lookForKey(reference), reference),
    fetch: async (reference, signal) => resolved<KeyFetched>(await fetchKeyFrom(reference, { signal }), reference),
    of: (publicKeyHash) => byHash.get(publicKeyHash),
  };
}
