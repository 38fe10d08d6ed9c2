/**
 * SiteConfiguration: the configuration of a site. A change saves a new revision; only a publication brings it to the
 * edge.
 */
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { isOutcomeUnknown } from "../api/http/api-error.ts";
import { siteMissing } from "../core/errors/object-errors.ts";
import { type Change, type Context, type Lifecycle, UNKNOWN } from "../run/lifecycle.ts";
import { securedHosts } from "../site/secured-hosts.ts";
import type { SiteConfiguration as WireConfiguration } from "../wire/site-configuration.ts";

const HostIndex = z.record(z.string(), z.unknown());

export const SiteConfigurationArgs = z.strictObject({
  /** Site that the configuration belongs to. Changing it replaces. */
  siteId: z.string().min(1),
  /** The configuration, as an object or JSON text, compared by meaning. A change saves a new revision. */
  hostIndex: z.union([HostIndex, z.string().transform(parseHostIndex).pipe(HostIndex)]),
  /** Comment on the revision, saved with the next change of hostIndex; changing it alone creates no revision. */
  changeDescription: z.string().optional(),
});
export type SiteConfigurationArgs = z.infer<typeof SiteConfigurationArgs>;

export interface SiteConfigurationInputs extends SiteConfigurationArgs {
  /** All hosts of the configuration, known at preview. */
  readonly hosts: readonly string[];
  /** Hosts that serve HTTPS once a certificate is linked, known at preview. */
  readonly securedHosts: readonly string[];
}

export interface SiteConfigurationState extends SiteConfigurationInputs {
  /** Newest saved revision; a publication and a link take it. */
  readonly revisionId: string;
  /** Number of that revision, counted from 1 within the site. */
  readonly revisionNumber: number;
}

const DEFAULT_DESCRIPTION = "saved by Pulumi";

export const siteConfiguration: Lifecycle<SiteConfigurationArgs, SiteConfigurationInputs, SiteConfigurationState> = {
  kind: "SiteConfiguration",
  args: SiteConfigurationArgs,
  inputKeys: ["siteId", "hostIndex", "changeDescription", "hosts", "securedHosts"],

  replacedBy: ["siteId"],

  check(args) {
    if (args.hostIndex === UNKNOWN) return { facts: { hosts: UNKNOWN, securedHosts: UNKNOWN } };
    if (args.hostIndex === undefined) return {};
    const { hosts, secured } = securedHosts(args.hostIndex);
    if (hosts.length > 0) return { facts: { hosts, securedHosts: secured } };
    return {
      failures: [
        {
          property: "hostIndex",
          reason:
            'hostIndex has no hosts: add at least one, for example { "hosts": [{ "host": "www.example.com", "host-metadata": { ... } }] }.',
        },
      ],
    };
  },

  diff(state, inputs): Change {
    if (inputs.siteId === UNKNOWN || inputs.siteId !== state.siteId) {
      return { kind: "replace", fields: ["siteId"], order: "create-first" };
    }
    if (inputs.hostIndex !== UNKNOWN && isDeepStrictEqual(inputs.hostIndex, state.hostIndex)) return { kind: "none" };
    const plan = `save revision ${(state.revisionNumber ?? 0) + 1}; a publication activates it at the edge`;
    return { kind: "update", fields: ["hostIndex"], plan };
  },

  async create(inputs, ctx) {
    return { id: inputs.siteId, state: observed(inputs, await saveOnce(inputs, ctx)) };
  },

  /** @param siteId the resource has the id of its site */
  async importById(siteId, ctx) {
    const newest = await newestRevision(siteId, ctx);
    if (newest?.hostIndex === undefined) return undefined;
    const { hosts, secured } = securedHosts(newest.hostIndex);
    return observed({ siteId, hostIndex: newest.hostIndex, hosts, securedHosts: secured }, newest);
  },

  async read(_id, state, ctx) {
    const found = await ctx.api.siteConfigurations.get(state.siteId, state.revisionId);
    if (found === undefined) return undefined;
    const drifted = found.hostIndex === undefined || isDeepStrictEqual(found.hostIndex, state.hostIndex);
    return drifted
      ? observed(state, found)
      : { ...observed(state, found), hostIndex: found.hostIndex ?? state.hostIndex };
  },

  async update(_id, _state, inputs, ctx) {
    return observed(inputs, await saveOnce(inputs, ctx));
  },

  async delete() {
    // Revisions are immutable and cannot be deleted (docs/qwilt-api.md 4.5); they are deleted with their site.
    return false;
  },
};

/** A revision with the same content is not saved again: a run that was killed or lost a response may have saved it. */
async function saveOnce(inputs: SiteConfigurationInputs, ctx: Context): Promise<WireConfiguration> {
  const { siteId, hostIndex, changeDescription = DEFAULT_DESCRIPTION } = inputs;
  return ctx.siteLock.run(siteId, async () => {
    const saved = await newestIfSame(inputs, ctx);
    if (saved !== undefined) return saved;
    try {
      return await ctx.api.siteConfigurations.add(siteId, { hostIndex, changeDescription });
    } catch (thrown) {
      const made = isOutcomeUnknown(thrown) ? await newestIfSame(inputs, ctx) : undefined;
      if (made === undefined) throw thrown;
      return made;
    }
  });
}

async function newestIfSame(
  { siteId, hostIndex }: SiteConfigurationInputs,
  ctx: Context,
): Promise<WireConfiguration | undefined> {
  const whole = await newestRevision(siteId, ctx);
  if (whole === null) throw siteMissing({ siteId });
  return whole?.hostIndex !== undefined && isDeepStrictEqual(whole.hostIndex, hostIndex) ? whole : undefined;
}

/** With its configuration; undefined: nothing is saved yet; null: there is no such site. */
async function newestRevision(siteId: string, ctx: Context): Promise<WireConfiguration | undefined | null> {
  const revisions = await ctx.api.siteConfigurations.list(siteId);
  if (revisions === undefined) return null;
  const newest = [...revisions].sort((a, b) => (b.revisionNum ?? 0) - (a.revisionNum ?? 0))[0];
  if (newest === undefined || newest.hostIndex !== undefined) return newest;
  return ctx.api.siteConfigurations.get(siteId, newest.revisionId);
}

function observed(inputs: SiteConfigurationInputs, wire: WireConfiguration): SiteConfigurationState {
  return { ...inputs, revisionId: wire.revisionId, revisionNumber: wire.revisionNum ?? 0 };
}

function parseHostIndex(text: string, ctx: z.RefinementCtx): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    ctx.addIssue({
      code: "custom",
      message: `is not JSON (${thrown instanceof Error ? thrown.message : "unreadable"})`,
    });
    return z.NEVER;
  }
}
