/** What a run did about a failure, appended to the error that it reports. */
import type { Message } from "./message.ts";

export type Note =
  /** Our publish did not finish in time, and was canceled. */
  | { readonly kind: "publish-canceled" }
  /** A removal stopped after the unlink. */
  | { readonly kind: "already-unlinked"; readonly certificateId: number }
  | RollBackNote;

/** How the roll-back after a failed rotation ended. */
export type RollBackNote =
  | { readonly kind: "no-previous-certificate" }
  | {
      readonly kind: "previous-unusable";
      readonly certificateId: number;
      readonly reason: UnusableReason;
      readonly linkedCertificateId: number | null;
    }
  | { readonly kind: "linked-by-others"; readonly certificateId: number }
  | { readonly kind: "rolled-back"; readonly certificateId: number; readonly edge: RolledBackEdge };

export type UnusableReason =
  | { readonly kind: "missing" }
  | { readonly kind: "revoked" }
  | { readonly kind: "expired"; readonly notAfter: string };

export type RolledBackEdge =
  /** No publish had changed the edge. */
  | { readonly kind: "unchanged" }
  /** A publish is in progress that could not be canceled, so no other one was started. */
  | { readonly kind: "publish-in-progress" }
  | { readonly kind: "republished"; readonly targets: readonly string[] }
  | {
      readonly kind: "previous-revisions";
      readonly revisions: readonly { readonly revisionId: string; readonly targets: readonly string[] }[];
    };

export function applyNote({ what, where, todo }: Message, note: Note): Message {
  const noted = { what: `${what} ${sentence(note)}`, where };
  switch (note.kind) {
    case "publish-canceled":
      return {
        ...noted,
        todo: "run the same command again to publish again; raise qwilt:publishTimeoutMs if publishes take that long",
      };
    case "already-unlinked":
      return {
        ...noted,
        todo: `${todo}; to keep the certificate in service, first put the link back into the program`,
      };
    default:
      return { ...noted, todo };
  }
}

function sentence(note: Note): string {
  switch (note.kind) {
    case "publish-canceled":
      return "It was canceled so that it does not block the next one.";
    case "already-unlinked":
      return `Certificate ${note.certificateId} is already unlinked, and the edge serves it only until the site is next published, by anyone.`;
    case "no-previous-certificate":
      return "There was no previous certificate to roll back to.";
    case "previous-unusable":
      return `The site was not rolled back to certificate ${note.certificateId}, which ${unusable(note.reason)}: certificate ${note.linkedCertificateId} stays linked, and the next publish activates it.`;
    case "linked-by-others":
      return `Certificate ${note.certificateId} was linked by someone else in the meantime, and was left unchanged.`;
    case "rolled-back":
      return `Certificate ${note.certificateId} is linked again${edge(note.edge)}.`;
  }
}

function unusable(reason: UnusableReason): string {
  switch (reason.kind) {
    case "missing":
      return "no longer exists";
    case "revoked":
      return "was revoked";
    case "expired":
      return `expired on ${reason.notAfter}`;
  }
}

function edge(edge: RolledBackEdge): string {
  switch (edge.kind) {
    case "unchanged":
      return "; the edge never stopped serving it";
    case "publish-in-progress":
      return ", but the publish is still in progress, so nothing was republished";
    case "republished":
      return ` and republished (${edge.targets.join(", ")})`;
    case "previous-revisions": {
      const live = edge.revisions.map(
        ({ revisionId, targets }) => `revision ${revisionId} is live again (${targets.join(", ")})`,
      );
      return `, and ${live.join(", ")}`;
    }
  }
}
