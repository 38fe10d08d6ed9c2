import { constants, createHash } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import type { ServedCertificate } from "./edge-listener.ts";

/** A context takes a few kilobytes; a large campaign has some hundred certificates. */
const maxContexts = 1_000;

/**
 * One TLS context per certificate and material, created on first use. An updated certificate keeps its id, and sites
 * that were not republished still serve the old material, so the material is part of the key.
 */
export class SecureContexts {
  private readonly contexts = new Map<string, SecureContext>();

  /** @throws if OpenSSL rejects the material, for example a key that does not match */
  get(served: ServedCertificate): SecureContext {
    const key = `${served.certificateId} ${fingerprintOf(served)}`;
    const known = this.contexts.get(key);
    if (known !== undefined) return known;
    const context = createSecureContext({
      cert: `${served.certificatePem.trimEnd()}\n${served.chainPem}`,
      key: served.keyPem,
      // A resumed session would skip the certificate and so hide a switch.
      secureOptions: constants.SSL_OP_NO_TICKET,
      // Qwilt accepts weak certificates (docs/qwilt-api.md 4.1 rule 5), so the edge must be able to serve them.
      ciphers: "DEFAULT:@SECLEVEL=0",
      minVersion: "TLSv1.2",
    });
    const oldest = this.contexts.keys().next();
    if (this.contexts.size >= maxContexts && !oldest.done) this.contexts.delete(oldest.value);
    this.contexts.set(key, context);
    return context;
  }
}

function fingerprintOf({ certificatePem, chainPem, keyPem }: ServedCertificate): string {
  return createHash("sha256")
    .update(certificatePem)
    .update("\0")
    .update(chainPem)
    .update("\0")
    .update(keyPem)
    .digest("hex");
}
