/**
 * Certificate: one certificate in the organization's pool. Its facts come from its text, so they are known at preview.
 */
import { isConflict, isOutcomeUnknown } from "../../api/http/api-error.ts";
import { certificateInUse } from "../../core/errors/object-errors.ts";
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
import { isLeftAlone, needsUpload, unknownFacts, withLint } from "./check.ts";
import { expiryWarnings, misfitWarnings } from "./expiry-warnings.ts";
import { siteStillLinked } from "./find-linked-site.ts";
import { defaultDescription, isOwnEarlierUpload, updatedDescription } from "./own-upload.ts";
import { availableKey, fetchKey, sourceFailures } from "./upload-key.ts";

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

  replacedBy: ["certificate", "certificateChain", "csrId"],

  stable: ["certificateId", "domain", "status", "tenant", "adopted"],

  check(args, olds, ctx) {
    const failures = isLeftAlone(args, olds) ? [] : sourceFailures(args, olds);
    const { key, absent } = availableKey(args, ctx);
    if (typeof args.certificate !== "string") {
      return { facts: unknownFacts(args.certificate === UNKNOWN), drop: ["privateKey"], failures };
    }
    const checked = withLint({ args, leaf: args.certificate, key, olds }, failures, ctx);
    const warnings = [...(checked.warnings ?? []), ...misfitWarnings(args, checked.facts ?? {}, ctx)];
    if (args.privateKeyFrom === undefined) return { ...checked, warnings };
    if (absent !== undefined && needsUpload(args, olds)) {
      warnings.push(`the private key is not available (${absent}): \`pulumi up\` needs it to upload this certificate`);
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
    // The certificate that this resource had before is about to be deleted as replaced.
    const replaced = ctx.ownership.priorId(ctx.urn);
    const matching = found.filter((candidate) => matches(candidate, inputs) && String(candidate.certId) !== replaced);
    const own = matching.find((candidate) => isOwnEarlierUpload(candidate, inputs, ctx));
    const match = own ?? matching[0];
    if (match !== undefined) {
      const object = certificateObject(match.certId);
      // If the engine replaces it on demand, it will delete the one that was just found.
      ctx.ownership.claim(object, `${ctx.urn} (new)`);
      const adopted = own === undefined && !ctx.ownership.isCreated(object);
      ctx.row.info(describeFound(match.certId, adopted, own !== undefined));
      return { id: String(match.certId), state: observed(inputs, match, adopted), found: true };
    }
    const uploaded = await upload(inputs, key?.pem, ctx);
    return { id: String(uploaded.certId), state: observed(inputs, uploaded, false) };
  },

  async importById(id, ctx) {
    const found = await ctx.api.certificates.get(Number(id), { detailed: true });
    if (found?.certificate === undefined || found.certificateChain === undefined) return undefined;
    const { certificate: leaf, certificateChain, csrId, description, email } = found;
    const inputs: CertificateInputs = {
      certificate: leaf,
      certificateChain,
      ...(csrId === undefined ? {} : { csrId }),
      ...(description === undefined || description === "" ? {} : { description }),
      ...(email === undefined || email === "" ? {} : { email }),
      ...certificateFacts(leaf),
    };
    // Its key is with whoever uploaded it, so this stack never deletes it.
    return observed(inputs, found, true);
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
    // Only fields unrelated to the key change in place, and Qwilt keeps the key that it has (U6).
    const description = await updatedDescription(id, state, inputs, ctx);
    const answer = await ctx.api.certificates.update(Number(id), requestBody(inputs, undefined, description));
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
      if (siteId !== undefined) throw certificateInUse({ certificateId: id, commonName: state.commonName, siteId });
    }
    try {
      return await ctx.api.certificates.delete(Number(id));
    } catch (thrown) {
      if (!isConflict(thrown)) throw thrown;
      throw certificateInUse({ certificateId: id, commonName: state.commonName, siteId: undefined }, { cause: thrown });
    }
  },
};

/** A finding about a key that was looked up is reported on the reference, which is what the program gives. */
function aboutReference({ property, reason }: Failure): Failure {
  return { property: property === "privateKey" ? "privateKeyFrom" : property, reason };
}

/**
 * After the template created a new request, the certificate of the earlier one stays until the CA has signed the new
 * one.
 */
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

/** Changes that make it another certificate. Compared by content: a different line break is no change. */
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

/** The same certificate with the same issuers and the same key: adopting it leaves nothing to change. */
function matches(candidate: WireCertificate, inputs: CertificateInputs): boolean {
  const sameRequest = inputs.csrId === undefined || candidate.csrId === inputs.csrId;
  const chain = candidate.certificateChain;
  const sameChain = chain === undefined || sameBlocks(chain, sentCertificates(inputs.certificateChain));
  return sameRequest && sameChain && candidate.status !== "REVOKED";
}

function describeFound(certId: number, adopted: boolean, isFromEarlierRun: boolean): string {
  if (adopted)
    return `adopted certificate ${certId}, which was already in the pool; it is deleted later only if this stack uploaded it`;
  return isFromEarlierRun
    ? `took over certificate ${certId}, which an earlier run of this resource uploaded`
    : `took over certificate ${certId}, which this stack uploaded for another resource`;
}

async function upload(inputs: CertificateInputs, key: string | undefined, ctx: Context): Promise<WireCertificate> {
  try {
    const description = inputs.description ?? defaultDescription(ctx.urn) ?? "";
    const uploaded = await ctx.api.certificates.upload(requestBody(inputs, key, description));
    ctx.pool.add({ ...uploaded, certificate: inputs.certificate });
    return uploaded;
  } catch (thrown) {
    if (!isOutcomeUnknown(thrown)) throw thrown;
    // It was not in the pool before: if it is there now, this request created it.
    ctx.pool.forget();
    const mine = (await ctx.pool.find(inputs.fingerprint)).filter((candidate) => matches(candidate, inputs));
    const made = mine.at(-1);
    if (made !== undefined) return made;
    throw thrown;
  }
}

function requestBody(inputs: CertificateInputs, key: string | undefined, description: string) {
  return {
    certificate: sentCertificates(inputs.certificate),
    certificateChain: sentCertificates(inputs.certificateChain),
    ...(key === undefined ? {} : { privateKey: sentKey(key) }),
    ...(inputs.csrId === undefined ? {} : { csrId: inputs.csrId }),
    description,
    ...(inputs.expiryNotify === undefined ? {} : { expiryNotify: inputs.expiryNotify }),
    ...(inputs.email === undefined ? {} : { email: inputs.email }),
  };
}

function observed(inputs: CertificateInputs, wire: WireCertificate, adopted: boolean): CertificateState {
  return {
    ...inputs,
    certificateId: wire.certId,
    chainDigest: digestOfBlocks(inputs.certificateChain),
    ...reported(wire),
    adopted,
  };
}

const reported = ({ domain = "", status = "", tenant = "" }: WireCertificate) => ({ domain, status, tenant });

/** The state as Qwilt has it now. A description that the program does not give is not compared. */
function drifted(state: CertificateState, wire: WireCertificate): CertificateState {
  const described = wire.description ?? "";
  const base = { ...state, certificateId: wire.certId, ...reported(wire), adopted: state.adopted ?? false };
  const isAsGiven = state.description === undefined || described === state.description;
  const withText = isAsGiven ? base : { ...base, description: described };
  const leaf = wire.certificate;
  if (leaf === undefined || fingerprintOf(leaf) === state.fingerprint) return withText;
  return { ...withText, ...certificateFacts(leaf) };
}

/** The texts as they were uploaded; Qwilt returns them byte for byte. */
async function textsOf(found: WireCertificate, ctx: Context): Promise<Partial<CertificateState>> {
  const { certificate, certificateChain } =
    found.certificateChain === undefined
      ? ((await ctx.api.certificates.get(found.certId, { detailed: true })) ?? found)
      : found;
  if (certificate === undefined || certificateChain === undefined) return {};
  return { certificate, certificateChain, chainDigest: digestOfBlocks(certificateChain) };
}
