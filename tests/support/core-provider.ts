/** The verbs of a provider process on the core itself, without the process: hundreds of runs a minute. */
import { messageOf, partialFailure } from "../../provider/dynamic/boundary.ts";
import { cleanObject } from "../../provider/dynamic/json-clean.ts";
import { toCore, toEngine } from "../../provider/dynamic/unknowns.ts";
import { validateArgs } from "../../provider/dynamic/validate.ts";
import { type Change, type Lifecycle, Unfinished } from "../../provider/lifecycle.ts";
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

/** @param kindOf finds the kind by the serialized provider that a resource carries */
export function createCoreProvider(options: CoreOptions, kindOf: (text: unknown) => string): EngineProvider {
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
  return {
    async check(olds, news) {
      const lifecycle = of(news);
      const { known, failures } = validateArgs(lifecycle.args, plain(news));
      const checked = lifecycle.check(known, plain(olds), context(news));
      const inputs: Record<string, unknown> = { ...news, ...known };
      for (const [name, fact] of Object.entries(checked.facts ?? {})) inputs[name] = toEngine(fact);
      for (const name of checked.drop ?? []) delete inputs[name];
      return { inputs: cleanObject(inputs), failures: [...failures, ...(checked.failures ?? [])] };
    },
    async diff(id, olds, news) {
      core.meet(kindOf(news.__provider), id);
      return wireDiff(of(news).diff(plain(olds), toCore(plain(news)), context(news)));
    },
    create: (inputs) =>
      answered(async () => {
        const { id, state } = await of(inputs).create(plain(inputs), context(inputs));
        core.meet(kindOf(inputs.__provider), id);
        return { id, outs: cleanObject(state) };
      }),
    read: (id, props) =>
      answered(async () => {
        const lifecycle = of(props);
        const state = await lifecycle.read(id, plain(props), context(props));
        if (state === undefined) return { id: "", props: {}, inputs: {} };
        const outs = cleanObject(state);
        const inputs = Object.fromEntries(Object.entries(outs).filter(([key]) => lifecycle.inputKeys.includes(key)));
        return { id, props: outs, inputs };
      }),
    update: (id, olds, news) =>
      answered(async () => ({ outs: cleanObject(await of(news).update(id, plain(olds), plain(news), context(news))) })),
    remove: (id, props) =>
      answered(async () => {
        await of(props).delete(id, plain(props), context(props));
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
  const replaces = change.kind === "replace" ? [...change.fields] : [];
  return { changes: { none: 1, resume: 2, update: 0, replace: 0 }[change.kind], replaces };
}

function plain(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__")));
}
