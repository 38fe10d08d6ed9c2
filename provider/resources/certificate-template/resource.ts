/**
 * CertificateTemplate: names for which Qwilt creates a key and a signing request. It never waits: DNS depends on its
 * outputs.
 */
import { isOutcomeUnknown } from "../../api/http/api-error.ts";
import { templateAmbiguous, templateMissing } from "../../core/errors/object-errors.ts";
import { poll } from "../../core/poll.ts";
import { proxyName } from "../../core/proxies.ts";
import { lookupDelegation } from "../../issuance/delegation/check-delegation.ts";
import { describeFinding } from "../../issuance/delegation/dns-finding.ts";
import { delegationRecords } from "../../issuance/delegation/records.ts";
import { canonicalName, canonicalNames, nameSet } from "../../issuance/template-names.ts";
import {
  type Change,
  type CheckContext,
  type Context,
  type Failure,
  type Lifecycle,
  type MaybeUnknown,
  UNKNOWN,
} from "../../run/lifecycle.ts";
import type { CertificateTemplate as WireTemplate } from "../../wire/certificate-template.ts";
import type { CertificateSigningRequest } from "../../wire/signing-request.ts";
import { classifySigningState } from "../../wire/signing-state.ts";
import { CertificateTemplateArgs, type CertificateTemplateState } from "./args.ts";
import { datesOf, lookUpDates, renewalChange, templateTerms, windowFailures } from "./renewal.ts";

const SUBJECT = ["country", "state", "locality", "organizationName"] as const;
/** The delegation list of a managed request may appear shortly after the request (as in pulumi/pulumi#3063). */
const LIST_LIMIT_MS = 15_000;
const LOOKUP_LIMIT_MS = 3_000;

export const certificateTemplate: Lifecycle<
  CertificateTemplateArgs,
  CertificateTemplateArgs,
  CertificateTemplateState
> = {
  kind: "CertificateTemplate",
  args: CertificateTemplateArgs,
  inputKeys: Object.keys(CertificateTemplateArgs.shape),

  replacedBy: ["commonName", "subjectAlternativeNames", "autoManaged", ...SUBJECT, "rotation"],

  stable: ["certificateTemplateId", "delegationRecords", "adopted"],

  check(args) {
    const failures: Failure[] = [];
    if (args.autoManaged !== false && args.autoManaged !== UNKNOWN) {
      for (const property of ["renewBefore", "rotation"] as const) {
        if (args[property] === undefined) continue;
        failures.push({
          property,
          reason: `${property} applies only to self-managed templates; Qwilt renews this one.`,
        });
      }
    }
    failures.push(...windowFailures(args), ...nameFailures(args));
    return { failures, plan: plannedCreate(args) };
  },

  async lookUp(state, inputs, ctx) {
    return replacedFields(state, inputs).length > 0 ? undefined : lookUpDates(state, inputs, ctx);
  },

  diff(state, inputs, ctx): Change {
    const fields = replacedFields(state, inputs);
    if (fields.length > 0) {
      return {
        kind: "replace",
        fields,
        order: "create-first",
        plan: "new template, key and signing request; the old template is deleted last",
      };
    }
    if (inputs.autoManaged !== false) return { kind: "none" };
    return renewalChange(state, inputs, ctx);
  },

  templateTerms,

  async inspect(state, inputs, ctx) {
    if (inputs.delegation !== "verify" || inputs.autoManaged === false) return [];
    return dnsWarnings(state, ctx);
  },

  async create(inputs, ctx) {
    const { template, adopted } = await createOrFind(inputs, ctx);
    const state = await observe(inputs, template, adopted, undefined, ctx);
    return { id: String(template.certificateTemplateId), state, found: adopted };
  },

  async importById(id, ctx) {
    const found = await ctx.api.certificateTemplates.get(id);
    return found === undefined ? undefined : observe(argsOf(found), found, true, undefined, ctx);
  },

  async read(id, state, ctx) {
    const found = await ctx.api.certificateTemplates.get(id);
    if (found === undefined) return undefined;
    const now = await observe(state, found, state.adopted ?? false, state, ctx);
    if (state.autoManaged === false) return now;
    for (const warning of await dnsWarnings(now, ctx)) ctx.row.warn(warning);
    return now;
  },

  async update(id, state, inputs, ctx) {
    const found = await ctx.api.certificateTemplates.get(id);
    if (found === undefined) throw templateMissing({ templateId: id, missing: "either" });
    return observe(inputs, found, state.adopted ?? false, state, ctx);
  },

  async delete(id, state, ctx) {
    if (state.adopted) {
      ctx.row.info(`template ${id} stays: this stack adopted it and did not create it`);
      return false;
    }
    return ctx.api.certificateTemplates.delete(id);
  },
};

async function dnsWarnings(state: CertificateTemplateState, ctx: CheckContext): Promise<string[]> {
  const names = canonicalNames([state.commonName, ...(state.subjectAlternativeNames ?? [])]);
  const { dnsServer, proxies } = ctx.config;
  const server = { server: dnsServer, timeoutMs: LOOKUP_LIMIT_MS, proxy: proxyName(proxies) };
  return (await lookupDelegation(state.delegationRecords ?? [], names, server)).map(describeFinding);
}

function nameFailures(args: MaybeUnknown<CertificateTemplateArgs>): Failure[] {
  const failures: Failure[] = [];
  const judge = (property: string, name: string) => {
    if (canonicalName(name) !== undefined) return;
    failures.push({
      property,
      reason: `"${name}" is not a host name: use www.example.com, or *.example.com for one level below.`,
    });
  };
  if (typeof args.commonName === "string") judge("commonName", args.commonName);
  if (Array.isArray(args.subjectAlternativeNames))
    for (const name of args.subjectAlternativeNames) judge("subjectAlternativeNames", name);
  return failures;
}

function replacedFields(state: CertificateTemplateState, inputs: MaybeUnknown<CertificateTemplateArgs>): string[] {
  const fields: string[] = [];
  const { commonName, subjectAlternativeNames } = inputs;
  if (commonName === UNKNOWN || subjectAlternativeNames === UNKNOWN) {
    fields.push(commonName === UNKNOWN ? "commonName" : "subjectAlternativeNames");
  } else if (
    nameSet(commonName, subjectAlternativeNames) !== nameSet(state.commonName, state.subjectAlternativeNames)
  ) {
    fields.push(commonName === state.commonName ? "subjectAlternativeNames" : "commonName");
  }
  if (inputs.autoManaged === UNKNOWN || (inputs.autoManaged ?? true) !== (state.autoManaged ?? true))
    fields.push("autoManaged");
  for (const key of [...SUBJECT, "rotation"] as const) if (inputs[key] !== state[key]) fields.push(key);
  return fields;
}

function plannedCreate(inputs: MaybeUnknown<CertificateTemplateArgs>): string {
  if (inputs.autoManaged === UNKNOWN) return "new key and CSR at Qwilt";
  return inputs.autoManaged === false
    ? "new key and CSR at Qwilt, then your CA's signature"
    : "new key and CSR at Qwilt, then your DNS record, then Qwilt issues and renews";
}

/**
 * Templates have no natural key, so one that a killed run created is found by its names as long as nothing was issued
 * for it.
 */
async function createOrFind(
  inputs: CertificateTemplateArgs,
  ctx: Context,
): Promise<{ template: WireTemplate; adopted: boolean }> {
  const before = await findSame(inputs, ctx);
  const [only, ...others] = before;
  if (only !== undefined && others.length > 0)
    throw templateAmbiguous({
      commonName: inputs.commonName,
      templateIds: before.map((one) => one.certificateTemplateId),
    });
  if (only !== undefined) {
    ctx.row.info(
      `adopted template ${only.certificateTemplateId}, which is waiting for its first certificate; it is not deleted with this stack`,
    );
    return { template: only, adopted: true };
  }
  try {
    const template = await ctx.api.certificateTemplates.create(body(inputs));
    return { template, adopted: false };
  } catch (thrown) {
    if (!isOutcomeUnknown(thrown)) throw thrown;
    const made = await findSame(inputs, ctx);
    if (made.length > 1)
      throw templateAmbiguous({
        commonName: inputs.commonName,
        templateIds: made.map((one) => one.certificateTemplateId),
      });
    if (made[0] === undefined) throw thrown;
    return { template: made[0], adopted: false };
  }
}

/** Templates with the same names and subject, without a certificate, that this stack does not have. */
async function findSame(inputs: CertificateTemplateArgs, ctx: Context): Promise<WireTemplate[]> {
  const all = await ctx.api.certificateTemplates.list();
  return all.filter(
    (one) =>
      one.lastCertificateId === undefined &&
      !ctx.stack.has("CertificateTemplate", String(one.certificateTemplateId)) &&
      nameSet(one.commonName, one.sans) === nameSet(inputs.commonName, inputs.subjectAlternativeNames) &&
      (one.autoManagedCertificateTemplate ?? true) === (inputs.autoManaged ?? true) &&
      SUBJECT.every((key) => (one[key] ?? undefined) === inputs[key]),
  );
}

/** The arguments that make this template. */
function argsOf(template: WireTemplate): CertificateTemplateArgs {
  const { commonName, sans } = template;
  const others = sans.filter((name) => name !== commonName);
  const subject = SUBJECT.flatMap((key) => (template[key] === undefined ? [] : [[key, template[key]] as const]));
  return {
    commonName,
    ...(others.length === 0 ? {} : { subjectAlternativeNames: others }),
    ...(template.autoManagedCertificateTemplate === false ? { autoManaged: false } : {}),
    ...Object.fromEntries(subject),
  };
}

/** Names in the spelling of a certificate: how Qwilt treats other spellings is not documented. */
function body(inputs: CertificateTemplateArgs) {
  const { commonName, subjectAlternativeNames, autoManaged, country, state, locality, organizationName } = inputs;
  const sans = canonicalNames(subjectAlternativeNames ?? []);
  return {
    commonName: canonicalName(commonName) ?? commonName,
    autoManagedCertificateTemplate: autoManaged ?? true,
    ...(sans.length === 0 ? {} : { sans }),
    ...(country === undefined ? {} : { country }),
    ...(state === undefined ? {} : { state }),
    ...(locality === undefined ? {} : { locality }),
    ...(organizationName === undefined ? {} : { organizationName }),
  };
}

async function observe(
  inputs: CertificateTemplateArgs,
  template: WireTemplate,
  adopted: boolean,
  before: CertificateTemplateState | undefined,
  ctx: Context,
): Promise<CertificateTemplateState> {
  const csrId = template.csrIds.at(-1);
  if (csrId === undefined)
    throw templateMissing({ templateId: String(template.certificateTemplateId), missing: "either" });
  const request = await requestWithRecords(csrId, inputs.autoManaged !== false, ctx);
  const records = delegationRecords(request?.challengeDelegationOfDomainsList ?? []);
  const dates = inputs.autoManaged === false ? await datesOf(template, before, ctx) : undefined;
  const sameRequest = before?.csrId === csrId && before.csrPem !== undefined && before.csrPem !== "";
  return {
    ...inputs,
    certificateTemplateId: template.certificateTemplateId,
    csrId,
    csrIds: template.csrIds,
    csrPem: sameRequest ? before.csrPem : ((await ctx.api.signingRequests.pem(csrId)) ?? ""),
    // Later states may omit the list, but the customer needs the records permanently (docs/qwilt-api.md 4.3 rule 2).
    delegationRecords: records.length > 0 ? records : (before?.delegationRecords ?? []),
    signingState: request?.signingState ?? "",
    lastCertificateId: template.lastCertificateId ?? null,
    createdAt: before?.createdAt ?? new Date(ctx.clock.now()).toISOString(),
    ...dates,
    adopted,
  };
}

async function requestWithRecords(
  csrId: number,
  managed: boolean,
  ctx: Context,
): Promise<CertificateSigningRequest | undefined> {
  let last: CertificateSigningRequest | undefined;
  await poll({
    clock: ctx.clock,
    signal: ctx.signal,
    deadlineMs: ctx.clock.now() + LIST_LIMIT_MS,
    intervalMs: (looks) => Math.min(2_000, 200 * 2 ** looks),
    probe: async () => {
      last = await ctx.api.signingRequests.get(csrId);
      const listed = !managed || (last?.challengeDelegationOfDomainsList.length ?? 0) > 0;
      const { kind, waitingOn } = classifySigningState(last?.signingState ?? "");
      const waits = kind === "waiting" && waitingOn === "customer";
      return listed || !waits ? true : undefined;
    },
  });
  return last;
}
