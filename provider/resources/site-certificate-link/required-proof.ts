/** The proof that a link requires from another stack before it activates a certificate (docs/promotion.md). Pure. */
import { z } from "zod";
import { describeProven, type ProofRequiredDetails, proofRequired } from "../../core/errors/proof-errors.ts";
import { type Failure, type MaybeUnknown, UNKNOWN } from "../../run/lifecycle.ts";
import { TARGETS } from "../../site/target.ts";
import type { Proof, Requires, SiteCertificateLinkArgs } from "./args.ts";

type Args = MaybeUnknown<SiteCertificateLinkArgs>;

const Time = z.iso.datetime({ offset: true, error: "must be a time in ISO 8601" });

/** Additional fields, from a later release, are allowed. */
export const ProofShape = z.object({
  siteId: z.string().min(1),
  target: z.enum(TARGETS),
  fingerprint: z.string().regex(/^[0-9a-f]{64}$/, "must be the SHA-256 of a certificate, 64 hex digits"),
  publishId: z.string().min(1),
  activatedAt: Time,
  notAfter: Time,
  seen: z.enum(["handshake", "api"]),
});

/** The certificate that is about to become live; a field is undefined while it is not known. */
export interface Coming {
  readonly fingerprint: string | undefined;
  readonly notAfter: string | undefined;
  /** SHA-256 of the certificate that the link has now. */
  readonly before?: string | undefined;
}

/** Every unmet requirement; a comparison with an unknown fingerprint is left to the operation. */
export function refusals(requires: Requires, coming: Coming, now: number): readonly ProofRequiredDetails[] {
  const { minAgeMinutes = 0, seenBy = "api", stack } = requires;
  const given = requires.proof;
  if (given === undefined || given === null || given === "") return [{ reason: "missing", stack }];
  const parsed = ProofShape.safeParse(given);
  if (!parsed.success) return [{ reason: "malformed", problem: problemOf(parsed.error), stack }];
  const proof = parsed.data;
  const { fingerprint, notAfter, before } = coming;
  if (fingerprint !== undefined && fingerprint !== proof.fingerprint) {
    const endsBefore = notAfter !== undefined && Date.parse(proof.notAfter) < Date.parse(notAfter);
    const isEarlier = proof.fingerprint === before || endsBefore;
    return [{ reason: "other-certificate", proof, fingerprint, notAfter, isEarlier, stack }];
  }
  const found: ProofRequiredDetails[] = [];
  if (Date.parse(proof.notAfter) <= now) found.push({ reason: "expired", proof, stack });
  if (seenBy === "handshake" && proof.seen !== "handshake") found.push({ reason: "api-only", proof, stack });
  const ready = Date.parse(proof.activatedAt) + minAgeMinutes * MINUTE_MS;
  if (minAgeMinutes > 0 && now < ready) {
    const ageMinutes = Math.max(0, Math.floor((now - Date.parse(proof.activatedAt)) / MINUTE_MS));
    found.push({ reason: "too-young", proof, ageMinutes, minAgeMinutes, from: new Date(ready).toISOString(), stack });
  }
  return found;
}

const MINUTE_MS = 60_000;

function problemOf(error: z.ZodError): string {
  const [issue] = error.issues;
  const at = issue?.path.join(".") ?? "";
  return at === "" ? "it must be an object" : `its ${at} is missing or wrong`;
}

/**
 * Whether a run changes the certificate of the link, by the old and new inputs. An unchanged certificate is not checked
 * again: a preview without a change must not fail because the other stack already has the next certificate.
 */
export function changesCertificate(args: Args, olds: Readonly<Record<string, unknown>>): boolean | "unknown" {
  if (olds.siteId === undefined) return true;
  if (args.siteId !== olds.siteId) return args.siteId === UNKNOWN ? "unknown" : true;
  if (args.certificateTemplateId !== undefined) {
    // The newest certificate of a template is looked up in the operation.
    const isOther = args.certificateTemplateId !== UNKNOWN && args.certificateTemplateId !== olds.certificateTemplateId;
    return isOther ? true : "unknown";
  }
  const [then, now] = [known(olds.fingerprint), known(args.fingerprint)];
  if (then !== undefined && now !== undefined) return then !== now;
  if (args.certificateId === UNKNOWN || args.fingerprint === UNKNOWN) return "unknown";
  return args.certificateId !== olds.certificateId;
}

/** Check failures at preview. */
export function proofFailures(args: Args, olds: Readonly<Record<string, unknown>>, now: number): Failure[] {
  const { requires } = args;
  if (requires === undefined || requires === UNKNOWN || changesCertificate(args, olds) !== true) return [];
  const coming = {
    fingerprint: args.certificateTemplateId === undefined ? known(args.fingerprint) : undefined,
    notAfter: known(args.notAfter),
    before: known(olds.fingerprint),
  };
  return refusals(requires, coming, now).map((details) => {
    const { what, todo, code } = proofRequired(details);
    return { property: "requires", reason: `${what} Do: ${todo}. [${code}]` };
  });
}

/** For a plan that changes the certificate: the proof that is met, or when it is checked; otherwise "". */
export function describeRequired(args: Args): string {
  const { requires } = args;
  if (requires === undefined) return "";
  const fingerprint = args.certificateTemplateId === undefined ? known(args.fingerprint) : undefined;
  if (requires === UNKNOWN || fingerprint === undefined) return "; the required proof is checked at `pulumi up`";
  const parsed = ProofShape.safeParse(requires.proof);
  if (!parsed.success || parsed.data.fingerprint !== fingerprint) return "";
  return `; proven: ${describeProven(parsed.data)}, seen by ${SEEN[parsed.data.seen]}`;
}

export const SEEN: Readonly<Record<Proof["seen"], string>> = { handshake: "TLS handshake", api: "Qwilt's API" };

/** @throws QWILT_PROOF_REQUIRED */
export function refuseUnproven(requires: Requires | undefined, coming: Coming & { id: number }, now: number): void {
  if (requires === undefined) return;
  const [first] = refusals(requires, coming, now);
  if (first !== undefined) throw proofRequired(first);
  if (coming.fingerprint === undefined)
    throw proofRequired({ reason: "unknown-fingerprint", certificateId: coming.id, stack: requires.stack });
}

function known(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
