/** SitePublication: a revision of a site on one of Qwilt's networks. Deleting it takes the site off that network. */
import { z } from "zod";
import { type Change, type Context, type Lifecycle, UNKNOWN, Unfinished } from "../lifecycle.ts";
import { followPublish } from "../publishing/follow-publish.ts";
import { awaitLink } from "../renewal/leave-to-publication.ts";
import { type ObservedSite, observeSite } from "../renewal/observe-site.ts";
import type { Target } from "../renewal/plan.ts";
import { siteMissing } from "../renewal/site-missing.ts";
import { Timeouts } from "../timeouts.ts";

export const SitePublicationArgs = z.strictObject({
  /** Site to publish. Changing it replaces. */
  siteId: z.string().min(1),
  /** Revision to publish. Changing it publishes the new revision in place. */
  revisionId: z.string().min(1),
  /** "ga" (production, the default) or "staging". Changing it replaces. */
  target: z.enum(["ga", "staging"]).optional(),
  /** Minutes that one run may take; left out: qwilt:publishTimeoutMs. Changing it changes nothing at Qwilt. */
  timeouts: Timeouts.optional(),
});
export type SitePublicationArgs = z.infer<typeof SitePublicationArgs>;

export interface SitePublicationState extends SitePublicationArgs {
  readonly publishId: string;
  readonly publishStatus: string;
  /** ISO 8601 UTC. */
  readonly activatedAt: string;
}

const targetOf = (args: { readonly target?: Target | undefined }): Target => args.target ?? "ga";

export const sitePublication: Lifecycle<SitePublicationArgs, SitePublicationArgs, SitePublicationState> = {
  kind: "SitePublication",
  args: SitePublicationArgs,
  inputKeys: ["siteId", "revisionId", "target", "timeouts"],

  check: () => ({}),

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
      return { kind: "update", fields: ["revisionId"], plan: `publish ${revision} to ${target}` };
    }
    if (state.publishStatus !== "Success")
      return { kind: "resume", plan: `the last publish is not done: publish to ${target}` };
    return { kind: "none" };
  },

  upcoming: ({ siteId, target }) =>
    siteId === UNKNOWN || target === UNKNOWN ? undefined : { kind: "publication", siteId, target: target ?? "ga" },

  async create(inputs, ctx) {
    return { id: `${inputs.siteId}:${targetOf(inputs)}`, state: await converge(inputs, ctx) };
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

  update: (_id, _state, inputs, ctx) => converge(inputs, ctx),

  async delete(_id, state, ctx) {
    const target = targetOf(state);
    await ctx.sites.run(state.siteId, async () => {
      const now = await settled(state, ctx);
      if (now === undefined || now.revisions[target] === undefined) return;
      const operation = await ctx.api.publishing.unpublish(state.siteId, target);
      await followPublish({ siteId: state.siteId, operation, timeoutMs: timeoutOf(state, "delete", ctx) }, ctx);
    });
  },
};

/** Create and update are the same work: the revision is live there, or it is published. */
async function converge(inputs: SitePublicationArgs, ctx: Context): Promise<SitePublicationState> {
  const target = targetOf(inputs);
  await awaitLink(inputs.siteId, target, timeoutOf(inputs, "update", ctx), ctx);
  return ctx.sites.run(inputs.siteId, async () => {
    const now = await settled(inputs, ctx);
    if (now === undefined) throw siteMissing(inputs.siteId);
    const active = now.active[target];
    if (active !== undefined && now.revisions[target] === inputs.revisionId) {
      const { publishId, publishStatus, activatedAt } = active;
      return { ...inputs, publishId, publishStatus, activatedAt };
    }
    const operation = await ctx.api.publishing.publish(inputs.siteId, { revisionId: inputs.revisionId, target });
    try {
      const done = await followPublish(
        { siteId: inputs.siteId, operation, timeoutMs: timeoutOf(inputs, "update", ctx) },
        ctx,
      );
      const activatedAt = new Date(done.lastUpdateTimeMilli ?? ctx.clock.now()).toISOString();
      ctx.sites.upcoming.published(ctx.urn, done.publishId);
      ctx.row.status(`published to ${target}`);
      return { ...inputs, publishId: done.publishId, publishStatus: done.publishStatus, activatedAt };
    } catch (thrown) {
      const state = { ...inputs, publishId: operation.publishId, publishStatus: "Failed", activatedAt: "" };
      throw new Unfinished(
        `${inputs.siteId}:${target}`,
        state,
        thrown instanceof Error ? thrown : new Error(String(thrown)),
      );
    }
  });
}

/** Waits for a running operation of the target: ours of an earlier run, or somebody else's. */
async function settled(inputs: SitePublicationArgs, ctx: Context): Promise<ObservedSite | undefined> {
  const target = targetOf(inputs);
  const now = await observeSite(inputs.siteId, undefined, ctx.api);
  const running = now?.targets.find((one) => one.target === target)?.running;
  if (running === undefined) return now;
  ctx.row.status(
    `waiting for the publish of ${target} that ${running.startedBy} started at ${new Date(running.startedAt).toISOString()}`,
  );
  const operation = await ctx.api.publishing.get(inputs.siteId, running.publishId);
  if (operation !== undefined) {
    const timeoutMs = timeoutOf(inputs, "update", ctx);
    // Its own outcome does not matter here: the next look tells what it left.
    await followPublish({ siteId: inputs.siteId, operation, timeoutMs }, ctx).catch((thrown: unknown) => {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "QWILT_PUBLISH_FAILED")) throw thrown;
    });
  }
  return observeSite(inputs.siteId, undefined, ctx.api);
}

function timeoutOf(inputs: SitePublicationArgs, verb: "update" | "delete", ctx: Context): number {
  const minutes = inputs.timeouts?.[verb];
  return minutes === undefined ? ctx.config.publishTimeoutMs : minutes * 60_000;
}
