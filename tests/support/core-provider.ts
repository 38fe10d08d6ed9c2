/** The verbs of a provider process on the core itself, without the process: hundreds of runs a minute. */
import { messageOf, partialFailure } from "../../provider/engine/error-boundary.ts";
import { cleanObject } from "../../provider/engine/json-clean.ts";
import { toCore, toEngine } from "../../provider/engine/unknowns.ts";
import { validateArgs } from "../../provider/engine/validate-args.ts";
import { type Change, type Context, type Lifecycle, Unfinished } from "../../provider/lifecycle.ts";
import { lifecycleOf } from "../../provider/resources/registry.ts";
import type { EngineProvider, Properties } from "./process-engine.ts";
import { type CoreOptions, createProviderCore } from "./provider-core.ts";

type AnyLifecycle = Lifecycle<object, object, object>;

class CoreError extends Error {
  readonly details: string;
  readonly thrown: unknown;
  constructor(thrown: unknown) {
    super(messageOf(thrown));
    this.details = messageOf(thrown instanceof Unfinished ? thrown.reason : thrown);
    this.thrown = thrown;
  }
}

export interface CoreProvider extends EngineProvider {
  /** What rows were told, plans and warnings of previews too, each with its kind in front. */
  readonly said: readonly string[];
}

/** @param kindOf finds the kind by the serialized provider that a resource carries */
export function createCoreProvider(options: CoreOptions, kindOf: (text: unknown) => string): CoreProvider {
  const core = createProviderCore(options);
  const of = (properties: Properties): AnyLifecycle => lifecycleOf(kindOf(properties.__provider));
  const context = (properties: Properties) => core.context(String(properties.__urn));
  async function answered<T>(verb: () => Promise<T>) {
    try {
      return { error: undefined, ok: await verb() };
    } catch (thrown) {
      return { error: new CoreError(thrown), ok: undefined };
    }
  }
  /** What this state proves to be the stack's own, and what the resource has. */
  function learn(kind: string, id: string, state: object, ctx: Context): void {
    const lifecycle: AnyLifecycle = lifecycleOf(kind);
    for (const object of lifecycle.made?.(id, state) ?? []) ctx.holders.own(object);
  }
  function hold(kind: string, id: string, state: object, ctx: Context): void {
    const lifecycle: AnyLifecycle = lifecycleOf(kind);
    for (const object of lifecycle.holds?.(id, state) ?? []) ctx.holders.hold(object, ctx.urn);
  }
  return {
    said: core.said,
    async check(olds, news) {
      const lifecycle = of(news);
      const { known, failures } = validateArgs(lifecycle.args, plain(news));
      const checked = lifecycle.check(known, plain(olds), context(news));
      // What is not known yet stays as the engine sent it.
      const parsed = Object.entries(known).filter(([, value]) => typeof value !== "symbol");
      const inputs: Record<string, unknown> = { ...news, ...Object.fromEntries(parsed) };
      for (const [name, fact] of Object.entries(checked.facts ?? {})) inputs[name] = toEngine(fact);
      for (const name of checked.drop ?? []) delete inputs[name];
      for (const warning of checked.warnings ?? []) context(news).row.warn(warning);
      return { inputs: cleanObject(inputs), failures: [...failures, ...(checked.failures ?? [])] };
    },
    async diff(id, olds, news) {
      const [kind, lifecycle, ctx] = [kindOf(news.__provider), of(news), context(news)];
      core.meet(kind, id);
      const [state, inputs] = [plain(olds), toCore(plain(news))];
      const found = await lifecycle.lookUp?.(state, inputs, ctx);
      const change = lifecycle.diff(found?.state ?? state, inputs, ctx);
      for (const warning of [...(found?.warnings ?? []), ...(change.warnings ?? [])]) ctx.row.warn(warning);
      for (const warning of (await lifecycle.inspect?.(state, inputs, ctx)) ?? []) ctx.row.warn(warning);
      if (change.kind !== "none" && change.plan !== undefined) ctx.row.info(change.plan);
      ctx.holders.met(ctx.urn, id);
      learn(kind, id, state, ctx);
      if (change.kind !== "replace") hold(kind, id, state, ctx);
      return wireDiff(change);
    },
    create: (inputs) =>
      answered(async () => {
        const [kind, ctx] = [kindOf(inputs.__provider), context(inputs)];
        const { id, state } = await of(inputs).create(plain(inputs), ctx);
        core.meet(kind, id);
        learn(kind, id, state, ctx);
        hold(kind, id, state, ctx);
        return { id, outs: cleanObject(state) };
      }),
    read: (id, props) =>
      answered(async () => {
        const lifecycle = of(props);
        const state = await lifecycle.read(id, plain(props), context(props));
        if (state === undefined) return { id: "", props: {}, inputs: {} };
        const outs = cleanObject(state);
        const inputs = Object.fromEntries(Object.entries(outs).filter(([key]) => lifecycle.inputKeys.includes(key)));
        return { id, props: outs, inputs: { ...inputs, ...hidden(props) } };
      }),
    update: (id, olds, news) =>
      answered(async () => {
        const ctx = context(news);
        learn(kindOf(news.__provider), id, plain(olds), ctx);
        return { outs: cleanObject(await of(news).update(id, plain(olds), plain(news), ctx)) };
      }),
    remove: (id, props) =>
      answered(async () => {
        const ctx = context(props);
        learn(kindOf(props.__provider), id, plain(props), ctx);
        await of(props).delete(id, plain(props), ctx);
        return true as const;
      }),
    initFailed(error) {
      const thrown = error instanceof CoreError ? error.thrown : undefined;
      return thrown instanceof Unfinished ? partialFailure(thrown, {}) : undefined;
    },
    close: async () => core.close(),
  };
}

/** The numbers of the wire: 0 leaves the comparison of inputs to the engine, 1 is none, 2 some. */
function wireDiff(change: Change) {
  if (change.kind === "replace") return { changes: change.due === true ? 2 : 0, replaces: [...change.fields] };
  return { changes: { none: 1, resume: 2, update: 0 }[change.kind], replaces: [] };
}

function plain(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__")));
}

function hidden(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => key.startsWith("__")));
}
