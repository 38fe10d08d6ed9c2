/**
 * SitePublication: publishes a revision of a site to one of Qwilt's networks. Deleting it un-publishes the site there.
 */
import { z } from "zod";
import { PublishStopped, publishRevision, unpublish } from "../publishing/publication.ts";
import { type Change, type Context, type Lifecycle, UNKNOWN, Unfinished } from "../run/lifecycle.ts";
import { publicationObject } from "../run/ownership.ts";
import type { Target } from "../site/target.ts";
import { Timeouts, timeoutOf } from "./timeouts.ts";

export const SitePublicationArgs = z.strictObject({
  /** Site to publish. Changing it replaces. */
  siteId: z.string().min(1),
  /** Revision to publish. Changing it publishes the new revision in place. */
  revisionId: z.string().min(1),
  /** "ga" (production, the default) or "staging". Changing it replaces. */
  target: z.enum(["ga", "staging"]).optional(),
  /** Time limits in minutes; default: qwilt:publishTimeoutMs. Changing them changes nothing at Qwilt. */
  timeouts: Timeouts.optional(),
});
export type SitePublicationArgs = z.infer<typeof SitePublicationArgs>;

export interface SitePublicationState extends SitePublicationArgs {
  /** Publish that made the revision live. */
  readonly publishId: string;
  /** "Success" once the revision is live; any other publish is finished by the next `pulumi up`. */
  readonly publishStatus: string;
  /** When the revision went live, ISO 8601 UTC. */
  readonly activatedAt: string;
}

const targetOf = (args: { readonly target?: Target | undefined }): Target => args.target ?? "ga";

export const sitePublication: Lifecycle<SitePublicationArgs, SitePublicationArgs, SitePublicationState> = {
  kind: "SitePublication",
  args: SitePublicationArgs,
  inputKeys: ["siteId", "revisionId", "target", "timeouts"],

  replacedBy: ["siteId", "target"],

  check: ({ target }) => ({ plan: target === UNKNOWN ? "publish the site" : `publish the site to ${target ?? "ga"}` }),

  diff(state, inputs): Change {
    if (inputs.siteId === UNKNOWN || inputs.siteId !== state.siteId) {
      return { kind: "replace", fields: ["siteId"], order: "create-first" };
    }
    if (inputs.target === UNKNOWN || (inputs.target ?? "ga") !== targetOf(state)) {
      return { kind: "replace", fields: ["target"], order: "create-first" };
    }
    const target = targetOf(state);
    if (inputs.revisionId !== state.revisionId) {
      const revision = inputs.revisionId === UNKNOWN ? "the new revision" : `revision ${inputs.revisionId}`;
      return {
        kind: "update",
        fields: ["revisionId"],
        plan: `publish ${revision} to ${target}, unless its link has already published it`,
      };
    }
    if (state.publishStatus !== "Success")
      return { kind: "resume", plan: `the last publish did not finish: publish to ${target}` };
    return { kind: "none" };
  },

  sole: ({ siteId, target }) =>
    siteId === UNKNOWN || target === UNKNOWN
      ? undefined
      : { object: publicationObject(siteId, target ?? "ga"), property: "siteId" },

  holds: (_id, state) => [publicationObject(state.siteId, targetOf(state))],

  replacesInPlace: true,

  async create(inputs, ctx) {
    return { id: `${inputs.siteId}:${targetOf(inputs)}`, state: await publishWanted(inputs, undefined, ctx) };
  },

  /** @param id `SITE_ID:ga` or `SITE_ID:staging`; any other is no publication */
  async importById(id, ctx) {
    const [siteId = "", target, ...rest] = id.split(":");
    // The target is not guessed: a publication that is removed later takes the site off this network.
    if (rest.length > 0 || (target !== "ga" && target !== "staging")) return undefined;
    const wanted: SitePublicationArgs = { siteId, revisionId: "", ...(target === "staging" ? { target } : {}) };
    return sitePublication.read(id, { ...wanted, publishId: "", publishStatus: "", activatedAt: "" }, ctx);
  },

  async read(_id, state, ctx) {
    const found = (await ctx.api.sites.listShared({ publishTarget: targetOf(state) })).find(
      (one) => one.siteId === state.siteId,
    );
    if (found === undefined || found.isDeleted) return undefined;
    const active = found.activeAndLastPublishingOperation?.active;
    if (active === undefined || active.operationType === "Unpublish" || active.target !== targetOf(state))
      return undefined;
    return {
      ...state,
      revisionId: active.revisionId ?? state.revisionId,
      publishId: active.publishId,
      publishStatus: active.publishStatus,
      activatedAt: new Date(active.lastUpdateTimeMilli ?? 0).toISOString(),
    };
  },

  update: (_id, state, inputs, ctx) => publishWanted(inputs, state, ctx),

  async delete(_id, state, ctx) {
    const target = targetOf(state);
    if (ctx.ownership.isClaimedByAnother(publicationObject(state.siteId, target), ctx.urn)) {
      ctx.row.info(
        `the publication of site ${state.siteId} was taken over by another resource of this run: left unchanged`,
      );
      return false;
    }
    return ctx.siteLock.run(state.siteId, async () => {
      const timeoutMs = timeoutOf(state, "delete", ctx);
      const work = { siteId: state.siteId, target, timeoutMs, ownPublishId: state.publishId };
      const found = await unpublish(work, ctx);
      if (found) ctx.row.status(`unpublished from ${target}`);
      return found;
    });
  },
};

/** Create and update do the same work: publish the revision unless it is live there. */
async function publishWanted(
  inputs: SitePublicationArgs,
  state: SitePublicationState | undefined,
  ctx: Context,
): Promise<SitePublicationState> {
  const target = targetOf(inputs);
  const { siteId, revisionId } = inputs;
  const timeoutMs = timeoutOf(inputs, state === undefined ? "create" : "update", ctx);
  try {
    const work = { siteId, revisionId, target, timeoutMs, ownPublishId: state?.publishId };
    const reached = await ctx.siteLock.run(siteId, () => publishRevision(work, ctx));
    ctx.row.status(`live on ${target}`);
    return { ...inputs, ...reached };
  } catch (thrown) {
    if (!(thrown instanceof PublishStopped)) throw thrown;
    const { publishId, publishStatus, reason } = thrown;
    throw new Unfinished(`${siteId}:${target}`, { ...inputs, publishId, publishStatus, activatedAt: "" }, reason);
  }
}
