/**
 * The verbs of a provider on top of a Lifecycle: maps unknowns, partial failures and rows between the engine and a
 * resource, keeps the records of a run, and decides nothing about certificates. Several can exist in one process.
 */
import { isDeepStrictEqual } from "node:util";
import type { ConfigSource } from "../core/config.ts";
import { internalError } from "../core/errors/setup-errors.ts";
import { organizationOf } from "../core/organization.ts";
import { LOOKUPS } from "../resources/lookups.ts";
import { lifecycleOf } from "../resources/registry.ts";
import { type Change, type Context, type Created, type Failure, type Lifecycle, Unfinished } from "../run/lifecycle.ts";
import { initError, plainError } from "./error-boundary.ts";
import { cleanObject } from "./json-clean.ts";
import { hiddenOf, outputsOf, type Properties, urnOf, withoutHidden } from "./resource-properties.ts";
import { createOpener } from "./sealed-private-keys.ts";
import type { Session } from "./session.ts";
import { containsUnknown, toCore, toEngine } from "./unknowns.ts";
import { validateArgs } from "./validate-args.ts";

type AnyLifecycle = Lifecycle<object, object, object>;

export type Runtime = ReturnType<typeof createRuntime>;

export interface Invoked {
  /** undefined if there are failures. */
  readonly result?: Record<string, unknown>;
  readonly failures: readonly Failure[];
}

/** The engine's own time limit for an operation, if it has one. */
export interface Limit {
  readonly timeoutMs?: number;
}

const SECRET_INPUTS = ["privateKey"];

export function createRuntime(session: Session) {
  const open = createOpener();
  /** URNs in the program of this run. */
  const checkedUrns = new Set<string | undefined>();
  /** URNs for which the engine called diff in this run. */
  const diffedUrns = new Set<string | undefined>();
  /**
   * ID and state of each resource, by URN, that this run keeps, updates or replaces in place: a create then updates it.
   */
  const keptResources = new Map<string, { readonly id: string; readonly state: object }>();

  function configure(req: { config: ConfigSource }): void {
    session.configure(req.config);
  }

  async function check(kind: string, olds: Properties, news: Properties) {
    return guard(undefined, async () => {
      const lifecycle: AnyLifecycle = lifecycleOf(kind);
      const ctx = session.checkContext();
      checkedUrns.add(urnOf(news));
      const { known, failures } = validateArgs(lifecycle.args, withoutHidden(opened(news)));
      const checked = lifecycle.check(known, withoutHidden(olds), ctx);

      const all = [...failures, ...(checked.failures ?? []), ...claimedTwice(lifecycle, known, urnOf(news))];
      // Rejected inputs are returned as they came: the engine logs them, and unsealed ones may contain a key.
      const inputs: Record<string, unknown> = { ...news, ...(all.length === 0 ? normalised(news, known) : {}) };
      for (const [name, fact] of Object.entries(checked.facts ?? {})) inputs[name] = toEngine(fact);
      for (const name of checked.drop ?? []) delete inputs[name];

      const row = session.log.row(urnOf(news));
      for (const warning of checked.warnings ?? []) row.warn(warning);
      const isNew = Object.keys(withoutHidden(olds)).length === 0;
      // The engine checks a resource that it replaces once more, as if it were new: its diff has already shown the
      // plan.
      if (isNew && all.length === 0 && checked.plan !== undefined && !diffedUrns.has(urnOf(news)))
        row.info(checked.plan);
      if (all.length === 0) {
        const seen = toCore(withoutHidden(inputs));
        recordWanted(lifecycle, seen, urnOf(news));
      }
      return { inputs: cleanObject(inputs), failures: all.map((one) => printable(one, news)) };
    });
  }

  async function diff(kind: string, id: string, olds: Properties, news: Properties) {
    return guard(undefined, async () => {
      const lifecycle: AnyLifecycle = lifecycleOf(kind);
      const ctx = session.checkContext();
      session.recordInState(kind, id);
      const [state, inputs] = [withoutHidden(olds), toCore(withoutHidden(news))];
      session.organization().meet(state);
      const row = session.log.row(urnOf(news) ?? urnOf(olds));
      const looking = () => session.context(urnOf(news) ?? urnOf(olds));
      const found = await lifecycle.lookUp?.(state, inputs, looking());
      const observed = found?.state ?? state;
      const change = lifecycle.diff(observed, inputs, ctx);
      for (const warning of [...(found?.warnings ?? []), ...(change.warnings ?? [])]) row.warn(warning);
      for (const warning of (await lifecycle.inspect?.(state, inputs, looking())) ?? []) row.warn(warning);
      if (change.kind !== "none" && change.plan !== undefined) row.info(onRow(change.plan, urnOf(news)));
      diffedUrns.add(urnOf(news));
      session.ownership.recordPriorId(urnOf(news), id);
      recordTemplate(lifecycle, observed, inputs);
      recordMade(lifecycle, id, state);
      recordKept(lifecycle, id, state, urnOf(news), change);
      return engineDiff(change);
    });
  }

  async function create(kind: string, inputs: Properties, { timeoutMs }: Limit = {}) {
    return guard(inputs, async () => {
      const ctx = session.context(urnOf(inputs), timeoutMs);
      const lifecycle: AnyLifecycle = lifecycleOf(kind);
      const wanted = withoutHidden(inputs);
      const { id, state, found } = await explained(undefined, ctx, () => createOrUpdateInPlace(lifecycle, wanted, ctx));
      // For an object that was found instead of created, no call has checked the organization yet.
      if (found === true) await session.organization().beforeMaking();
      session.recordInState(kind, id);
      recordTemplate(lifecycle, state, wanted);
      recordMade(lifecycle, id, state);
      recordHeld(lifecycle, id, state, ctx.urn, true);
      return { id, outs: outputsOf(await ownedByNow(state), inputs, lifecycle.inputsOnly) };
    });
  }

  async function read(kind: string, id: string, props: Properties) {
    return guard(undefined, async () => {
      const lifecycle: AnyLifecycle = lifecycleOf(kind);
      const ctx = session.context(urnOf(props));
      const olds = withoutHidden(props);
      const isImport = Object.keys(olds).length === 0;
      const look = () => (isImport ? lifecycle.importById(id, ctx) : lifecycle.read(id, olds, ctx));
      const state = await explained(olds, ctx, look);
      if (state === undefined) {
        // An import has no state to lose: the engine reports that there is no such object.
        if (!isImport) await session.organization().confirmAbsence(olds, ctx.urn);
        return { id: "", props: {} };
      }
      const outs = outputsOf(owned(state), props, lifecycle.inputsOnly);
      const inputs = Object.fromEntries(
        Object.entries({ ...cleanObject(state), ...outs }).filter(
          ([key]) => key.startsWith("__") || lifecycle.inputKeys.includes(key),
        ),
      );
      // If none are returned, the engine keeps the inputs, including those that the outputs leave out.
      const isChanged = Object.entries(inputs).some(([key, value]) => !isDeepStrictEqual(value, props[key]));
      const complete = isChanged || lifecycle.inputsOnly === undefined;
      return complete ? { id, props: outs, inputs } : { id, props: outs };
    });
  }

  async function update(kind: string, id: string, olds: Properties, news: Properties, { timeoutMs }: Limit = {}) {
    return guard(
      news,
      async () => {
        const lifecycle: AnyLifecycle = lifecycleOf(kind);
        const ctx = session.context(urnOf(news), timeoutMs);
        const before = withoutHidden(olds);
        recordMade(lifecycle, id, before);
        const state = await explained(before, ctx, () => lifecycle.update(id, before, withoutHidden(news), ctx));
        return { outs: outputsOf(await ownedByNow(state), news, lifecycle.inputsOnly) };
      },
      organizationOf(olds),
    );
  }

  async function remove(kind: string, id: string, props: Properties, { timeoutMs }: Limit = {}): Promise<void> {
    return guard(undefined, async () => {
      const lifecycle: AnyLifecycle = lifecycleOf(kind);
      const ctx = session.context(urnOf(props), timeoutMs);
      const state = withoutHidden(props);
      recordMade(lifecycle, id, state);
      if (isReplacedInPlace(lifecycle, id, state, ctx.urn)) {
        ctx.row.info("replaced in place: what the edge serves does not change");
        if (ctx.urn !== undefined) keptResources.set(ctx.urn, { id, state });
        return;
      }
      const organization = session.organization();
      const found = await explained(state, ctx, () => lifecycle.delete(id, state, ctx));
      if (found === true) organization.proven(state);
      else if (found === false || organizationOf(state) !== undefined)
        await organization.confirmAbsence(state, ctx.urn);
    });
  }

  /** A lookup of the program. Nothing is known about what it would find until its arguments are. */
  async function invoke(name: string, args: Properties): Promise<Invoked> {
    return guard(undefined, async () => {
      const lookup = LOOKUPS[name];
      if (lookup === undefined) throw internalError({ reason: "unknown-kind", kind: name });
      const { known, failures } = validateArgs(lookup.args, args);
      if (failures.length > 0) return { failures };
      const found = await lookup.find(known, session.context());
      if (found !== undefined) return { result: cleanObject(found), failures };
      const wanted = Object.entries(known).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
      return { failures: [{ property: "", reason: `${name}: Qwilt has nothing with ${wanted.join(" and ")}.` }] };
    });
  }

  async function createOrUpdateInPlace(
    lifecycle: AnyLifecycle,
    inputs: Record<string, unknown>,
    ctx: Context,
  ): Promise<Created<object>> {
    const before = ctx.urn === undefined ? undefined : keptResources.get(ctx.urn);
    if (before === undefined) return lifecycle.create(inputs, ctx);
    return { id: before.id, state: await lifecycle.update(before.id, before.state, inputs, ctx) };
  }

  /** Records which resource has the object; returns a finding if another resource of this program already has it. */
  function claimedTwice(lifecycle: AnyLifecycle, known: Record<string, unknown>, urn: string | undefined): Failure[] {
    const sole = lifecycle.sole?.(known);
    const first = sole === undefined ? undefined : session.ownership.declare(sole.object, urn);
    if (sole === undefined || first === undefined) return [];
    const name = first.slice(first.lastIndexOf("::") + 2);
    return [
      {
        property: sole.property,
        reason: `the ${sole.object} is already managed by ${lifecycle.kind} "${name}" of this program: keep one of the two.`,
      },
    ];
  }

  /** A refresh compares without a check: it does not carry out the plan. */
  function onRow(plan: string, urn: string | undefined): string {
    return urn === undefined || checkedUrns.has(urn) ? plan : `on the next \`pulumi up\`: ${plan}`;
  }

  function recordWanted(lifecycle: AnyLifecycle, inputs: object, urn: string | undefined): void {
    // Only previews have unknowns, and they delete nothing.
    if (urn === undefined || !lifecycle.replacesInPlace || containsUnknown(inputs)) return;
    session.ownership.recordWanted(urn, lifecycle.holds?.("", inputs) ?? []);
  }

  /** The program assigns the same object at Qwilt to this URN: the delete is for the original of a replacement. */
  function isReplacedInPlace(lifecycle: AnyLifecycle, id: string, state: object, urn: string | undefined): boolean {
    return lifecycle.holds?.(id, state).some((object) => session.ownership.isWanted(object, urn)) === true;
  }

  function recordKept(lifecycle: AnyLifecycle, id: string, state: object, urn: string | undefined, change: Change) {
    if (change.kind !== "replace") recordHeld(lifecycle, id, state, urn);
    if (urn === undefined || !lifecycle.replacesInPlace) return;
    if (change.kind === "replace") keptResources.delete(urn);
    else keptResources.set(urn, { id, state });
  }

  /** Records the objects that this state proves to be the stack's own. */
  function recordMade(lifecycle: AnyLifecycle, id: string, state: object): void {
    for (const object of lifecycle.made?.(id, state) ?? []) session.ownership.markCreated(object);
  }

  function recordHeld(lifecycle: AnyLifecycle, id: string, state: object, urn: string | undefined, isNew = false) {
    for (const object of lifecycle.holds?.(id, state) ?? []) session.ownership.claim(object, urn, isNew);
  }

  function recordTemplate(lifecycle: AnyLifecycle, state: object, inputs: object): void {
    const template = lifecycle.templateTerms?.(state, inputs);
    if (template !== undefined) session.templates.record(template);
  }

  /**
   * Runs work on the object of a state; a failure caused by another organization's credentials becomes
   * QWILT_OTHER_ORGANIZATION.
   */
  async function explained<T>(state: object | undefined, ctx: Context, work: () => Promise<T>): Promise<T> {
    const organization = session.organization();
    if (state !== undefined) organization.meet(state);
    try {
      return await work();
    } catch (thrown) {
      const reason = thrown instanceof Unfinished ? thrown.reason : thrown;
      const explanation = await organization.explain(reason, state, ctx.urn);
      throw explanation === reason ? thrown : explanation;
    }
  }

  /**
   * Every state records its organization: if Qwilt's response for the object does not name it, other responses of the
   * run do.
   */
  function owned(state: object, organization = session.organization().organization): object {
    return organizationOf(state) !== undefined || organization === undefined
      ? state
      : { ...state, ownerOrgId: organization };
  }

  /**
   * The same for an object that was created or changed. A link on a site of another program may be all that a run has
   * requested, so this may send a request.
   */
  async function ownedByNow(state: object): Promise<object> {
    if (organizationOf(state) !== undefined) return state;
    return owned(state, await session.organization().learnOrganization());
  }

  /** Runs one verb; whatever is thrown leaves as a plain error or, if something exists, as a partial failure. */
  async function guard<T>(
    savedInputs: Properties | undefined,
    verb: () => Promise<T>,
    organizationBefore?: string,
  ): Promise<T> {
    try {
      return await session.track(verb());
    } catch (thrown) {
      if (savedInputs === undefined || !(thrown instanceof Unfinished)) throw plainError(thrown);
      // Without a response the run does not know the organization: the object still belongs to the one in the previous
      // state.
      const state = owned(thrown.state, organizationBefore);
      throw initError(new Unfinished(thrown.id, state, thrown.reason), hiddenOf(savedInputs));
    } finally {
      await session.log.flush();
    }
  }

  function opened(properties: Properties): Properties {
    return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, open(value)]));
  }

  return { configure, check, diff, create, read, update, delete: remove, invoke };
}

const LONGEST_PRINTED = 80;

/**
 * The engine prints the value of a failing property, so a finding about a secret or a long value is reported without
 * its property.
 */
function printable({ property, reason }: Failure, news: Properties): Failure {
  const value = news[property];
  if (value === undefined) return { property, reason };
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const isLong = text.length > LONGEST_PRINTED || text.includes("\n");
  const isSecret = SECRET_INPUTS.includes(property) || text.includes("PRIVATE KEY");
  return isLong || isSecret ? { property: "", reason: `${property}: ${reason}` } : { property, reason };
}

/**
 * Semantically equal inputs give `changes: false`; outstanding or due work is `true`. If the field is omitted, the
 * engine compares the inputs itself, and replaces nothing while they are the same (docs/pulumi-engine.md 1.14).
 */
function engineDiff(change: Change): EngineDiff {
  switch (change.kind) {
    case "none":
      return { changes: false };
    case "resume":
      return { changes: true };
    case "update":
      return { replaces: [] };
    case "replace":
      return {
        ...(change.due === true ? { changes: true } : {}),
        replaces: [...change.fields],
        deleteBeforeReplace: change.order === "delete-first",
      };
  }
}

export interface EngineDiff {
  readonly changes?: boolean;
  readonly replaces?: string[];
  readonly deleteBeforeReplace?: boolean;
}

/** Known properties in their parsed form; a property that contains an unknown is unchanged. */
function normalised(news: Properties, known: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(known).filter(([key, value]) => key in news && typeof value !== "symbol"));
}
