/** Publishes, links, and the edge. */
import { asSentence, type Message } from "./message.ts";
import { defineError, type QuotedError } from "./qwilt-error.ts";

export interface PublishFailedDetails {
  readonly siteId: string;
  readonly target: string;
  readonly publishId: string;
  readonly acceptanceStatus: string;
  readonly publishStatus: string;
  readonly statusLines: readonly string[];
  /** Free JSON; undefined: there is none. */
  readonly validatorDetails: unknown;
}

/** The publish was rejected before anything changed on the CDN; an aborted or failed publish may have changed it. */
export function isRejectedBeforeStart({ acceptanceStatus }: PublishFailedDetails): boolean {
  return acceptanceStatus === "Invalid" || acceptanceStatus === "Dismissed";
}

const whereOf = ({ siteId, target, publishId }: Pick<PublishFailedDetails, "siteId" | "target" | "publishId">) =>
  `site ${siteId}, ${target}, publish ${publishId}`;

export const publishFailed = defineError("QWILT_PUBLISH_FAILED", (details: PublishFailedDetails) => {
  const { acceptanceStatus, publishStatus, statusLines, validatorDetails } = details;
  // A failed acceptance is more specific than the outcome.
  const isRejected = ["Invalid", "Dismissed", "Aborted"].includes(acceptanceStatus);
  const lines = [
    ...statusLines.map((line) => line.replace(/\.$/, "")),
    ...(validatorDetails == null ? [] : [JSON.stringify(validatorDetails).slice(0, 1_000)]),
  ];
  return {
    what: `The publish ended with status ${isRejected ? acceptanceStatus : publishStatus}${lines.length === 0 ? "" : `: ${lines.join("; ")}`}.`,
    where: whereOf(details),
    todo:
      lines.length === 0
        ? "check the site's publish history in Qwilt's console, then run `pulumi up` again"
        : "fix the errors listed above, then run `pulumi up` again",
  };
});

export interface PublishTimedOutDetails {
  readonly siteId: string;
  readonly target: string;
  readonly publishId: string;
  readonly acceptanceStatus: string;
  readonly publishStatus: string;
  readonly timeoutMs: number;
}

export const publishTimedOut = defineError("QWILT_PUBLISH_TIMED_OUT", (details: PublishTimedOutDetails) => ({
  what: `The publish did not end within ${Math.round(details.timeoutMs / 1000)} s: acceptance ${details.acceptanceStatus}, status ${details.publishStatus}.`,
  where: whereOf(details),
  todo: "run `pulumi up` again to continue waiting; raise qwilt:publishTimeoutMs if publishes take that long",
}));

export type LinkForeignDetails =
  /** Another resource of the program already links a certificate to the site. */
  | { readonly reason: "second-link"; readonly siteId: string }
  /** The stack did not create the current link. */
  | {
      readonly reason: "not-ours";
      readonly siteId: string;
      readonly linkedCertificateId: number;
      readonly wantedCertificateId: number | undefined;
      /** The link has no state that could show what the stack linked. */
      readonly isNew: boolean;
    };

export const linkForeign = defineError("QWILT_LINK_FOREIGN", (details: LinkForeignDetails): Message => {
  if (details.reason === "second-link") {
    return {
      what: "Another SiteCertificateLink of this program already has this site, and a site serves one certificate.",
      where: `site ${details.siteId}`,
      todo: "keep one SiteCertificateLink per site; a certificate can have many names",
    };
  }
  const { siteId, linkedCertificateId: linked, wantedCertificateId: wanted, isNew } = details;
  return {
    what: isNew
      ? `The site is already linked to certificate ${linked}, and this new link has no record that this stack linked it. It was left unchanged.`
      : `The site is linked to certificate ${linked}, which was not linked by this stack. It was left unchanged.`,
    where: wanted === undefined ? `site ${siteId}` : `site ${siteId}, certificate ${wanted} to be linked`,
    todo: isNew
      ? 'if the link was renamed in the program, give it `aliases: [{ name: "old name" }]`; otherwise find out who linked the certificate, and set replaceExisting: true to replace it'
      : "find out who linked it; to replace it, set replaceExisting: true on the link and run `pulumi up` again",
  };
});

export interface LinkRefusedDetails {
  readonly siteId: string;
  readonly certificateId: number;
  readonly reason: QuotedError;
}

export const linkRefused = defineError(
  "QWILT_LINK_REFUSED",
  ({ siteId, certificateId, reason }: LinkRefusedDetails) => ({
    what: `Certificate ${certificateId} could not be linked. ${reason.what}`,
    where: `site ${siteId}`,
    todo: "check that the certificate exists in this organization and can be linked, then run `pulumi up` again",
  }),
);

export interface SiteBusyDetails {
  readonly siteId: string;
  /** How often the site was found to have changed. */
  readonly rounds: number;
}

export const siteBusy = defineError("QWILT_SITE_BUSY", ({ siteId, rounds }: SiteBusyDetails) => ({
  what: `The site was changed by someone else ${rounds} times during this run.`,
  where: `site ${siteId}`,
  todo: "find out who publishes or links (site history in Qwilt's console), then run `pulumi up` again",
}));

export interface RollbackFailedDetails {
  readonly siteId: string;
  readonly previousCertificateId: number;
  /** Linked now; null: none. */
  readonly linkedCertificateId: number | null;
  /** Why the rotation failed. */
  readonly rotation: QuotedError & { readonly where: string | undefined };
  /** Why the roll-back failed. */
  readonly rollBack: QuotedError;
}

export const rollbackFailed = defineError("QWILT_ROLLBACK_FAILED", (details: RollbackFailedDetails) => {
  const { siteId, previousCertificateId: previous, linkedCertificateId: linked, rotation, rollBack } = details;
  const left =
    linked === null
      ? "No certificate is linked now; the edge continues to serve what was published last until the site is next published."
      : `Certificate ${linked} is linked now.`;
  return {
    what: `${rotation.what} The roll-back to certificate ${previous} failed as well: ${asSentence(rollBack.what)} ${left}`,
    where: rotation.where ?? `site ${siteId}`,
    todo: `run \`pulumi up\` again; if it fails, link certificate ${previous} in Qwilt's console and republish the site`,
  };
});

export interface EdgeDiffersDetails {
  readonly siteId: string;
  readonly address: string;
  readonly host: string;
  readonly served:
    | { readonly kind: "certificate"; readonly fingerprint: string }
    | { readonly kind: "failure"; readonly why: string };
  /** SHA-256 of the certificate that the site is linked to. */
  readonly fingerprint: string;
}

export const edgeDiffers = defineError("QWILT_EDGE_DIFFERS", (details: EdgeDiffersDetails) => {
  const { siteId, address, host, served, fingerprint } = details;
  const seen =
    served.kind === "certificate"
      ? `serves certificate ${served.fingerprint.slice(0, 16)}... for ${host}`
      : `fails the TLS handshake for ${host} (${served.why})`;
  return {
    what: `Qwilt reports success, but the edge ${seen} instead of serving certificate ${fingerprint.slice(0, 16)}....`,
    where: `site ${siteId}, edge ${address}`,
    todo: "run `pulumi up` again in a minute; if the error persists, find out who else publishes this site",
  };
});

export interface EdgeUnreachableDetails {
  readonly siteId: string;
  /** undefined: not known. */
  readonly address: string | undefined;
  readonly why: string;
  /** `host:port` of a proxy that handshakes do not go through; undefined: none is configured. */
  readonly proxy: string | undefined;
}

export const edgeUnreachable = defineError("QWILT_EDGE_UNREACHABLE", (details: EdgeUnreachableDetails) => {
  const { siteId, address, why, proxy } = details;
  const direct = proxy === undefined ? "" : ` TLS handshakes go directly to the edge, not through the proxy ${proxy}.`;
  return {
    what: `The certificate that the edge serves could not be verified: ${why}.${direct}`,
    where: `site ${siteId}${address === undefined ? "" : `, edge ${address}`}`,
    todo: "set qwilt:edgeAddress to an address of the edge that this machine reaches, or set qwilt:edgeProbe to try",
  };
});
