/** Certificate templates (docs/qwilt-api.md 4.2). They cannot be updated: every change is a new template. */
import {
  CertificateTemplate,
  type CertificateTemplateBody,
  CertificateTemplateList,
} from "../../wire/certificate-template.ts";
import { CertificateSigningRequest } from "../../wire/signing-request.ts";
import { findConfirmed, removeConfirmed } from "../http/confirm-not-found.ts";
import { path, type Requester } from "../http/request.ts";

export interface CertificateTemplatesApi {
  list(): Promise<readonly CertificateTemplate[]>;
  /** undefined: there is no such template. */
  get(templateId: number | string): Promise<CertificateTemplate | undefined>;
  create(body: CertificateTemplateBody): Promise<CertificateTemplate>;
  /** false: the template did not exist. */
  delete(templateId: number | string): Promise<boolean>;
  /** Creates a new signing request after a failed one. The path is unpublished: this is the assumption U2. */
  triggerSigningRequest(templateId: number | string): Promise<CertificateSigningRequest>;
}

export function createCertificateTemplatesApi(requester: Requester): CertificateTemplatesApi {
  const service = "cert-manager";
  const collection = "/api/v2/certificate-templates";
  const get = (templateId: number | string) =>
    findConfirmed(() =>
      requester.json(
        { service, method: "GET", path: path`/api/v2/certificate-templates/${templateId}` },
        CertificateTemplate,
      ),
    );

  return {
    list: () => requester.json({ service, method: "GET", path: collection }, CertificateTemplateList),
    get,
    create: (body) =>
      requester.json({ service, method: "POST", path: collection, body, makes: true }, CertificateTemplate),
    delete: (templateId) =>
      removeConfirmed(
        () => requester.done({ service, method: "DELETE", path: path`/api/v2/certificate-templates/${templateId}` }),
        async () => (await get(templateId)) !== undefined,
      ),
    triggerSigningRequest: (templateId) =>
      requester.json(
        {
          service,
          method: "POST",
          path: path`/api/v2/certificate-templates/${templateId}/certificate-signing-requests`,
        },
        CertificateSigningRequest,
      ),
  };
}
