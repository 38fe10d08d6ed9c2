/**
 * What `check` derives from the arguments: lint findings, facts, and the key's hash instead of the key. Pure but for
 * the clock.
 */
import type { KeyMaterial } from "../../run/key-material.ts";
import { type CheckContext, type Checked, type Failure, type MaybeUnknown, UNKNOWN } from "../../run/lifecycle.ts";
import { sameBlocks } from "../../x509/compare.ts";
import { describeNames, describeValidity } from "../../x509/expiry.ts";
import { type CertificateFacts, certificateFacts } from "../../x509/facts.ts";
import { lintCertificate } from "../../x509/lint/lint.ts";
import { publicKeyHashOfRequest } from "../../x509/request-key.ts";
import { type CertificateArgs, FACTS } from "./args.ts";

export interface Linted {
  readonly args: MaybeUnknown<CertificateArgs>;
  readonly leaf: string;
  /** The key that the program gives, or that its reference resolves to. */
  readonly key: KeyMaterial | undefined;
  readonly olds: Readonly<Record<string, unknown>>;
}

export function withLint({ args, leaf, key, olds }: Linted, failures: Failure[], ctx: CheckContext): Checked {
  const silenced = args.lint === UNKNOWN || args.lint === undefined ? [] : args.lint.allow;
  // A key in another field would be stored in the state: this finding cannot be suppressed.
  const allow = silenced.filter((code) => code !== "CERT_KEY_IN_CERTIFICATE");
  const chain = typeof args.certificateChain === "string" ? { certificateChain: args.certificateChain } : {};
  const findings = lintCertificate({ certificate: leaf, ...chain, now: ctx.clock.now(), allow }, key?.read);
  const readable = factsOrNothing(leaf);
  // A deployed certificate passed once: time or a newer linter must not block other changes of its stack.
  const deployed = readable !== undefined && isDeployed(args, readable, olds, keyToCompare(key, olds));
  const warnings: string[] = [];
  for (const { code, severity, property, message, fix } of findings) {
    const text = `${message} ${fix} [${code}]`;
    if (severity === "error" && !deployed) failures.push({ property, reason: text });
    else if (severity === "error" || !deployed) warnings.push(text);
  }
  failures.push(...foreignRequest(args, readable, deployed));
  if (readable === undefined) return { facts: unknownFacts(false), drop: ["privateKey"], failures, warnings };
  return {
    facts: { ...readable },
    drop: ["privateKey"],
    failures,
    warnings,
    plan: `upload, ${describeValidity(readable.notAfter, undefined, ctx.clock.now())}; ${describeNames(readable.dnsNames, undefined)}`,
  };
}

/**
 * The deployed certificate without a key: Pulumi's `ignoreChanges` removes the key, because the state has none to keep.
 * The key is not needed until another certificate is uploaded.
 */
export function isLeftAlone(args: MaybeUnknown<CertificateArgs>, olds: Readonly<Record<string, unknown>>): boolean {
  const given = [args.privateKey, args.privateKeyFrom, args.csrId].some((source) => source !== undefined);
  return !given && !needsUpload(args, olds);
}

/**
 * Whether `create` would upload it: it differs from what the last run accepted, or no longer belongs to a signing
 * request.
 */
export function needsUpload(args: MaybeUnknown<CertificateArgs>, olds: Readonly<Record<string, unknown>>): boolean {
  if (typeof args.certificate !== "string" || args.csrId !== olds.csrId) return true;
  const facts = factsOrNothing(args.certificate);
  return facts === undefined || !isDeployed(args, facts, olds, undefined);
}

/** The same certificate, chain and key as the last run accepted. */
function isDeployed(
  args: MaybeUnknown<CertificateArgs>,
  facts: CertificateFacts,
  olds: Readonly<Record<string, unknown>>,
  key: KeyMaterial | undefined,
): boolean {
  if (olds.fingerprint !== facts.fingerprint || typeof args.certificateChain !== "string") return false;
  if (typeof olds.certificateChain !== "string" || !sameBlocks(args.certificateChain, olds.certificateChain))
    return false;
  return key === undefined || (key.publicKeyHash !== undefined && key.publicKeyHash === olds.publicKeyHash);
}

/** A referenced key is not uploaded again, unless it replaces a signing request. */
function keyToCompare(key: KeyMaterial | undefined, olds: Readonly<Record<string, unknown>>): KeyMaterial | undefined {
  return key?.origin === "program" || olds.csrId !== undefined ? key : undefined;
}

/** A certificate that is new to the stack must belong to the signing request it is uploaded for. */
function foreignRequest(
  args: MaybeUnknown<CertificateArgs>,
  facts: CertificateFacts | undefined,
  deployed: boolean,
): Failure[] {
  if (deployed || facts === undefined || typeof args.csrPem !== "string") return [];
  const wanted = publicKeyHashOfRequest(args.csrPem);
  if (wanted === undefined || wanted === facts.publicKeyHash) return [];
  const id = typeof args.csrId === "number" ? ` ${args.csrId}` : "";
  const reason = `The certificate does not match the key of signing request${id}. Have your CA sign csrPem of the template, and pass the certificate that it returns. [CERT_REQUEST_MISMATCH]`;
  return [{ property: "certificate", reason }];
}

function factsOrNothing(leaf: string): CertificateFacts | undefined {
  try {
    return certificateFacts(leaf);
  } catch {
    // The linter reports what is wrong with it.
    return undefined;
  }
}

export function unknownFacts(unknown: boolean): Record<string, unknown> {
  return unknown ? Object.fromEntries(FACTS.map((name) => [name, UNKNOWN])) : {};
}
