/** Rules about links, which protect a site while its certificate changes. Pure. */
import { z } from "zod";
import { UNKNOWN } from "../run/lifecycle.ts";
import { coverage } from "../x509/coverage.ts";
import { stackOf } from "./planned.ts";
import { broken, inputsOf, notKnown, type Rule, rule, stringsOf, type Verdict } from "./rule.ts";

const NONE = z.strictObject({});
const LINK = "SiteCertificateLink";

const coverageRequired = rule({
  id: "coverage-required",
  about: "resource",
  explanation:
    "The linked certificate covers every secured host, whatever the `coverage` setting of the link: clients reject it for other hosts.",
  fix: "Order a certificate with the missing names, or remove the hosts from the configuration first.",
  parameters: NONE,
  judge(resource): Verdict {
    const link = inputsOf(resource, LINK);
    if (link === undefined) return undefined;
    const [hosts, names] = [stringsOf(link.hosts), stringsOf(link.dnsNames)];
    if (hosts === undefined) return notKnown("the secured hosts");
    if (names === undefined || link.ipAddresses === UNKNOWN) return notKnown("the names of the certificate");
    const { uncovered } = coverage(names, hosts, stringsOf(link.ipAddresses));
    return uncovered.length === 0 ? undefined : broken(`its certificate does not cover ${uncovered.join(", ")}`);
  },
});

const coverageOff = rule({
  id: "coverage-off",
  about: "resource",
  explanation:
    '`coverage` of a link is not "off": with "off", nothing checks that the certificate covers the secured hosts.',
  fix: 'Remove `coverage: "off"`, or set "warn", which allows a missing name with a warning.',
  parameters: NONE,
  judge(resource): Verdict {
    const setting = inputsOf(resource, LINK)?.coverage;
    if (setting === UNKNOWN) return notKnown("`coverage`");
    return setting === "off" ? broken("nothing checks that its certificate covers the hosts") : undefined;
  },
});

const rollbackOff = rule({
  id: "rollback-off",
  about: "resource",
  explanation:
    "`rollback` of a link is not false: with false, a failed rotation leaves the new certificate linked, even if it is faulty.",
  fix: "Remove `rollback: false`.",
  parameters: NONE,
  judge(resource): Verdict {
    const setting = inputsOf(resource, LINK)?.rollback;
    if (setting === UNKNOWN) return notKnown("`rollback`");
    return setting === false ? broken("a failed rotation is not rolled back") : undefined;
  },
});

const proofRequired = rule({
  id: "proof-required",
  about: "resource",
  explanation:
    "In production, a link requires proof (`requires`) that its certificate has been active elsewhere: production must not be the first site to try it.",
  fix: "Set `requires: { proof }` on the link, with the `proof` output of the staging stack's link.",
  parameters: z.strictObject({
    stacks: z.array(z.string().min(1)).default(["prod", "production"]).describe("names of the production stacks"),
  }),
  judge(resource, { stacks }): Verdict {
    const link = inputsOf(resource, LINK);
    if (link === undefined || !stacks.includes(stackOf(resource.urn))) return undefined;
    const { requires } = link;
    if (requires === UNKNOWN) return notKnown("the proof");
    const proof = typeof requires === "object" && requires !== null && "proof" in requires ? requires.proof : undefined;
    return proof === undefined || proof === null
      ? broken("it requires no proof, but its stack is a production stack")
      : undefined;
  },
});

const linkDeletion = rule({
  id: "link-deletion",
  about: "removal",
  explanation: "The link of a live site is not deleted: without it, clients cannot use HTTPS at the site.",
  fix: "Keep the link. To take the site down, delete its SitePublication first, in a separate change.",
  parameters: NONE,
  judge({ kind, op, before, wanted }): Verdict {
    if (kind !== LINK || (op !== "delete" && op !== "replace") || before === undefined) return undefined;
    // Replaced on demand (`--replace`): it is updated in place, and the edge keeps serving.
    if (op === "replace" && before.siteId !== undefined && wanted?.siteId === before.siteId) return undefined;
    if (before.linkedCertificateId === null) return undefined;
    const what = op === "delete" ? "it is deleted" : "it moves to another site";
    const targets = Object.keys(typeof before.targets === "object" && before.targets !== null ? before.targets : {});
    // The state of a link does not show a publication that was created after it: to be safe, the site counts as live.
    return broken(
      targets.length === 0
        ? `${what}, and the state does not show whether the site is live`
        : `${what}, and the site is live on ${targets.toSorted().join(" and ")}`,
    );
  },
});

export const LINK_RULES: readonly Rule[] = [coverageRequired, coverageOff, rollbackOff, proofRequired, linkDeletion];
