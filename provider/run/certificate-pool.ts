/**
 * The organization's pool of certificates, read once a run and kept true by our own uploads, so that a run with many
 * certificates costs one list.
 */
import type { QwiltApi } from "../api/qwilt-api.ts";
import type { Certificate } from "../wire/certificate.ts";
import { fingerprintOf } from "../x509/compare.ts";

export interface CertificatePool {
  /** Ids of certificates whose leaf has this fingerprint, oldest first. */
  find(fingerprint: string): Promise<readonly Certificate[]>;
  /** Our own upload, so that a second resource with the same certificate finds it. */
  add(certificate: Certificate): void;
  /** The next look asks Qwilt again: an answer was lost. */
  forget(): void;
}

export function createCertificatePool(api: QwiltApi): CertificatePool {
  let listed: Promise<Certificate[]> | undefined;
  function load(): Promise<Certificate[]> {
    if (listed !== undefined) return listed;
    const loading = api.certificates.list({ detailed: true }).then((all) => [...all]);
    listed = loading;
    // A failed look must not fail every later one.
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
