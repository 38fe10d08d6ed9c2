/** What a rule is. */
import type { z } from "zod";
import { UNKNOWN } from "../run/lifecycle.ts";
import type { PlannedResource, Surroundings } from "./planned.ts";

/** undefined: the rule is met, or does not apply to the resource. */
export type Verdict =
  | { readonly kind: "broken"; readonly text: string }
  /** It depends on a value that is known only during the run. */
  | { readonly kind: "not-known"; readonly text: string }
  | undefined;

export type Judge = (resource: PlannedResource, surroundings: Surroundings) => Verdict;

export interface Rule {
  readonly id: string;
  /** What the rule requires, and why. */
  readonly explanation: string;
  /** One thing to do when it is broken. */
  readonly fix: string;
  /** Of an object; each parameter has a default. */
  readonly parameters: z.ZodObject;
  /**
   * "resource": the rule needs the inputs of one resource. "stack": it needs to know which resources use another one.
   * "removal": it is about deleted resources, which Pulumi does not pass to a policy pack.
   */
  readonly about: "resource" | "stack" | "removal";
  /** @throws ZodError when the parameters are not those of the rule */
  judgeBy(parameters: unknown): Judge;
}

interface Definition<Parameters extends z.ZodObject> extends Omit<Rule, "judgeBy" | "parameters"> {
  readonly parameters: Parameters;
  judge(resource: PlannedResource, parameters: z.infer<Parameters>, surroundings: Surroundings): Verdict;
}

/** A rule whose `judge` receives typed parameters. */
export function rule<Parameters extends z.ZodObject>({ judge, ...rest }: Definition<Parameters>): Rule {
  return {
    ...rest,
    judgeBy(given) {
      const parameters = rest.parameters.parse(given);
      return (resource, surroundings) => judge(resource, parameters, surroundings);
    },
  };
}

export const broken = (text: string): Verdict => ({ kind: "broken", text });
export const notKnown = (what: string): Verdict => ({ kind: "not-known", text: `not known before the run: ${what}` });

/** The inputs that a resource of this kind will have; undefined for other kinds, and for one that is deleted. */
export function inputsOf(resource: PlannedResource, kind: string): Readonly<Record<string, unknown>> | undefined {
  return resource.kind === kind && resource.op !== "delete" ? resource.wanted : undefined;
}

/** Epoch milliseconds; UNKNOWN also for "", the value of a certificate that is not issued yet. */
export function timeOf(value: unknown): number | typeof UNKNOWN {
  const time = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? UNKNOWN : time;
}

export function stringsOf(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === "string") ? value : undefined;
}
