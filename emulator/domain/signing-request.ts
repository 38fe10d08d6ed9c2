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
  /** Beside `state`, which is the province of the subject. */
  readonly signingState: SigningState;
  /** Why it was made: with its template, by a customer's wish, or because the certificate nears its end. */
  readonly reason: "created" | "triggered" | "renewal";
  readonly createdAtMs: number;
  /** Since when the delegation is good, and how long issuance then takes; null while it is not good. */
  readonly issuance: { readonly fromMs: number; readonly durationMs: number } | null;
  /** When a delegation that is wrong ends the request; null while it is not. */
  readonly deadlineAtMs: number | null;
  /** Where a fault leads it, whatever DNS says; null without one. */
  readonly destiny: SigningState | null;
  /** A state that was set by hand: nothing moves by itself any more. */
  readonly held: boolean;
  /** What is left to tell linked sites; null before that began. */
  readonly switches: readonly SiteSwitch[] | null;
  /** System publications that this request started. */
  readonly publishIds: readonly string[];
}

/** A linked site that gets the new certificate, and a target to activate it on; null for a site that is not live. */
export interface SiteSwitch {
  readonly siteId: string;
  readonly target: Target | null;
}

/** Takes a way that the state has. An event that comes too late, or where it may not, changes nothing. */
export function moveRequest(request: SigningRequest, event: SigningEvent): SigningRequest {
  const signingState = nextState(request.signingState, event);
  return signingState === undefined ? request : { ...request, signingState };
}
