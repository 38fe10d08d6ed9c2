/**
 * Private keys between `check` and `create` of one process. A key is filed under the hash of its public key, which is
 * what the state remembers; the key itself never leaves this memory except to Qwilt.
 */
import { fetchKeyFrom, type KeyFetched, type KeyLook, type KeyReference, lookForKey } from "./key-source.ts";

export interface KeyVault {
  put(publicKeyHash: string, privateKeyPem: string): void;
  get(publicKeyHash: string): string | undefined;
  /** Without running anything: good for a preview. */
  look(reference: KeyReference): KeyLook;
  /** Runs the command of a reference that has one; never answers "later". */
  fetch(reference: KeyReference, signal: AbortSignal): Promise<KeyFetched>;
}

export function createKeyVault(): KeyVault {
  const keys = new Map<string, string>();
  return {
    put: (hash, pem) => void keys.set(hash, pem),
    get: (hash) => keys.get(hash),
    look: (reference) => lookForKey(reference),
    fetch: (reference, signal) => fetchKeyFrom(reference, { signal }),
  };
}
