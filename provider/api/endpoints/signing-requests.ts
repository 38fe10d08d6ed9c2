/** Certificate signing requests (docs/qwilt-api.md 4.3). */
import { unexpectedResponse } from "../../core/errors/unexpected-response.ts";
import { findPem } from "../../wire/pem-encoding.ts";
import { CertificateSigningRequest, CertificateSigningRequestList } from "../../wire/signing-request.ts";
import { orUndefined } from "../http/api-error.ts";
import { findConfirmed } from "../http/confirm-not-found.ts";
import { path, type Requester } from "../http/request.ts";

export interface SigningRequestsApi {
  /** undefined: there is no such request. */
  get(csrId: number | string): Promise<CertificateSigningRequest | undefined>;
  list(): Promise<readonly CertificateSigningRequest[]>;
  /** PEM of the PKCS#10 request. undefined: there is no such request. */
  pem(csrId: number | string): Promise<string | undefined>;
}

export function createSigningRequestsApi(requester: Requester): SigningRequestsApi {
  const service = "cert-manager";

  /** The path is unpublished (U1): the more likely one is tried first. */
  async function download(
    csrId: number | string,
  ): Promise<{ readonly where: string; readonly text: string } | undefined> {
    const paths = [
      path`/api/v2/certificate-signing-requests/${csrId}/pem`,
      path`/api/v2/certificate-signing-requests/${csrId}/download`,
    ];
    for (const where of paths) {
      const text = await orUndefined(requester.text({ service, method: "GET", path: where }));
      if (text !== undefined) return { where, text };
    }
    return undefined;
  }

  return {
    get: (csrId) =>
      findConfirmed(() =>
        requester.json(
          { service, method: "GET", path: path`/api/v2/certificate-signing-requests/${csrId}` },
          CertificateSigningRequest,
        ),
      ),
    list: () =>
      requester.json(
        { service, method: "GET", path: "/api/v2/certificate-signing-requests" },
        CertificateSigningRequestList,
      ),
    async pem(csrId) {
      const answer = await download(csrId);
      if (answer === undefined) return undefined;
      const pem = findPem(answer.text);
      if (pem !== undefined) return pem;
      throw unexpectedResponse(
        { reason: "signing-request-without-pem", request: `GET ${answer.where}` },
        { call: { outcome: "not-done", reading: true } },
      );
    },
  };
}
