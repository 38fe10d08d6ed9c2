/** The certificate that each stack serves, from the exported states, and what the next stack still needs. Pure. */
import { z } from "zod";
import { describeProven, proofRequired } from "../core/errors/proof-errors.ts";
import { kindOfType } from "../core/resource-type.ts";
import { type Proof, Requires } from "../resources/site-certificate-link/args.ts";
import { ProofShape, refusals } from "../resources/site-certificate-link/required-proof.ts";
import { TARGETS, type Target } from "../site/target.ts";

export interface LinkStatus {
  /** Name of the link in the program: the same in every stack. */
  readonly link: string;
  readonly siteId: string;
  readonly siteName?: string;
  /** Linked when the site was last observed; null: none. */
  readonly certificateId: number | null;
  readonly fingerprint?: string;
  readonly notAfter?: string;
  /** Networks where the certificate is known to be live. */
  readonly liveOn: readonly Target[];
  /** ISO 8601 UTC. */
  readonly since?: string;
  readonly proof?: Proof;
  /** "unreadable": it demands something that the state does not tell, such as a secret. */
  readonly requires?: Omit<Requires, "proof"> | "unreadable";
}

export interface StackStatus {
  readonly stack: string;
  readonly links: readonly LinkStatus[];
}

/** From a stack to the one after it. */
export interface Step {
  readonly link: string;
  readonly from: string;
  readonly to: string;
  /**
   * "same": both have the same certificate. "ready": the later stack can take it. "waiting": only time is missing.
   * "blocked": something has to be done first. "behind": the later stack has a newer certificate. "absent": one of them has no such link.
   */
  readonly status: "same" | "ready" | "waiting" | "blocked" | "behind" | "absent";
  readonly text: string;
  /** What to do: one sentence without a period. */
  readonly todo?: string;
}

export interface PromotionStatus {
  readonly stacks: readonly StackStatus[];
  readonly between: readonly Step[];
}

/** The text is not what `pulumi stack export` prints. */
export class UnreadableState extends Error {}

const Resource = z.object({
  urn: z.string(),
  type: z.string(),
  delete: z.boolean().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
});
type Resource = z.infer<typeof Resource>;

/** The state of an empty stack has no `resources`. */
const Exported = z.object({ deployment: z.object({ resources: z.array(Resource).optional() }) });

/** @throws UnreadableState */
export function readStack(stack: string, exported: string): StackStatus {
  let parsed: unknown;
  try {
    parsed = JSON.parse(exported);
  } catch {
    throw new UnreadableState("it is not JSON");
  }
  const state = Exported.safeParse(parsed);
  if (!state.success) throw new UnreadableState("it has no deployment");
  const resources = (state.data.deployment.resources ?? []).filter((one) => one.delete !== true);
  const names = new Map(
    resources.filter(isOf("Site")).map(({ outputs }) => [text(outputs?.siteId), text(outputs?.siteName)]),
  );
  const published = resources.filter(isOf("SitePublication")).flatMap(({ outputs = {} }) => publicationOf(outputs));
  const links = resources.filter(isOf("SiteCertificateLink")).map((one) => linkOf(one, names, published));
  return { stack, links: links.toSorted((a, b) => (a.link < b.link ? -1 : 1)) };
}

const isOf =
  (kind: string) =>
  ({ type }: Resource) =>
    kindOfType(type) === kind;

interface Publication {
  readonly siteId: string;
  readonly target: string;
  readonly since: string;
}

function publicationOf(outputs: Readonly<Record<string, unknown>>): Publication[] {
  const [siteId, since] = [text(outputs.siteId), text(outputs.activatedAt)];
  if (siteId === undefined || since === undefined || outputs.publishStatus !== "Success") return [];
  return [{ siteId, target: text(outputs.target) ?? "ga", since }];
}

/** Since when the linked certificate is live, by network. */
function liveSince(
  outputs: Readonly<Record<string, unknown>>,
  linked: number | null,
  published: readonly Publication[],
): ReadonlyMap<Target, string> {
  const found = new Map<Target, string>();
  for (const target of TARGETS) {
    const last = field(outputs.targets, target);
    // A link without an observed publish was created before the first one, which therefore activated its certificate.
    const first = published.find((one) => one.siteId === outputs.siteId && one.target === target)?.since;
    const since = last === undefined ? first : text(field(last, "activatedAt"));
    const isLinked = linked !== null && (last === undefined || field(last, "certificateId") === linked);
    if (isLinked && since !== undefined) found.set(target, since);
  }
  return found;
}

function linkOf(
  { urn, inputs, outputs = {} }: Resource,
  names: ReadonlyMap<string | undefined, string | undefined>,
  published: readonly Publication[],
): LinkStatus {
  const siteId = text(outputs.siteId) ?? "";
  const siteName = names.get(siteId);
  const linked = typeof outputs.linkedCertificateId === "number" ? outputs.linkedCertificateId : null;
  // After a change that failed halfway, the facts are those of a certificate that is not linked.
  const isWanted = linked !== null && Number(outputs.certificateId) === linked;
  const parsed = ProofShape.safeParse(outputs.proof);
  // A link by a bare id has the facts in its proof alone; "" is a certificate of which they are not known.
  const facts = outputs.fingerprint === undefined && parsed.success ? parsed.data : outputs;
  const fingerprint = isWanted ? text(facts.fingerprint) : undefined;
  const notAfter = isWanted ? text(facts.notAfter) : undefined;
  const live = liveSince(outputs, linked, published);
  const proof = parsed.success && parsed.data.fingerprint === fingerprint ? parsed.data : undefined;
  const since = proof?.activatedAt ?? live.get("ga") ?? live.get("staging");
  const requires = demandOf(inputs?.requires);
  return {
    link: urn.slice(urn.lastIndexOf("::") + 2),
    siteId,
    ...(siteName === undefined ? {} : { siteName }),
    certificateId: linked,
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(notAfter === undefined ? {} : { notAfter }),
    liveOn: [...live.keys()],
    ...(since === undefined ? {} : { since }),
    ...(proof === undefined ? {} : { proof }),
    ...(requires === undefined ? {} : { requires }),
  };
}

function demandOf(requires: unknown): LinkStatus["requires"] {
  if (requires === undefined) return undefined;
  const parsed = Requires.safeParse(requires);
  if (!parsed.success) return "unreadable";
  const { proof: _, ...demand } = parsed.data;
  return demand;
}

/** @param now epoch milliseconds */
export function promotionStatus(stacks: readonly StackStatus[], now: number): PromotionStatus {
  const names = [...new Set(stacks.flatMap(({ links }) => links.map(({ link }) => link)))].toSorted();
  const between = names.flatMap((link) =>
    stacks.slice(1).map((to, index) => stepBetween(link, stacks[index] ?? to, to, now)),
  );
  return { stacks, between };
}

function stepBetween(link: string, source: StackStatus, destination: StackStatus, now: number): Step {
  const [from, to] = [source.stack, destination.stack];
  const step = (status: Step["status"], told: string, todo?: string): Step => ({
    ...{ link, from, to, status, text: told },
    ...(todo === undefined ? {} : { todo }),
  });
  const first = source.links.find((one) => one.link === link);
  const next = destination.links.find((one) => one.link === link);
  if (first === undefined) return step("absent", `${from} has no link ${link}`);
  const { fingerprint } = first;
  const command = `\`pulumi up --stack ${to}\``;
  if (fingerprint === undefined)
    return step("blocked", `which certificate ${from} has is not known`, `\`pulumi up --refresh --stack ${from}\``);
  if (next !== undefined && next.fingerprint === fingerprint) return step("same", "the same certificate");
  if (endOf(next) > endOf(first))
    return step(
      "behind",
      `${to} has a later certificate than ${from}`,
      `bring it to ${from}: \`pulumi up --stack ${from}\``,
    );
  if (next?.requires === "unreadable")
    return step(
      "blocked",
      `what ${to} requires cannot be read in its state`,
      `ask its preview: \`pulumi preview --stack ${to}\``,
    );
  const coming = { fingerprint, notAfter: first.notAfter };
  const [refusal] = refusals({ ...next?.requires, proof: first.proof, stack: from }, coming, now);
  if (refusal === undefined) {
    const demand = next === undefined ? "has no link yet" : describeDemand(next.requires);
    const proven = first.proof === undefined ? "" : describeProven(first.proof);
    return step("ready", `${proven}; ${to} ${demand}`, `promote it: ${command}`);
  }
  if (refusal.reason === "missing" && next?.requires === undefined)
    return step("ready", `${from} has not proven its certificate; ${to} requires no proof`, `promote it: ${command}`);
  const { what, todo } = proofRequired(refusal);
  return step(refusal.reason === "too-young" ? "waiting" : "blocked", what.replace(/\.$/, ""), todo);
}

function describeDemand(requires: Omit<Requires, "proof"> | undefined): string {
  if (requires === undefined) return "requires no proof";
  const { minAgeMinutes = 0, seenBy } = requires;
  const how = seenBy === "handshake" ? ", seen by TLS handshake" : "";
  return minAgeMinutes === 0 ? `requires a proof${how}` : `requires ${minAgeMinutes} minutes${how}`;
}

function endOf(link: LinkStatus | undefined): number {
  return link?.notAfter === undefined ? 0 : Date.parse(link.notAfter);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
