/**
 * Entry point "pulumi-qwilt/policies": the rules as policies of a Pulumi policy pack. The types match those of
 * `@pulumi/policy` structurally, so this package does not depend on it.
 */
import { z } from "zod";
import { kindOfType } from "../provider/core/resource-type.ts";
import { toCore } from "../provider/engine/unknowns.ts";
import type { PlannedResource } from "../provider/policies/planned.ts";
import type { Judge, Rule } from "../provider/policies/rule.ts";
import { RULES } from "../provider/policies/rules.ts";
import { UNKNOWN } from "../provider/run/lifecycle.ts";

interface ResourceArgs {
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly urn: string;
  readonly name: string;
  getConfig<T extends object>(): T;
}

interface StackResource extends Omit<ResourceArgs, "getConfig"> {
  readonly propertyDependencies: Readonly<Record<string, readonly { readonly urn: string }[]>>;
}

interface StackArgs {
  readonly resources: readonly StackResource[];
  getConfig<T extends object>(): T;
}

type ReportViolation = (message: string, urn?: string) => void;

/** Fields of every policy. */
export interface QwiltPolicyBase {
  readonly name: string;
  readonly description: string;
  readonly enforcementLevel: "advisory";
  readonly remediationSteps: string;
  readonly configSchema: { readonly properties: Record<string, object> };
}

export interface QwiltResourcePolicy extends QwiltPolicyBase {
  validateResource(args: ResourceArgs, report: ReportViolation): void;
}

export interface QwiltStackPolicy extends QwiltPolicyBase {
  validateStack(args: StackArgs, report: ReportViolation): void;
}

/**
 * The policies for a PolicyPack of `@pulumi/policy`. Each is advisory until the pack or its configuration makes it mandatory.
 *
 * @example
 * ```ts
 * import { PolicyPack } from "@pulumi/policy";
 * import { qwiltPolicies } from "pulumi-qwilt/policies";
 *
 * new PolicyPack("qwilt", { policies: qwiltPolicies() });
 * ```
 */
export function qwiltPolicies(): (QwiltResourcePolicy | QwiltStackPolicy)[] {
  return RULES.flatMap((rule): (QwiltResourcePolicy | QwiltStackPolicy)[] => {
    const { id: name, explanation: description, fix: remediationSteps } = rule;
    const base = {
      name,
      description,
      remediationSteps,
      enforcementLevel: "advisory" as const,
      configSchema: schemaOf(rule),
    };
    if (rule.about === "resource") return [{ ...base, validateResource: resourceValidation(rule) }];
    if (rule.about === "stack") return [{ ...base, validateStack: stackValidation(rule) }];
    return [];
  });
}

function schemaOf({ parameters }: Rule): QwiltPolicyBase["configSchema"] {
  const { properties = {} } = z.toJSONSchema(parameters, { io: "input" });
  return {
    properties: Object.fromEntries(
      Object.entries(properties).flatMap(([key, one]) => (typeof one === "object" ? [[key, one]] : [])),
    ),
  };
}

function resourceValidation(rule: Rule): QwiltResourcePolicy["validateResource"] {
  return (args, report) => {
    const resource = plannedOf(args);
    if (resource !== undefined) tell(rule, judgeOf(rule, args), resource, undefined, report);
  };
}

function stackValidation(rule: Rule): QwiltStackPolicy["validateStack"] {
  return (args, report) => {
    const judge = judgeOf(rule, args);
    const others = args.resources.filter(({ type }) => kindOfType(type) === undefined);
    const used = others.flatMap(({ propertyDependencies }) => Object.values(propertyDependencies).flat());
    const usedByOthers = new Set(used.map(({ urn }) => urn));
    for (const one of args.resources) {
      const resource = plannedOf(one);
      if (resource !== undefined) tell(rule, judge, resource, usedByOthers, report);
    }
  };
}

function tell(
  rule: Rule,
  judge: Judge,
  resource: PlannedResource,
  usedByOthers: ReadonlySet<string> | undefined,
  report: ReportViolation,
) {
  const verdict = judge(resource, { now: Date.now(), usedByOthers });
  if (verdict?.kind === "broken")
    report(`${resource.kind} ${resource.name}: ${verdict.text}. ${rule.fix}`, resource.urn);
}

/** The configuration contains only the parameters: `@pulumi/policy` removes the enforcement level. */
function judgeOf(rule: Rule, { getConfig }: Pick<ResourceArgs, "getConfig">): Judge {
  return rule.judgeBy(getConfig());
}

function plannedOf({ type, props, urn, name }: Omit<ResourceArgs, "getConfig">): PlannedResource | undefined {
  const kind = kindOfType(type);
  return kind === undefined
    ? undefined
    : { op: undefined, urn, kind, name, before: undefined, wanted: readable(props) };
}

/** In a policy pack, reading an unknown property throws. Hidden properties (`__provider`) are not set by the program. */
function readable(props: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = Object.keys(props).filter((key) => !key.startsWith("__"));
  return toCore(Object.fromEntries(keys.map((key) => [key, read(() => copy(props[key]))])));
}

function copy(value: unknown): unknown {
  if (Array.isArray(value)) return Array.from(value, copy);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(() => copy(Reflect.get(value, key)))]));
}

function read(get: () => unknown): unknown {
  try {
    return get();
  } catch {
    return UNKNOWN;
  }
}
