/**
 * A policy file: the level and the parameters of each rule. It has the format of Pulumi's own
 * `--policy-pack-config`, so one file serves the report and the policy pack.
 */
import { z } from "zod";
import type { Judge, Rule } from "./rule.ts";
import { RULES } from "./rules.ts";

export const ENFORCEMENTS = ["advisory", "mandatory", "disabled"] as const;
export type Enforcement = (typeof ENFORCEMENTS)[number];

export interface Policy {
  readonly rule: Rule;
  readonly enforcement: Exclude<Enforcement, "disabled">;
  readonly judge: Judge;
}

export class UnreadablePolicies extends Error {}

const Level = z.enum(ENFORCEMENTS);
const Setting = z.union([Level, z.looseObject({ enforcementLevel: Level.optional() })]);
const PolicyFile = z.record(z.string(), Setting);

/** The key for all rules that the file does not name, as in Pulumi's file. */
const ALL = "all";

/**
 * The enabled rules, in order. A rule that the file does not name is advisory.
 *
 * @throws UnreadablePolicies
 */
export function readPolicies(text: string): readonly Policy[] {
  const settings = parse(text);
  const ids = RULES.map(({ id }) => id);
  const unknownId = Object.keys(settings).find((key) => key !== ALL && !ids.includes(key));
  if (unknownId !== undefined)
    throw new UnreadablePolicies(`there is no rule "${unknownId}"; the rules are ${ids.join(", ")}`);
  const { enforcement: usual, parameters: shared } = split(settings[ALL]);
  if (Object.keys(shared).length > 0) throw new UnreadablePolicies(`"${ALL}" takes only an enforcement level`);
  return RULES.flatMap((rule): Policy[] => {
    const { enforcement = usual ?? "advisory", parameters } = split(settings[rule.id]);
    const judge = prepared(rule, parameters);
    return enforcement === "disabled" ? [] : [{ rule, enforcement, judge }];
  });
}

function parse(text: string): z.infer<typeof PolicyFile> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (thrown) {
    throw new UnreadablePolicies("it is not JSON", { cause: thrown });
  }
  const parsed = PolicyFile.safeParse(json);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path[0];
  const wanted = `${ENFORCEMENTS.join(", ")}, or an object with "enforcementLevel" and parameters`;
  throw new UnreadablePolicies(
    where === undefined ? "it is not an object with a rule per key" : `"${String(where)}" is ${wanted}`,
  );
}

function split(setting: z.infer<typeof Setting> | undefined) {
  if (setting === undefined || typeof setting === "string") return { enforcement: setting, parameters: {} };
  const { enforcementLevel: enforcement, ...parameters } = setting;
  return { enforcement, parameters };
}

function prepared(rule: Rule, parameters: unknown): Judge {
  try {
    return rule.judgeBy(parameters);
  } catch (thrown) {
    if (!(thrown instanceof z.ZodError)) throw thrown;
    const [issue] = thrown.issues;
    const where = [rule.id, ...(issue?.path.map(String) ?? [])].join(".");
    const known = Object.keys(rule.parameters.shape).join(", ") || "none";
    throw new UnreadablePolicies(`${where}: ${issue?.message ?? "not valid"} (its parameters: ${known})`, {
      cause: thrown,
    });
  }
}
