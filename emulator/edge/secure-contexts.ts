import { constants } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import type { ServedCertificate } from "./edge-listener.ts";

interface Entry {
  readonly served: ServedCertificate;
  readonly context: SecureContext;
}

/** Contexts are a few kilobytes each; a large campaign has some hundred certificates. */
const maxContexts = 2_000;

/** One TLS context for each certificate, made on first use and again when the material under the same id changes. */
export class SecureContexts {
  private readonly entries = new Map<number, Entry>();

  /** @throws when OpenSSL refuses the material, for example a key that does not match */
  get(served: ServedCertificate): SecureContext {
    const known = this.entries.get(served.certificateId);
    if (known !== undefined && sameMaterial(known.served, served)) return known.context;
    const context = createSecureContext({
      cert: `${served.certificatePem.trimEnd()}\n${served.chainPem}`,
      key: served.keyPem,
      // A resumed session would skip the certificate and so hide a switch.
      secureOptions: constants.SSL_OP_NO_TICKET,
      // The service accepts weak certificates (qwilt-api.md 4.1 rule 5), so the edge has to be able to show them.
      ciphers: "DEFAULT:@SECLEVEL=0",
      minVersion: "TLSv1.2",
    });
    if (this.entries.size >= maxContexts) {
      const oldest = this.entries.keys().next();
      if (!oldest.done) this.entries.delete(oldest.value);
    }
    this.entries.set(served.certificateId, { served, context });
    return context;
  }
}

function sameMaterial(a: ServedCertificate, b: ServedCertificate): boolean {
  return a.certificatePem === b.certificatePem && a.chainPem === b.chainPem && a.keyPem === b.keyPem;
}
