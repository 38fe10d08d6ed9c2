/** Certificate: one certificate in the organization's pool. Facts come from its text, at preview already. */
import { isConflict, isOutcomeUnknown } from "../../api/http/api-error.ts";
import { QwiltError } from "../../core/errors.ts";
import {
  type Change,
  type CheckContext,
  type Context,
  type Failure,
  type Lifecycle,
  type MaybeUnknown,
  UNKNOWN,
} from "../../run/lifecycle.ts";
import { certificateObject } from "../../run/ownership.ts";
import type { Certificate as WireCertificate } from "../../wire/certificate.ts";
import { digestOfBlocks, fingerprintOf, sameBlocks } from "../../x509/compare.ts";
import { describeExpiry, describeNames, describeValidity } from "../../x509/expiry.ts";
import { certificateFacts } from "../../x509/facts.ts";
import { publicKeyHashOfRequest } from "../../x509/request-key.ts";
import { sentCertificates, sentKey } from "../../x509/sent.ts";
import { CertificateArgs, type CertificateInputs, type CertificateState, FACTS } from "./args.ts";
import { isLeftAlone, needsUpload, rememberKey, unknownFacts, withLint } from "./check.ts";
import { siteStillLinked } from "./find-linked-site.ts";
import { availableKey, fetchKey, sourceFailures } from "./key.ts";
import { expiryWarnings, misfitWarnings } from "./renewal-warnings.ts";

export const certificate: Lifecycle<CertificateArgs, CertificateInputs, CertificateState> = {
  kind: "Certificate",
  args: CertificateArgs,
  inputKeys: [
    "certificate",
    "certificateChain",
    "csrId",
    "csrPem",
    "privateKeyFrom",
    "description",
    "expiryNotify",
    "email",
    "lint",
    ...FACTS,
  ],

  inputsOnly: ["certificate", "certificateChain"],

  check(args, olds, ctx) {
    const failures = isLeftAlone(args, olds) ? [] : sourceFailures(args, olds);
    const key = availableKey(args, ctx);
    if (typeof args.certificate !== "string") {
      rememberKey(key.pem, ctx);
      return { facts: unknownFacts(args.certificate === UNKNOWN), drop: ["privateKey"], failures };
    }
    const checked = withLint({ args, leaf: args.certificate, key: key.pem, olds }, failures, ctx);
    const warnings = [...(checked.warnings ?? []), ...misfitWarnings(args, checked.facts ?? {}, ctx)];
    if (args.privateKeyFrom === undefined) return { ...checked, warnings };
    if (key.absent !== undefined && needsUpload(args, olds)) {
      warnings.push(
        `the private key is not available (${key.absent}): \`pulumi up\` needs it to upload this certificate`,
      );
    }
    return { ...checked, warnings, failures: checked.failures?.map(aboutReference) ?? [] };
  },

  diff(state, inputs, ctx): Change {
    const waiting = waitsForSignature(state, inputs, ctx);
    if (waiting !== undefined) return { kind: "none", warnings: [waiting] };
    const replaced = materialChanges(state, inputs);
    if (replaced.length > 0) {
      const plan = plannedReplacement(state, inputs, ctx.clock.now());
      return { kind: "replace", fields: replaced, order: "create-first", plan };
    }
    const fields = (["description", "expiryNotify", "email"] as const).filter((key) => inputs[key] !== state[key]);
    const warnings = expiryWarnings(state, ctx);
    return fields.length === 0 ? { kind: "none", warnings } : { kind: "update", fields, warnings };
  },

  holds: (id) => [certificateObject(id)],

  made: (id, state) => (state.adopted === true ? [] : [certificateObject(id)]),

  async create(inputs, ctx) {
    const key = await fetchKey(inputs, ctx);
    const found = await ctx.pool.find(inputs.fingerprint);
    // What this resource had before is about to be deleted as replaced.
    const replaced = ctx.ownership.priorId(ctx.urn);
    const twin = found.find((candidate) => matches(candidate, inputs) && String(candidate.certId) !== replaced);
    if (twin !== undefined) {
      // When the engine replaces it on demand, the one to be deleted is the one that was just adopted.
      ctx.ownership.claim(certificateObject(twin.certId), `${ctx.urn} anew`);
      const adopted = !ctx.ownership.isCreated(certificateObject(twin.certId));
      ctx.row.info(
        adopted
          ? `adopted certificate ${twin.certId}, which was already in the pool; it is deleted later only if this stack uploaded it`
          : `took over certificate ${twin.certId}, which this stack uploaded for another resource`,
      );
      return { id: String(twin.certId), state: observed(inputs, twin, adopted) };
    }
    const uploaded = await upload(inputs, key, ctx);
    return { id: String(uploaded.certId), state: observed(inputs, uploaded, false) };
  },

  async read(id, state, ctx) {
    const all = await ctx.api.certificates.listShared();
    const found = all.find((candidate) => String(candidate.certId) === id);
    if (found === undefined) return undefined;
    const now = drifted(state, found);
    const isAsBefore = now.description === state.description && now.fingerprint === state.fingerprint;
    return isAsBefore ? now : { ...now, ...(await textsOf(found, ctx)) };
  },

  async update(id, state, inputs, ctx) {
    // Only what the key does not belong to changes in place, and Qwilt keeps the key that it has (U6).
    const answer = await ctx.api.certificates.update(Number(id), requestBody(inputs, undefined));
    return observed(inputs, answer, state.adopted ?? false);
  },

  async delete(id, state, ctx) {
    if (ctx.ownership.isClaimedByAnother(certificateObject(id), ctx.urn)) {
      ctx.row.info(`certificate ${id} is in use by another resource of this run, or again by this one: not deleted`);
      return false;
    }
    if (state.adopted && !ctx.ownership.isCreated(certificateObject(id))) {
      ctx.row.info(
        `certificate ${id} stays in the pool: this resource adopted it, and only the resource that uploaded it deletes it`,
      );
      return false;
    }
    if (!ctx.ownership.isReleased(certificateObject(id))) {
      const siteId = await siteStillLinked(Number(id), ctx);
      if (siteId !== undefined)
        throw inUse(id, state, `Certificate ${id} is still linked to site ${siteId}: it was not deleted.`);
    }
    try {
      return await ctx.api.certificates.delete(Number(id));
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
      throw inUse(id, state, `Qwilt refused to delete certificate ${id}: it is still linked to a site.`, thrown);
    }
  },
};

function inUse(id: string, { commonName }: CertificateState, what: string, cause?: unknown): QwiltError {
  return new QwiltError({
    code: "QWILT_CERTIFICATE_IN_USE",
    what,
    where: `certificate ${id} (${commonName})`,
    todo: "let the link move first: run `pulumi up` without --target, and without the option deleteBeforeReplace; link another site that uses it to another certificate; or keep this one with retainOnDelete",
    cause,
  });
}

/** A finding about a key that was looked up stands on the reference, which is what the program gives. */
function aboutReference({ property, reason }: Failure): Failure {
  return { property: property === "privateKey" ? "privateKeyFrom" : property, reason };
}

/** After a rotation of the template the certificate of the earlier request stays until the CA has signed the new one. */
function waitsForSignature(
  state: CertificateState,
  inputs: MaybeUnknown<CertificateInputs>,
  ctx: CheckContext,
): string | undefined {
  const { csrPem, fingerprint, csrId } = inputs;
  if (typeof csrPem !== "string" || fingerprint !== state.fingerprint || csrId === state.csrId) return undefined;
  const wanted = publicKeyHashOfRequest(csrPem);
  if (wanted === undefined || wanted === state.publicKeyHash) return undefined;
  const expiry = describeExpiry(state, ctx.clock.now(), ctx.config.expiryWarningDays);
  const end = expiry === undefined ? "" : `, which ${expiry}`;
  return `signing request ${String(csrId)} is waiting for your CA's signature; until then the certificate of request ${state.csrId} stays${end}`;
}

/** Changes that make it another certificate. Compared by content: another line break is no change. */
function materialChanges(state: CertificateState, inputs: MaybeUnknown<CertificateInputs>): string[] {
  const changed: string[] = [];
  if (inputs.fingerprint === UNKNOWN || inputs.fingerprint !== state.fingerprint)
    changed.push("fingerprint", "certificate");
  if (inputs.certificateChain === UNKNOWN || digestOfBlocks(inputs.certificateChain) !== state.chainDigest) {
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

/** The same certificate with the same issuers, tied to the same key: nothing is left to change by adopting it. */
function matches(candidate: WireCertificate, inputs: CertificateInputs): boolean {
  const sameRequest = inputs.csrId === undefined || candidate.csrId === inputs.csrId;
  const chain = candidate.certificateChain;
  const sameChain = chain === undefined || sameBlocks(chain, sentCertificates(inputs.certificateChain));
  return sameRequest && sameChain && candidate.status !== "REVOKED";
}

async function upload(inputs: CertificateInputs, key: string | undefined, ctx: Context): Promise<WireCertificate> {
  try {
    const uploaded = await ctx.api.certificates.upload(requestBody(inputs, key));
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

function requestBody(inputs: CertificateInputs, key: string | undefined) {
  return {
    certificate: sentCertificates(inputs.certificate),
    certificateChain: sentCertificates(inputs.certificateChain),
    ...(key === undefined ? {} : { privateKey: sentKey(key) }),
    ...(inputs.csrId === undefined ? {} : { csrId: inputs.csrId }),
    description: inputs.description ?? "",
    ...(inputs.expiryNotify === undefined ? {} : { expiryNotify: inputs.expiryNotify }),
    ...(inputs.email === undefined ? {} : { email: inputs.email }),
  };
}

function observed(inputs: CertificateInputs, wire: WireCertificate, adopted: boolean): CertificateState {
  return { ...inputs, chainDigest: digestOfBlocks(inputs.certificateChain), ...told(wire), adopted };
}

const told = ({ domain = "", status = "", tenant = "" }: WireCertificate) => ({ domain, status, tenant });

/** The state as Qwilt has it now; arguments that the user never set and Qwilt has empty stay unset. */
function drifted(state: CertificateState, wire: WireCertificate): CertificateState {
  const described = wire.description ?? "";
  const base: CertificateState = { ...state, ...told(wire), adopted: state.adopted ?? false };
  const withText = described === (state.description ?? "") ? base : { ...base, description: described };
  const leaf = wire.certificate;
  if (leaf === undefined || fingerprintOf(leaf) === state.fingerprint) return withText;
  return { ...withText, ...certificateFacts(leaf) };
}

/** The texts as they were uploaded, which Qwilt echoes byte for byte. */
async function textsOf(found: WireCertificate, ctx: Context): Promise<Partial<CertificateState>> {
  const { certificate, certificateChain } =
    found.certificateChain === undefined
      ? ((await ctx.api.certificates.get(found.certId, { detailed: true })) ?? found)
      : found;
  if (certificate === undefined || certificateChain === undefined) return {};
  return { certificate, certificateChain, chainDigest: digestOfBlocks(certificateChain) };
}
