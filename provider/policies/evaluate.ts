/** Evaluates the rules on a plan. Pure: no call, and unknown values are not guessed. */
import type { PlannedResource, Surroundings } from "./planned.ts";
import type { Enforcement, Policy } from "./policy-file.ts";

export interface Finding {
  readonly rule: string;
  readonly enforcement: Exclude<Enforcement, "disabled">;
  /** "broken", or "not-known": it depends on a value that is known only during the run. */
  readonly verdict: "broken" | "not-known";
  readonly urn: string;
  /** "Certificate www" */
  readonly resource: string;
  readonly text: string;
  readonly fix: string;
}

/** Broken rules first, mandatory ones before advisory ones, then in the order of the rules and of the URNs. */
export function evaluate(
  policies: readonly Policy[],
  planned: readonly PlannedResource[],
  surroundings: Surroundings,
): readonly Finding[] {
  const inOrder = planned.toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
  const findings = policies.flatMap(({ rule, enforcement, judge }) =>
    inOrder.flatMap((resource): Finding[] => {
      const verdict = judge(resource, surroundings);
      if (verdict === undefined) return [];
      const { urn, kind, name } = resource;
      return [
        {
          rule: rule.id,
          enforcement,
          verdict: verdict.kind,
          urn,
          resource: `${kind} ${name}`,
          text: verdict.text,
          fix: rule.fix,
        },
      ];
    }),
  );
  const weight = ({ verdict, enforcement }: Finding) =>
    (verdict === "broken" ? 0 : 2) + (enforcement === "mandatory" ? 0 : 1);
  return findings.toSorted((a, b) => weight(a) - weight(b));
}
