/** Certificate: one certificate in the organisation's pool. Facts come from its text, at preview already. */
import { z } from "zod";
import { isConflict, isOutcomeUnknown } from "../api/api-error.ts";
import { QwiltError } from "../errors.ts";
import {
  type Change,
  type CheckContext,
  type Checked,
  type Context,
  type Failure,
  type Lifecycle,
  type MaybeUnknown,
  UNKNOWN,
} from "../lifecycle.ts";
import { describeNames, describeValidity } from "../renewal/expiry.ts";
import type { Certificate as WireCertificate } from "../wire/certificate.ts";
import { fingerprintOf, sameBlocks } from "../x509/compare.ts";
import { type CertificateFacts, certificateFacts, publicKeyHashOfPrivateKey } from "../x509/facts.ts";
import { lintCertificate } from "../x509/lint.ts";

export const CertificateArgs = z.strictObject({
  /** The leaf, PEM text, exactly one certificate. Changing it replaces: upload, links follow, the old one is deleted. */
  certificate: z.string().min(1),
  /** Its issuers, PEM text: first the signer of the leaf, last an intermediate below a well-known root. Replaces. */
  certificateChain: z.string(),
  /** Private key, PEM text without passphrase. Never kept in the state; a changed key replaces. */
  privateKey: z.string().min(1).optional(),
  /** Instead of a key: the signing request at Qwilt that holds it. Replaces. */
  csrId: z.union([z.int().positive(), z.string().regex(/^\d+$/).transform(Number)]).optional(),
  /** Free text in Qwilt's console. Changes in place, without a publish. */
  description: z.string().optional(),
  /** Qwilt notifies by e-mail as the end comes near. Changes in place. */
  expiryNotify: z.boolean().optional(),
  /** Owner's e-mail for notifications. Changes in place. */
  email: z.string().optional(),
  /** Codes of lint findings that are silenced for this certificate. */
  lint: z.strictObject({ allow: z.array(z.string()) }).optional(),
});
export type CertificateArgs = z.infer<typeof CertificateArgs>;

/** What `check` makes of the arguments: no key, but its hash, and the facts. */
export interface CertificateInputs extends Omit<CertificateArgs, "privateKey">, CertificateFacts {}

export interface CertificateState extends CertificateInputs {
  readonly domain: string;
  readonly status: string;
  readonly tenant: string;
  /** True when the certificate was found in the pool: it is not ours to delete. */
  readonly adopted: boolean;
}

const FACTS = [
  "fingerprint",
  "commonName",
  "dnsNames",
  "ipAddresses",
  "issuer",
  "serialNumber",
  "notBefore",
  "notAfter",
  "keyType",
  "publicKeyHash",
] as const satisfies readonly (keyof CertificateFacts)[];

export const certificate: Lifecycle<CertificateArgs, CertificateInputs, CertificateState> = {
  kind: "Certificate",
  args: CertificateArgs,
  inputKeys: ["certificate", "certificateChain", "csrId", "description", "expiryNotify", "email", "lint", ...FACTS],

  check(args, _olds, ctx) {
    const failures: Failure[] = [];
    if (
      args.privateKey !== undefined &&
      args.csrId !== undefined &&
      args.privateKey !== UNKNOWN &&
      args.csrId !== UNKNOWN
    ) {
      failures.push({
        property: "csrId",
        reason: "privateKey and csrId exclude each other: give the key, or the signing request at Qwilt that holds it.",
      });
    }
    if (args.privateKey === undefined && args.csrId === undefined) {
      failures.push({
        property: "privateKey",
        reason: "privateKey is missing: give it, or csrId when Qwilt made the key.",
      });
    }
    if (typeof args.certificate !== "string") {
      rememberKey(args.privateKey, ctx);
      return { facts: unknownFacts(args.certificate === UNKNOWN), drop: ["privateKey"], failures };
    }
    return withLint(args, args.certificate, failures, ctx);
  },

  diff(state, inputs, ctx): Change {
    const replaced = materialChanges(state, inputs);
    if (replaced.length > 0) {
      const plan = plannedReplacement(state, inputs, ctx.clock.now());
      return { kind: "replace", fields: replaced, order: "create-first", plan };
    }
    const fields = (["description", "expiryNotify", "email"] as const).filter((key) => inputs[key] !== state[key]);
    return fields.length === 0 ? { kind: "none" } : { kind: "update", fields };
  },

  async create(inputs, ctx) {
    const found = await ctx.pool.find(inputs.fingerprint);
    const twin = found.find((candidate) => matches(candidate, inputs));
    if (twin !== undefined) {
      ctx.holders.hold(`certificate ${twin.certId}`, ctx.urn);
      ctx.row.info(
        `adopted certificate ${twin.certId}, which is in the pool already; it will not be deleted with this stack`,
      );
      return { id: String(twin.certId), state: observed(inputs, twin, true) };
    }
    const uploaded = await upload(inputs, ctx);
    return { id: String(uploaded.certId), state: observed(inputs, uploaded, false) };
  },

  async read(id, state, ctx) {
    const all = await ctx.api.certificates.listShared();
    const found = all.find((candidate) => String(candidate.certId) === id);
    return found === undefined ? undefined : drifted(state, found);
  },

  async update(id, state, inputs, ctx) {
    const answer = await ctx.api.certificates.update(Number(id), requestBody(inputs, ctx));
    return observed(inputs, answer, state.adopted ?? false);
  },

  async delete(id, state, ctx) {
    if (ctx.holders.heldByAnother(`certificate ${id}`, ctx.urn)) {
      ctx.row.info(`certificate ${id} was taken over by another resource of this run: left alone`);
      return;
    }
    if (state.adopted) {
      ctx.row.info(`certificate ${id} stays in the pool: this stack adopted it, it did not make it`);
      return;
    }
    try {
      await ctx.api.certificates.delete(Number(id));
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
      throw new QwiltError({
        code: "QWILT_CERTIFICATE_IN_USE",
        what: `Qwilt refused to delete certificate ${id}: it is still linked to a site.`,
        where: `certificate ${id} (${state.commonName})`,
        todo: "unlink it from the site that uses it, or keep it with retainOnDelete, then run `pulumi up` again",
        cause: thrown,
      });
    }
  },
};

function withLint(args: MaybeUnknown<CertificateArgs>, leaf: string, failures: Failure[], ctx: CheckContext): Checked {
  const key = typeof args.privateKey === "string" ? args.privateKey : undefined;
  const allow = args.lint === UNKNOWN || args.lint === undefined ? [] : args.lint.allow;
  const findings = lintCertificate({
    certificate: leaf,
    ...(typeof args.certificateChain === "string" ? { certificateChain: args.certificateChain } : {}),
    ...(key === undefined ? {} : { privateKey: key }),
    now: ctx.clock.now(),
    allow,
  });
  const warnings: string[] = [];
  for (const { code, severity, property, message, fix } of findings) {
    if (severity === "error") failures.push({ property, reason: `${message} ${fix} [${code}]` });
    else warnings.push(`${message} ${fix} [${code}]`);
  }
  const readable = factsOrNothing(leaf);
  if (readable === undefined) return { facts: unknownFacts(false), drop: ["privateKey"], failures, warnings };
  rememberKey(args.privateKey, ctx);
  return {
    facts: { ...readable },
    drop: ["privateKey"],
    failures,
    warnings,
    plan: `upload, ${describeValidity(readable.notAfter, undefined, ctx.clock.now())}; ${describeNames(readable.dnsNames, undefined)}`,
  };
}

function factsOrNothing(leaf: string): CertificateFacts | undefined {
  try {
    return certificateFacts(leaf);
  } catch {
    // The linter says in words what is wrong with it.
    return undefined;
  }
}

function unknownFacts(unknown: boolean): Record<string, unknown> {
  return unknown ? Object.fromEntries(FACTS.map((name) => [name, UNKNOWN])) : {};
}

function rememberKey(key: unknown, ctx: CheckContext): void {
  if (typeof key !== "string") return;
  try {
    ctx.keys.put(publicKeyHashOfPrivateKey(key), key);
  } catch {
    // An unreadable key is a lint finding.
  }
}

/** Changes that make it another certificate. Compared by content: another line break is no change. */
function materialChanges(state: CertificateState, inputs: MaybeUnknown<CertificateInputs>): string[] {
  const changed: string[] = [];
  if (inputs.fingerprint === UNKNOWN || inputs.fingerprint !== state.fingerprint)
    changed.push("fingerprint", "certificate");
  if (inputs.certificateChain === UNKNOWN || !sameBlocks(inputs.certificateChain, state.certificateChain ?? "")) {
    changed.push("certificateChain");
  }
  if (inputs.publicKeyHash === UNKNOWN || inputs.publicKeyHash !== state.publicKeyHash) changed.push("publicKeyHash");
  if (inputs.csrId !== state.csrId) changed.push("csrId");
  return changed;
}

function plannedReplacement(state: CertificateState, inputs: MaybeUnknown<CertificateInputs>, now: number): string {
  const notAfter = inputs.notAfter === UNKNOWN ? undefined : inputs.notAfter;
  const validity = describeValidity(notAfter, state.notAfter, now);
  return inputs.dnsNames === UNKNOWN ? validity : `${validity}; ${describeNames(inputs.dnsNames, state.dnsNames)}`;
}

function matches(candidate: WireCertificate, inputs: CertificateInputs): boolean {
  const sameRequest = inputs.csrId === undefined || candidate.csrId === inputs.csrId;
  return sameRequest && candidate.status !== "REVOKED";
}

async function upload(inputs: CertificateInputs, ctx: Context): Promise<WireCertificate> {
  try {
    const uploaded = await ctx.api.certificates.upload(requestBody(inputs, ctx));
    ctx.pool.add({ ...uploaded, certificate: inputs.certificate });
    return uploaded;
  } catch (thrown) {
    if (!isOutcomeUnknown(thrown)) throw thrown;
    // It was not in the pool before: what is there now is what this request made.
    ctx.pool.forget();
    const mine = (await ctx.pool.find(inputs.fingerprint)).filter((candidate) => matches(candidate, inputs));
    const made = mine.at(-1);
    if (made !== undefined) return made;
    throw thrown;
  }
}

function requestBody(inputs: CertificateInputs, ctx: Context) {
  const key = ctx.keys.get(inputs.publicKeyHash);
  if (inputs.csrId === undefined && key === undefined) {
    throw new QwiltError({
      code: "QWILT_KEY_MISSING",
      what: "The private key is not at hand: it is never kept in the state.",
      where: `certificate ${inputs.commonName}`,
      todo: "run `pulumi up` with the program that gives privateKey",
    });
  }
  return {
    certificate: inputs.certificate,
    certificateChain: inputs.certificateChain,
    ...(inputs.csrId === undefined ? { privateKey: key ?? "" } : { csrId: inputs.csrId }),
    description: inputs.description ?? "",
    ...(inputs.expiryNotify === undefined ? {} : { expiryNotify: inputs.expiryNotify }),
    ...(inputs.email === undefined ? {} : { email: inputs.email }),
  };
}

function observed(inputs: CertificateInputs, wire: WireCertificate, adopted: boolean): CertificateState {
  return { ...inputs, domain: wire.domain ?? "", status: wire.status ?? "", tenant: wire.tenant ?? "", adopted };
}

/** The state as Qwilt has it now; arguments that the user never set and Qwilt has empty stay unset. */
function drifted(state: CertificateState, wire: WireCertificate): CertificateState {
  const described = wire.description ?? "";
  const base: CertificateState = { ...observed(state, wire, state.adopted ?? false) };
  const withText = described === (state.description ?? "") ? base : { ...base, description: described };
  const leaf = wire.certificate;
  if (leaf === undefined || fingerprintOf(leaf) === state.fingerprint) return withText;
  return { ...withText, certificate: leaf, ...certificateFacts(leaf) };
}
