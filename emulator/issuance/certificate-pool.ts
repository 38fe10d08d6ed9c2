import type { Assumptions } from "../assumptions.ts";
import type { Certificate } from "../domain/certificate.ts";
import { type CertificateMaterial, type PostedMaterial, parseMaterial } from "../domain/certificate-material.ts";
import type { SigningRequest } from "../domain/signing-request.ts";
import type { Store } from "../store/store.ts";
import type { SignedCertificate } from "./ca.ts";

interface Pool {
  readonly store: Store;
  readonly rules: Assumptions;
}

/** Checks the texts of a certificate and stores them. @throws ApiProblem with status 400 */
export function addMaterial(
  { store, rules }: Pool,
  certificateId: number,
  posted: PostedMaterial,
  now: number,
): CertificateMaterial {
  const parsed = parseMaterial(posted, now, rules);
  const material = { ...parsed, materialId: store.meta.next("material"), certificateId };
  store.materials.put(material);
  return material;
}

/** Adds the certificate that a CA signed for a request to its organization's pool. */
export function addIssued(
  pool: Pool,
  request: SigningRequest,
  { certificatePem, chainPem }: SignedCertificate,
  now: number,
): { readonly certificate: Certificate; readonly material: CertificateMaterial } {
  const certificateId = pool.store.meta.next("certificate");
  const encode = (text: string) => Buffer.from(text).toString("base64");
  const posted: PostedMaterial = {
    certificate: encode(certificatePem),
    chain: encode(chainPem),
    keyPem: request.keyPem,
    keySource: "csrId",
  };
  // A public CA does not know the virtual clock: what it signed is stored, whatever its dates.
  const material = addMaterial(
    { ...pool, rules: { ...pool.rules, expiredUpload: "accept" } },
    certificateId,
    posted,
    now,
  );
  const certificate: Certificate = {
    certificateId,
    organisation: request.organisation,
    materialId: material.materialId,
    csrId: request.csrId,
    description: null,
    expiryNotify: null,
    email: null,
    revoked: false,
  };
  pool.store.certificates.put(certificate);
  return { certificate, material };
}

/** `lastCertificateId` of signing requests: the newest certificate that still exists (docs/qwilt-api.md 4.2, U23). */
export function lastCertificateId({ store, rules }: Pool, requests: readonly SigningRequest[]): number | null {
  const ids = requests
    .filter(({ autoManaged }) => autoManaged || rules.uploadUpdatesLastCertificate)
    .flatMap(({ csrId }) => store.certificates.list({ csr_id: csrId }).map(({ certificateId }) => certificateId));
  return ids.length === 0 ? null : Math.max(...ids);
}
