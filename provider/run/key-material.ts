/**
 * Private keys of one run, each resolved once. A key is filed under the hash of its public half, which is what the state
 * remembers, so that `create` takes what `check` has read. It never leaves this memory except to Qwilt.
 */
import { type ReadPrivateKey, readKeyText } from "../x509/lint/private-key.ts";
import { fetchKeyFrom, type KeyFetched, type KeyLook, type KeyReference, lookForKey } from "./key-source.ts";

/** A private key beside the arguments: they say where it comes from, this is what was found there. */
export interface KeyMaterial {
  /** undefined: the text holds no key that can be used. */
  readonly publicKeyHash: string | undefined;
  readonly pem: string;
  readonly origin: "program" | KeyReference;
  readonly read: ReadPrivateKey;
}

/** What a look at the origin of a key tells, with the key where it is found. */
type Resolved<Look extends KeyLook> =
  | { readonly kind: "found"; readonly key: KeyMaterial }
  | Exclude<Look, { readonly kind: "found" }>;

export interface KeyMaterials {
  /** The key that the program gives. */
  given(pem: string): KeyMaterial;
  /** The key that a reference leads to, without running anything: good for a preview. */
  look(reference: KeyReference): Resolved<KeyLook>;
  /** Runs the command of a reference that has one; never answers "later". */
  fetch(reference: KeyReference, signal: AbortSignal): Promise<Resolved<KeyFetched>>;
  /** The key of a certificate, when this run has come by it. */
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
