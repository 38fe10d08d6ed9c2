/** Every rule, in the order of docs/policies.md. An id never changes: policy files contain it. */
import { z } from "zod";
import { UNKNOWN } from "../run/lifecycle.ts";
import { CERTIFICATE_RULES } from "./certificate-rules.ts";
import { LINK_RULES } from "./link-rules.ts";
import { broken, inputsOf, notKnown, type Rule, rule, type Verdict } from "./rule.ts";

export const templateDelegation = rule({
  id: "template-delegation",
  about: "stack",
  explanation:
    "The program creates the delegation records of a managed template: without them in DNS, Qwilt can neither issue nor renew the certificate.",
  fix: 'Create a DNS record for each of `template.delegationRecords`, or set `delegation: "verify"` if they are managed elsewhere.',
  parameters: z.strictObject({}),
  judge(resource, _parameters, { usedByOthers }): Verdict {
    const template = inputsOf(resource, "CertificateTemplate");
    if (template === undefined || template.autoManaged === false || template.delegation === "verify") return undefined;
    if (template.autoManaged === UNKNOWN) return notKnown("`autoManaged`");
    if (template.delegation === UNKNOWN) return notKnown("`delegation`");
    // Pulumi can omit unchanged resources from a preview, and with them the records of an existing template.
    if (resource.op === "same" || resource.op === "update") return undefined;
    if (usedByOthers === undefined) return notKnown("which resources use the delegation records");
    return usedByOthers.has(resource.urn)
      ? undefined
      : broken("no resource of another package uses its delegation records");
  },
});

export const RULES: readonly Rule[] = [...CERTIFICATE_RULES, ...LINK_RULES, templateDelegation];
