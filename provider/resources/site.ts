/** Site: a delivery service of the organization, identified by its name (docs/qwilt-api.md 4.4). */
import { z } from "zod";
import { isConflict, isOutcomeUnknown } from "../api/http/api-error.ts";
import { siteAmbiguous } from "../core/errors/object-errors.ts";
import { type Change, type Context, type Lifecycle, UNKNOWN } from "../run/lifecycle.ts";
import type { Site as WireSite } from "../wire/site.ts";

export const SiteArgs = z.strictObject({
  /** Any text of 1 to 255 characters, unique in the organization. Changes in place. */
  siteName: z.string().min(1).max(255),
  /** How clients are routed to the site. Default "DNS". Changing it replaces the site. */
  routingMethod: z.enum(["DNS", "HTTP"]).optional(),
});
export type SiteArgs = z.infer<typeof SiteArgs>;

export interface SiteState extends SiteArgs {
  /** Qwilt's id of the site, 24 hex digits; other resources take it. */
  readonly siteId: string;
  /** Name that your hosts point to by CNAME. */
  readonly delegationTarget: string;
  /** Organization that the site belongs to. */
  readonly ownerOrgId: string;
}

const DEFAULT_ROUTING = "DNS";

/** What a reviewer has to know before a site is replaced. */
const REPLACED = {
  "delete-first":
    "the site is deleted and created again: its hosts are not served in the meantime, and must then point to another delegationTarget",
  "create-first":
    "a new site is created, then the old one is deleted: its hosts must point to another delegationTarget",
} as const;

export const site: Lifecycle<SiteArgs, SiteArgs, SiteState> = {
  kind: "Site",
  args: SiteArgs,
  inputKeys: ["siteName", "routingMethod"],

  replacedBy: ["routingMethod"],

  stable: ["siteId", "delegationTarget", "ownerOrgId"],

  check: () => ({}),

  diff(state, inputs): Change {
    const routing = inputs.routingMethod;
    if (routing === UNKNOWN || (routing ?? DEFAULT_ROUTING) !== (state.routingMethod ?? DEFAULT_ROUTING)) {
      // Both cannot exist under one name at the same time.
      const order = inputs.siteName === state.siteName ? "delete-first" : "create-first";
      return { kind: "replace", fields: ["routingMethod"], order, plan: REPLACED[order] };
    }
    return inputs.siteName === state.siteName ? { kind: "none" } : { kind: "update", fields: ["siteName"] };
  },

  async create(inputs, ctx) {
    const made = await createOrFind(inputs, ctx);
    return { id: made.siteId, state: observed(inputs, made) };
  },

  async importById(id, ctx) {
    const found = (await ctx.api.sites.listShared()).find((candidate) => candidate.siteId === id);
    if (found === undefined || found.isDeleted) return undefined;
    const routing = found.routingMethod ?? DEFAULT_ROUTING;
    const routingMethod = routing === DEFAULT_ROUTING ? undefined : asRouting(routing);
    return observed({ siteName: found.siteName, ...(routingMethod === undefined ? {} : { routingMethod }) }, found);
  },

  async read(id, state, ctx) {
    const found = (await ctx.api.sites.listShared()).find((candidate) => candidate.siteId === id);
    if (found === undefined || found.isDeleted) return undefined;
    const routing = found.routingMethod ?? DEFAULT_ROUTING;
    const base = { ...state, siteName: found.siteName };
    const drifted =
      routing === (state.routingMethod ?? DEFAULT_ROUTING) ? base : { ...base, routingMethod: asRouting(routing) };
    return observed(drifted, found);
  },

  async update(id, _state, inputs, ctx) {
    return observed(inputs, await ctx.api.sites.update(id, { siteName: inputs.siteName }));
  },

  async delete(id, _state, ctx) {
    return ctx.siteLock.run(id, () => ctx.api.sites.delete(id));
  },
};

async function createOrFind(inputs: SiteArgs, ctx: Context): Promise<WireSite> {
  try {
    return await ctx.api.sites.create(
      inputs.routingMethod === undefined
        ? { siteName: inputs.siteName }
        : { siteName: inputs.siteName, routingMethod: inputs.routingMethod },
    );
  } catch (thrown) {
    if (!isOutcomeUnknown(thrown) && !isConflict(thrown)) throw thrown;
    return await findOwn(inputs, thrown, ctx);
  }
}

/**
 * Names are unique (docs/qwilt-api.md 4.4 rule 4), so a killed run or a lost response leaves at most one site of ours.
 * It is adopted only while it is empty; a site with a history belongs to somebody.
 */
async function findOwn(inputs: SiteArgs, cause: unknown, ctx: Context): Promise<WireSite> {
  const found = (await ctx.api.sites.list()).find((candidate) => candidate.siteName === inputs.siteName);
  if (found === undefined) throw cause;
  const revisions = found.isDeleted ? undefined : await ctx.api.siteConfigurations.list(found.siteId);
  if (revisions?.length === 0) {
    ctx.row.info(`took over the empty site ${found.siteId}, which an earlier run created`);
    return found;
  }
  const { siteName, siteId, isDeleted } = found;
  throw siteAmbiguous(
    { siteName, siteId, softDeleted: isDeleted === true, revisions: revisions?.length ?? 0 },
    { cause },
  );
}

function observed(inputs: SiteArgs, wire: WireSite): SiteState {
  return {
    ...inputs,
    siteId: wire.siteId,
    delegationTarget: wire.siteDnsCnameDelegationTarget ?? "",
    ownerOrgId: wire.ownerOrgId ?? "",
  };
}

function asRouting(text: string): "DNS" | "HTTP" {
  return text === "HTTP" ? "HTTP" : "DNS";
}
