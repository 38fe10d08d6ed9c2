/** A certificate signing request (docs/qwilt-api.md 4.3). Its private key stays in the store. */
import type { SubjectFields } from "./certificate-template.ts";
import type { Target } from "./publishing-operation.ts";
import { nextState, type SigningEvent, type SigningState } from "./signing-state.ts";

export interface SigningRequest extends SubjectFields {
  readonly csrId: number;
  readonly templateId: number;
  readonly organisation: string;
  readonly autoManaged: boolean;
  /** PKCS#10. */
  readonly csrPem: string;
  readonly keyPem: string;
  /** Unrelated to `state`, which is the state or province of the subject. */
  readonly signingState: SigningState;
  /** Why it was created: with its template, at a customer's request, or because the certificate expires soon. */
  readonly reason: "created" | "triggered" | "renewal";
  readonly createdAtMs: number;
  /** Since when the delegation is correct, and how long issuance then takes; null while it is not correct. */
  readonly issuance: { readonly fromMs: number; readonly durationMs: number } | null;
  /** When an incorrect delegation fails the request; null while it is correct. */
  readonly deadlineAtMs: number | null;
  /** The state that a fault leads it to, whatever DNS contains; null without a fault. */
  readonly destiny: SigningState | null;
  /** A state that was set by hand: it no longer changes by itself. */
  readonly held: boolean;
  /** Linked sites that still have to be switched; null before that began. */
  readonly switches: readonly SiteSwitch[] | null;
  /** System publications that this request started. */
  readonly publishIds: readonly string[];
}

/** A linked site that gets the new certificate, and a target to activate it on; null for a site that is not live. */
export interface SiteSwitch {
  readonly siteId: string;
  readonly target: Target | null;
}

/** Applies an event to the request. An event that comes too late, or that its state does not allow, changes nothing. */
export function moveRequest(request: SigningRequest, event: SigningEvent): SigningRequest {
  const signingState = nextState(request.signingState, event);
  return signingState === undefined ? request : { ...request, signingState };
}
