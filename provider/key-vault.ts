/**
 * Private keys between `check` and `create` of one process. A key is filed under the hash of its public key, which is
 * what the state remembers; the key itself never leaves this memory except to Qwilt.
 */
export interface KeyVault {
  put(publicKeyHash: string, privateKeyPem: string): void;
  get(publicKeyHash: string): string | undefined;
}

export function createKeyVault(): KeyVault {
  const keys = new Map<string, string>();
  return {
    put: (hash, pem) => void keys.set(hash, pem),
    get: (hash) => keys.get(hash),
  };
}
