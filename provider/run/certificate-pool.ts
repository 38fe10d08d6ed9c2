/**
 * The organization's certificates, read once per run and updated with our own uploads, so that a run with many
 * certificates costs one list request.
 */
import type { QwiltApi } from "../api/qwilt-api.ts";
import type { Certificate } from "../wire/certificate.ts";
import { fingerprintOf } from "../x509/compare.ts";

export interface CertificatePool {
  /** Ids of certificates whose leaf has this fingerprint, oldest first. */
  find(fingerprint: string): Promise<readonly Certificate[]>;
  /** Adds our own upload, so that a second resource with the same certificate finds it. */
  add(certificate: Certificate): void;
  /** The next lookup reads from Qwilt again: a response was lost. */
  forget(): void;
}

export function createCertificatePool(api: QwiltApi): CertificatePool {
  let listed: Promise<Certificate[]> | undefined;
  function load(): Promise<Certificate[]> {
    if (listed !== undefined) return listed;
    const loading = api.certificates.list({ detailed: true }).then((all) => [...all]);
    listed = loading;
    // A failed read must not make every later one fail.
    loading.catch(() => {
      if (listed === loading) listed = undefined;
    });
    return loading;
  }
  return {
    async find(fingerprint) {
      const all = await load();
      return all.filter(
        (certificate) =>
          certificate.certificate !== undefined && fingerprintOf(certificate.certificate) === fingerprint,
      );
    },
    add(certificate) {
      void listed?.then((all) => all.push(certificate));
    },
    forget() {
      listed = undefined;
    },
  };
}
