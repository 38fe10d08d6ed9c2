/** A certificate whose link requires a proof that it is active elsewhere, in the words of errors, findings and the CLI. */
import type { Message } from "./message.ts";
import { defineError } from "./qwilt-error.ts";

/** What a proof says, as far as messages repeat it. */
export interface ProvenFacts {
  readonly siteId: string;
  readonly target: string;
  readonly fingerprint: string;
  readonly activatedAt: string;
  readonly notAfter: string;
}

interface Origin {
  /** The stack that the proof comes from; undefined: the program does not tell. */
  readonly stack: string | undefined;
}

export type ProofRequiredDetails = Origin &
  (
    | { readonly reason: "missing" }
    | { readonly reason: "malformed"; readonly problem: string }
    | {
        readonly reason: "other-certificate";
        readonly proof: ProvenFacts;
        /** What the link is about to make live. */
        readonly fingerprint: string;
        readonly notAfter: string | undefined;
        /** The proof is of a certificate that came before this one. */
        readonly isEarlier: boolean;
      }
    | { readonly reason: "expired"; readonly proof: ProvenFacts }
    | { readonly reason: "api-only"; readonly proof: ProvenFacts }
    | {
        readonly reason: "too-young";
        readonly proof: ProvenFacts;
        readonly ageMinutes: number;
        readonly minAgeMinutes: number;
        /** ISO 8601 UTC. */
        readonly from: string;
      }
    | { readonly reason: "unknown-fingerprint"; readonly certificateId: number }
  );

export const proofRequired = defineError("QWILT_PROOF_REQUIRED", (details: ProofRequiredDetails): Message => {
  const { stack } = details;
  const up = commandIn("pulumi up", stack);
  switch (details.reason) {
    case "missing":
      return {
        what: `The required proof is missing: ${stackOf(stack)} exports none under this name, or has not seen its certificate live yet.`,
        where: "requires.proof",
        todo: `publish the certificate there and export the proof of its link: ${commandIn("pulumi up --refresh", stack)}`,
      };
    case "malformed":
      return {
        what: `The required proof is not one of a SiteCertificateLink: ${details.problem}.`,
        where: "requires.proof",
        todo: `export the output \`proof\` of the link in ${stackOf(stack)} as it is: ${up}`,
      };
    case "other-certificate": {
      const { proof, fingerprint, notAfter, isEarlier } = details;
      const until = notAfter === undefined ? "" : ` (valid until ${notAfter})`;
      return {
        what: `The required proof is of ${isEarlier ? "an earlier" : "another"} certificate: ${describeProven(proof)}; this link would make ${short(fingerprint)}${until} live.`,
        where: "requires.proof",
        todo: `bring this certificate to ${stackOf(stack)} first: ${up}`,
      };
    }
    case "expired":
      return {
        what: `The certificate of the required proof expired at ${details.proof.notAfter}: ${describeProven(details.proof)}.`,
        where: "requires.proof",
        todo: `bring a new certificate to ${stackOf(stack)} first: ${up}`,
      };
    case "api-only":
      return {
        what: `The required proof was not seen by a TLS handshake, only by Qwilt's API: ${describeProven(details.proof)}.`,
        where: "requires.proof",
        todo: `set qwilt:edgeAddress of ${stackOf(stack)} to an edge that is reached from there, then ${commandIn("pulumi refresh --run-program", stack)}`,
      };
    case "too-young": {
      const { proof, ageMinutes, minAgeMinutes, from } = details;
      const left = minAgeMinutes - ageMinutes;
      return {
        what: `The required proof is too young: ${describeProven(proof)}, for ${minutes(ageMinutes)} of ${minAgeMinutes}; ${minutes(left)} are left.`,
        where: "requires.minAgeMinutes",
        todo: `run this again from ${from} on`,
      };
    }
    case "unknown-fingerprint":
      return {
        what: `Certificate ${details.certificateId} cannot be compared with the required proof: Qwilt did not return its PEM text.`,
        where: "requires.proof",
        todo: "give the link the Certificate object instead of its id",
      };
  }
});

/** "certificate a1b2... has been active on ga of site s1 since 2026-11-23T09:00:00Z". */
export function describeProven({ fingerprint, target, siteId, activatedAt }: ProvenFacts): string {
  return `certificate ${short(fingerprint)} has been active on ${target} of site ${siteId} since ${activatedAt}`;
}

const short = (fingerprint: string) => `${fingerprint.slice(0, 16)}...`;

function minutes(count: number): string {
  return `${count} ${count === 1 ? "minute" : "minutes"}`;
}

function stackOf(stack: string | undefined): string {
  return stack === undefined ? "the stack that the proof comes from" : `stack ${stack}`;
}

function commandIn(command: string, stack: string | undefined): string {
  return stack === undefined ? `\`${command}\` in that stack` : `\`${command} --stack ${stack}\``;
}
