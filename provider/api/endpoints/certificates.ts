/** Certificates in the organization's pool (docs/qwilt-api.md 4.1). PEM is plain text here and base64 on the wire. */
import type { Clock } from "../../core/clock.ts";
import { Certificate, CertificateList, type CertificateUpload } from "../../wire/certificate.ts";
import { encodePem } from "../../wire/pem-encoding.ts";
import { findConfirmed, removeConfirmed } from "../http/confirm-not-found.ts";
import { changing, createSharedRead } from "../http/read-cache.ts";
import { path, type Requester } from "../http/request.ts";

export interface ReadCertificateOptions {
  /** Include the PEM texts. Default false. */
  readonly detailed?: boolean;
}

export interface CertificatesApi {
  list(options?: ReadCertificateOptions): Promise<readonly Certificate[]>;
  /**
   * Like `list`, but the result is shared by all callers for some seconds: for refreshes, not for decisions about live
   * traffic.
   */
  listShared(options?: ReadCertificateOptions): Promise<readonly Certificate[]>;
  /** undefined: there is no such certificate. */
  get(certId: number | string, options?: ReadCertificateOptions): Promise<Certificate | undefined>;
  upload(upload: CertificateUpload): Promise<Certificate>;
  /**
   * A full update: every field is sent, the private key only if given (U6). QWILT_NOT_FOUND if there is no such
   * certificate.
   */
  update(certId: number | string, upload: CertificateUpload): Promise<Certificate>;
  /** false: the certificate did not exist. */
  delete(certId: number | string): Promise<boolean>;
}

export function createCertificatesApi(requester: Requester, clock: Clock): CertificatesApi {
  const service = "cert-manager";
  const collection = "/api/v2/certificates";
  const shared = createSharedRead<readonly Certificate[]>(clock);

  const list = (options?: ReadCertificateOptions) =>
    requester.json({ service, method: "GET", path: collection, query: detail(options) }, CertificateList);

  const get = (certId: number | string, options?: ReadCertificateOptions) =>
    findConfirmed(() =>
      requester.json(
        { service, method: "GET", path: path`/api/v2/certificates/${certId}`, query: detail(options) },
        Certificate,
      ),
    );

  return {
    list,
    listShared: (options) => shared.get(options?.detailed === true ? "detailed" : "plain", () => list(options)),
    get,
    upload: (upload) =>
      changing(shared, () =>
        requester.json(
          { service, method: "POST", path: collection, body: uploadBody(upload), makes: true },
          Certificate,
        ),
      ),
    update: (certId, upload) =>
      changing(shared, () =>
        requester.json(
          { service, method: "PUT", path: path`/api/v2/certificates/${certId}`, body: uploadBody(upload) },
          Certificate,
        ),
      ),
    delete: (certId) =>
      changing(shared, () =>
        removeConfirmed(
          () => requester.done({ service, method: "DELETE", path: path`/api/v2/certificates/${certId}` }),
          async () => (await get(certId)) !== undefined,
        ),
      ),
  };
}

function detail(options: ReadCertificateOptions | undefined): Record<string, string | undefined> {
  return { detailed: options?.detailed === true ? "true" : undefined };
}

/** JSON omits undefined fields. */
function uploadBody(upload: CertificateUpload): Readonly<Record<string, unknown>> {
  return {
    certificate: encodePem(upload.certificate),
    certificateChain: encodePem(upload.certificateChain),
    privateKey: upload.privateKey === undefined ? undefined : encodePem(upload.privateKey),
    csrId: upload.csrId === undefined ? undefined : String(upload.csrId),
    description: upload.description ?? "",
    expiryNotify: upload.expiryNotify,
    email: upload.email,
  };
}
