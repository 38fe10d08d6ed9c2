/**
 * What the provider text in the state calls, in Pulumi's own process: it maps verbs, unknowns, partial failures and
 * rows between the engine and a Lifecycle, and decides nothing about certificates.
 */
import { type Change, type Context, type Failure, type Lifecycle, Unfinished } from "../lifecycle.ts";
import { lifecycleOf } from "../resources/registry.ts";
import { type PartialFailure, partialFailure, plainError } from "./boundary.ts";
import { cleanObject } from "./json-clean.ts";
import { type ConfigSource, createProviderProcess } from "./process.ts";
import { createOpener } from "./seal.ts";
import { containsUnknown, isSentinel, toCore, toEngine } from "./unknowns.ts";
import { validateArgs } from "./validate.ts";

type Properties = Readonly<Record<string, unknown>>;
type AnyLifecycle = Lifecycle<object, object, object>;

const provider = createProviderProcess();
const open = createOpener();
const SECRET_INPUTS = ["privateKey"];
/** URNs whose diff was asked in this process. */
const planned = new Set<string | undefined>();
/** What the program gives each URN of this run, by its checked inputs. */
const wanted = new Map<string, readonly string[]>();
/** Resources whose diff left them as they are, or changes them in place: a create of one is its replacement on demand. */
const goingOn = new Map<string, { readonly id: string; readonly state: object }>();

export function configure(req: { config: ConfigSource }): void {
  provider.configure(req.config);
}

export async function check(kind: string, olds: Properties, news: Properties) {
  return guard(undefined, async () => {
    const lifecycle: AnyLifecycle = lifecycleOf(kind);
    const ctx = await provider.checkContext();
    const { known, failures } = validateArgs(lifecycle.args, withoutHidden(opened(news)));
    const checked = lifecycle.check(known, withoutHidden(olds), ctx);

    const all = [...failures, ...(checked.failures ?? []), ...taken(lifecycle, known, urnOf(news))];
    // What is refused goes back as it came: the engine logs it, and what was sealed may hold a key.
    const inputs: Record<string, unknown> = { ...news, ...(all.length === 0 ? normalised(news, known) : {}) };
    for (const [name, fact] of Object.entries(checked.facts ?? {})) inputs[name] = toEngine(fact);
    for (const name of checked.drop ?? []) delete inputs[name];

    const row = provider.log.row(urnOf(news));
    for (const warning of checked.warnings ?? []) row.warn(warning);
    const isNew = Object.keys(withoutHidden(olds)).length === 0;
    // The engine checks a resource that it replaces once more, as if it were new: its diff has spoken already.
    if (isNew && all.length === 0 && checked.plan !== undefined && !planned.has(urnOf(news))) row.info(checked.plan);
    if (all.length === 0) {
      const seen = toCore(withoutHidden(inputs));
      want(lifecycle, seen, urnOf(news));
    }
    return { inputs: cleanObject(inputs), failures: all.map((one) => printable(one, news)) };
  });
}

export async function diff(kind: string, id: string, olds: Properties, news: Properties) {
  return guard(undefined, async () => {
    const lifecycle: AnyLifecycle = lifecycleOf(kind);
    const ctx = await provider.checkContext();
    provider.meet(kind, id);
    const [state, inputs] = [withoutHidden(olds), toCore(withoutHidden(news))];
    const row = provider.log.row(urnOf(news) ?? urnOf(olds));
    const looking = () => provider.context(urnOf(news) ?? urnOf(olds));
    const found = await lifecycle.lookUp?.(state, inputs, await looking());
    const change = lifecycle.diff(found?.state ?? state, inputs, ctx);
    for (const warning of [...(found?.warnings ?? []), ...(change.warnings ?? [])]) row.warn(warning);
    for (const warning of (await lifecycle.inspect?.(state, inputs, await looking())) ?? []) row.warn(warning);
    if (change.kind !== "none" && change.plan !== undefined) row.info(change.plan);
    planned.add(urnOf(news));
    provider.holders.met(urnOf(news), id);
    learn(lifecycle, id, state);
    goesOn(lifecycle, id, state, urnOf(news), change);
    return engineDiff(change);
  });
}

export async function create(kind: string, inputs: Properties) {
  return guard(inputs, async () => {
    const ctx = await provider.context(urnOf(inputs));
    const lifecycle: AnyLifecycle = lifecycleOf(kind);
    const { id, state } = await createOrGoOn(lifecycle, withoutHidden(inputs), ctx);
    provider.meet(kind, String(id));
    learn(lifecycle, String(id), state);
    hold(lifecycle, String(id), state, ctx.urn);
    return { id: String(id), outs: outputs(state, inputs) };
  });
}

export async function read(kind: string, id: string, props: Properties) {
  return guard(undefined, async () => {
    const lifecycle: AnyLifecycle = lifecycleOf(kind);
    const ctx = await provider.context(urnOf(props));
    const olds = withoutHidden(props);
    const state = await lifecycle.read(id, olds, ctx);
    if (state === undefined) return { id: "", props: {} };
    const outs = outputs(state, props);
    const inputs = Object.fromEntries(
      Object.entries(outs).filter(([key]) => key.startsWith("__") || lifecycle.inputKeys.includes(key)),
    );
    return { id, props: outs, inputs };
  });
}

export async function update(kind: string, id: string, olds: Properties, news: Properties) {
  return guard(news, async () => {
    const lifecycle: AnyLifecycle = lifecycleOf(kind);
    const ctx = await provider.context(urnOf(news));
    learn(lifecycle, id, withoutHidden(olds));
    const state = await lifecycle.update(id, withoutHidden(olds), withoutHidden(news), ctx);
    return { outs: outputs(state, news) };
  });
}

async function remove(kind: string, id: string, props: Properties): Promise<void> {
  return guard(undefined, async () => {
    const lifecycle: AnyLifecycle = lifecycleOf(kind);
    const ctx = await provider.context(urnOf(props));
    const state = withoutHidden(props);
    learn(lifecycle, id, state);
    if (isWanted(lifecycle, id, state, ctx.urn)) {
      ctx.row.info("replaced in place: what the edge serves is left alone");
      if (ctx.urn !== undefined) goingOn.set(ctx.urn, { id, state });
      return;
    }
    await lifecycle.delete(id, state, ctx);
  });
}

export { remove as delete };

/** The engine prints the value of a failing property, secret or not: a finding about a key is told without its property. */
function printable({ property, reason }: Failure, news: Properties): Failure {
  const value = news[property];
  const secret = SECRET_INPUTS.includes(property) || (typeof value === "string" && /PRIVATE KEY/.test(value));
  return secret && value !== undefined ? { property: "", reason: `${property}: ${reason}` } : { property, reason };
}

async function createOrGoOn(lifecycle: AnyLifecycle, inputs: Record<string, unknown>, ctx: Context) {
  const before = ctx.urn === undefined ? undefined : goingOn.get(ctx.urn);
  if (before === undefined) return lifecycle.create(inputs, ctx);
  return { id: before.id, state: await lifecycle.update(before.id, before.state, inputs, ctx) };
}

function taken(lifecycle: AnyLifecycle, known: Record<string, unknown>, urn: string | undefined): Failure[] {
  const sole = lifecycle.sole?.(known);
  const first = sole === undefined ? undefined : provider.holders.claim(sole.object, urn);
  if (sole === undefined || first === undefined) return [];
  const name = first.slice(first.lastIndexOf("::") + 2);
  return [
    {
      property: sole.property,
      reason: `the ${sole.object} belongs to ${lifecycle.kind} "${name}" of this program already: keep one of the two.`,
    },
  ];
}

function want(lifecycle: AnyLifecycle, inputs: object, urn: string | undefined): void {
  // Only previews meet unknowns, and they delete nothing.
  if (urn === undefined || !lifecycle.replacesInPlace || containsUnknown(inputs)) return;
  wanted.set(urn, lifecycle.holds?.("", inputs) ?? []);
}

/** The program gives this URN the same place at Qwilt: what is deleted is the original of a replacement. */
function isWanted(lifecycle: AnyLifecycle, id: string, state: object, urn: string | undefined): boolean {
  const now = urn === undefined ? undefined : wanted.get(urn);
  return lifecycle.holds?.(id, state).some((object) => now?.includes(object)) === true;
}

function goesOn(lifecycle: AnyLifecycle, id: string, state: object, urn: string | undefined, change: Change): void {
  if (change.kind !== "replace") hold(lifecycle, id, state, urn);
  if (urn === undefined || !lifecycle.replacesInPlace) return;
  if (change.kind === "replace") goingOn.delete(urn);
  else goingOn.set(urn, { id, state });
}

/** What this state proves to be the stack's own. */
function learn(lifecycle: AnyLifecycle, id: string, state: object): void {
  for (const object of lifecycle.made?.(id, state) ?? []) provider.holders.own(object);
}

function hold(lifecycle: AnyLifecycle, id: string, state: object, urn: string | undefined): void {
  for (const object of lifecycle.holds?.(id, state) ?? []) provider.holders.hold(object, urn);
}

/**
 * Inputs equal in meaning give `changes: false`; what is outstanding or due is `true`. Left out, the engine compares the
 * inputs by itself, and replaces nothing while they are the same (pulumi-provider.md 1.14).
 */
function engineDiff(change: Change) {
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

/** Runs one verb; whatever is thrown leaves as a plain error or, when something exists, as a partial failure. */
async function guard<T>(savedInputs: Properties | undefined, verb: () => Promise<T>): Promise<T> {
  try {
    return await provider.track(verb());
  } catch (thrown) {
    throw savedInputs !== undefined && thrown instanceof Unfinished
      ? asThrowable(partialFailure(thrown, hiddenOf(savedInputs)))
      : plainError(thrown instanceof Unfinished ? thrown.reason : thrown);
  } finally {
    await provider.log.flush();
  }
}

function asThrowable(failure: PartialFailure): Error {
  return Object.assign(plainError(failure.message), failure);
}

const outputs = (state: object, carrier: Properties) => ({ ...cleanObject(state), ...hiddenOf(carrier) });

function withoutHidden(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__")));
}

/** `__provider` and `__urn`: the dynamic-provider process does not add them on every path. */
function hiddenOf(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => key.startsWith("__")));
}

function urnOf(properties: Properties): string | undefined {
  const urn = properties.__urn;
  return typeof urn === "string" && !isSentinel(urn) ? urn : undefined;
}

function opened(properties: Properties): Properties {
  return Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, open(value)]));
}

/** Known properties in their parsed form; a property with an unknown inside stays untouched. */
function normalised(news: Properties, known: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(known).filter(([key, value]) => key in news && typeof value !== "symbol"));
}
