/** Rules about certificates: how long they are valid, and how strong their keys are. Pure. */
import { z } from "zod";
import { UNKNOWN } from "../run/lifecycle.ts";
import { describeLeft } from "../x509/expiry.ts";
import { lifetimeDays } from "../x509/lint/lifetime.ts";
import { DAY_MS } from "../x509/renewal-window.ts";
import type { PlannedResource } from "./planned.ts";
import { broken, inputsOf, notKnown, type Rule, rule, timeOf, type Verdict } from "./rule.ts";

interface Validity {
  readonly notBefore: number | typeof UNKNOWN;
  readonly notAfter: number | typeof UNKNOWN;
}

/** Of the certificate that a resource represents; undefined: the resource represents none. */
function validityOf(resource: PlannedResource): Validity | undefined {
  const uploaded = inputsOf(resource, "Certificate");
  if (uploaded !== undefined) return { notBefore: timeOf(uploaded.notBefore), notAfter: timeOf(uploaded.notAfter) };
  const issued = inputsOf(resource, "CertificateIssuance");
  if (issued === undefined) return undefined;
  // The certificate that Qwilt issued is only in the state, and is the same only while nothing changes.
  const known = resource.op === "same" ? resource.before : undefined;
  return { notBefore: timeOf(known?.notBefore), notAfter: timeOf(known?.notAfter) };
}

const minimumDaysLeft = rule({
  id: "minimum-days-left",
  about: "resource",
  explanation: "A certificate has enough days left: a change must not go live with one that is about to expire.",
  fix: "Renew the certificate first, and use the new one in this change.",
  parameters: z.strictObject({ days: z.int().positive().default(14).describe("minimum days left") }),
  judge(resource, { days }, { now }): Verdict {
    const validity = validityOf(resource) ?? validityByLink(resource);
    if (validity === undefined) return undefined;
    if (validity.notAfter === UNKNOWN) return notKnown("when the certificate expires");
    if (validity.notAfter - now >= days * DAY_MS) return undefined;
    const end = new Date(validity.notAfter).toISOString();
    return broken(
      `it is valid until ${end.slice(0, 10)} (${describeLeft(end, now)}); at least ${days} days are required`,
    );
  },
});

/** The inputs of a CertificateIssuance have no dates: a policy pack sees those of the link that uses its certificate. */
function validityByLink(resource: PlannedResource): Validity | undefined {
  const link = inputsOf(resource, "SiteCertificateLink");
  if (link?.certificate !== "issuance") return undefined;
  return { notBefore: UNKNOWN, notAfter: timeOf(link.notAfter) };
}

const maximumLifetime = rule({
  id: "maximum-lifetime",
  about: "resource",
  explanation:
    "A certificate is not valid for longer than allowed: browsers reject public certificates with a longer lifetime, and a stolen key can be used until the certificate expires.",
  fix: "Order a certificate with a shorter lifetime.",
  parameters: z.strictObject({
    days: z.int().positive().default(200).describe("maximum lifetime; public CAs: 200 until 2027-03-14, then 100"),
  }),
  judge(resource, { days }): Verdict {
    const validity = validityOf(resource);
    if (validity === undefined) return undefined;
    const { notBefore, notAfter } = validity;
    if (notBefore === UNKNOWN || notAfter === UNKNOWN) return notKnown("how long the certificate is valid");
    const lifetime = lifetimeDays({ notBefore, notAfter });
    return lifetime <= days ? undefined : broken(`it is valid for ${lifetime} days; at most ${days} are allowed`);
  },
});

const keyStrength = rule({
  id: "key-strength",
  about: "resource",
  explanation: "The key of a certificate is strong enough: whoever breaks it can impersonate the site.",
  fix: "Create a stronger key, and order a certificate for it.",
  parameters: z.strictObject({
    rsaBits: z.int().positive().default(2048).describe("minimum size of an RSA key in bits"),
    ecBits: z.int().positive().default(256).describe("minimum size of an elliptic-curve key in bits"),
  }),
  judge(resource, { rsaBits, ecBits }): Verdict {
    const certificate = inputsOf(resource, "Certificate");
    if (certificate === undefined) return undefined;
    const { keyType } = certificate;
    const strength = typeof keyType === "string" ? strengthOf(keyType) : undefined;
    if (strength === undefined) return notKnown("the key type");
    const minimum = strength.isRsa ? rsaBits : ecBits;
    return strength.bits >= minimum
      ? undefined
      : broken(`its key is ${keyType}; at least ${minimum} bits are required`);
  },
});

const CURVE_BITS: Readonly<Record<string, number>> = { Ed25519: 256, Ed448: 448 };

/** Of "RSA-2048", "RSA-PSS-3072", "EC-P384", "Ed25519"; undefined for a type without a size. */
function strengthOf(keyType: string): { readonly isRsa: boolean; readonly bits: number } | undefined {
  const bits = CURVE_BITS[keyType] ?? Number(/^(?:RSA|RSA-PSS|EC)-P?(\d+)$/.exec(keyType)?.[1]);
  return Number.isNaN(bits) ? undefined : { isRsa: keyType.startsWith("RSA"), bits };
}

export const CERTIFICATE_RULES: readonly Rule[] = [minimumDaysLeft, maximumLifetime, keyStrength];
