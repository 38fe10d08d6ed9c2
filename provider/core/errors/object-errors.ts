/** Private keys, and objects at Qwilt: certificates, templates, sites. */
import type { Message } from "./message.ts";
import { defineError } from "./qwilt-error.ts";

export type KeyMissingDetails =
  /** The provider cannot decrypt what the program sealed. */
  | { readonly reason: "hand-over"; readonly file: string }
  | { readonly reason: "not-given"; readonly commonName: string }
  /** Not found where privateKeyFrom points. */
  | { readonly reason: "not-found"; readonly commonName: string; readonly why: string };

export const keyMissing = defineError("QWILT_KEY_MISSING", (details: KeyMissingDetails): Message => {
  switch (details.reason) {
    case "hand-over":
      return {
        what: "The program could not pass the private key to the provider process.",
        where: details.file,
        todo: "let both use the same folder for temporary files (TMPDIR), or use privateKeyFrom",
      };
    case "not-given":
      return {
        what: "The private key is not available: it is never stored in the state.",
        where: `certificate ${details.commonName}`,
        todo: "run `pulumi up` with the program that sets privateKey or privateKeyFrom",
      };
    case "not-found":
      return {
        what: `The private key is not available: ${details.why}.`,
        where: `certificate ${details.commonName}, privateKeyFrom`,
        todo: "put the key where privateKeyFrom looks for it, then run `pulumi up` again",
      };
  }
});

export type KeyUnusableDetails = {
  readonly commonName: string;
  /** "the variable TLS_KEY", "the file key.pem" */
  readonly source: string;
} & (
  | {
      readonly reason: "not-a-key";
      readonly finding: { readonly code: string; readonly message: string; readonly fix: string };
    }
  | { readonly reason: "other-certificate" }
);

export const keyUnusable = defineError("QWILT_KEY_UNUSABLE", (details: KeyUnusableDetails): Message => {
  const where = `certificate ${details.commonName}, privateKeyFrom`;
  if (details.reason === "other-certificate") {
    return {
      what: `The key in ${details.source} belongs to another certificate.`,
      where,
      todo: "use the key and the certificate of the same issuance, then run `pulumi up` again",
    };
  }
  const { message, fix, code } = details.finding;
  return { what: `The content of ${details.source} cannot be used as a key: ${message} [${code}]`, where, todo: fix };
});

export interface CertificateInUseDetails {
  readonly certificateId: string;
  readonly commonName: string;
  /** Site that it is linked to; undefined: Qwilt rejected the deletion without naming one. */
  readonly siteId: string | undefined;
}

export const certificateInUse = defineError("QWILT_CERTIFICATE_IN_USE", (details: CertificateInUseDetails) => {
  const { certificateId: id, commonName, siteId } = details;
  return {
    what:
      siteId === undefined
        ? `Qwilt did not delete certificate ${id}: it is still linked to a site.`
        : `Certificate ${id} is still linked to site ${siteId}, so it was not deleted.`,
    where: `certificate ${id} (${commonName})`,
    todo: "move the link first: run `pulumi up` without --target and without the option deleteBeforeReplace; if another site uses the certificate, link that site to another one; or keep this one with retainOnDelete",
  };
});

export type TemplateMissingDetails = {
  readonly templateId: number | string;
  readonly missing: "template" | "signing-request" | "either";
  /** Site whose link follows the template. */
  readonly siteId?: string;
};

export const templateMissing = defineError("QWILT_TEMPLATE_MISSING", (details: TemplateMissingDetails) => {
  const { templateId, missing, siteId } = details;
  const what = {
    template: "does not exist",
    "signing-request": "has no signing request",
    either: "does not exist, or has no signing request",
  }[missing];
  return {
    what: `Template ${templateId} ${what}.`,
    where: siteId === undefined ? `template ${templateId}` : `site ${siteId}`,
    todo: "run `pulumi refresh`, then `pulumi up` to create the template again",
  };
});

export interface TemplateAmbiguousDetails {
  readonly commonName: string;
  readonly templateIds: readonly number[];
}

export const templateAmbiguous = defineError(
  "QWILT_TEMPLATE_AMBIGUOUS",
  ({ commonName, templateIds }: TemplateAmbiguousDetails) => ({
    what: `${templateIds.length} templates with these names are waiting for their first certificate (${templateIds.join(", ")}); an earlier run may have created one of them.`,
    where: `template ${commonName}`,
    todo: "in Qwilt's console delete those that are not used, then run `pulumi up` again",
  }),
);

export interface SiteAmbiguousDetails {
  readonly siteName: string;
  readonly siteId: string;
  readonly softDeleted: boolean;
  readonly revisions: number;
}

export const siteAmbiguous = defineError("QWILT_SITE_AMBIGUOUS", (details: SiteAmbiguousDetails) => {
  const { siteName, siteId, softDeleted, revisions } = details;
  return {
    what: `A site named "${siteName}" already exists${softDeleted ? ", soft-deleted" : ` with ${revisions} ${revisions === 1 ? "revision" : "revisions"}`}: ${siteId}.`,
    where: `site ${siteName}`,
    todo: softDeleted
      ? "delete it permanently in Qwilt's console, or choose another siteName"
      : 'if this stack has the site under another resource name or parent, give the resource `aliases: [{ name: "old name" }]`, `aliases: [{ parent: oldParent }]` or, if it had no parent, `aliases: [{ parent: pulumi.rootStackResource }]`; otherwise choose another siteName, because this site is in use',
  };
});

export interface SiteMissingDetails {
  readonly siteId: string;
}

export const siteMissing = defineError("QWILT_SITE_MISSING", ({ siteId }: SiteMissingDetails) => ({
  what: "The site does not exist in this organization.",
  where: `site ${siteId}`,
  todo: "check siteId and the organization of the credentials; if the site was deleted outside Pulumi, run `pulumi refresh`",
}));
