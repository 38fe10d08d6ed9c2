/**
 * The parts of an engine that a run with a provider process needs: check, diff, create, update, create-first
 * replacement, deletion of what is no longer wanted, and a state that is saved after every step. One resource after the
 * other; the first failure ends the run, as it ends everything that depends on it.
 */
import { SENTINEL } from "../../../provider/engine/unknowns.ts";

export type Properties = Readonly<Record<string, unknown>>;

interface Answer<T> {
  readonly error: { readonly details: string } | undefined;
  readonly ok: T | undefined;
}

/** Pulumi's provider process (`startDynamicProcess`), or its stand-in. */
export interface EngineProvider {
  check(
    olds: Properties,
    news: Properties,
  ): Promise<{
    readonly inputs: Properties;
    readonly failures: readonly { readonly property: string; readonly reason: string }[];
  }>;
  diff(
    id: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ readonly changes: number; readonly replaces: readonly string[] }>;
  create(inputs: Properties): Promise<Answer<{ readonly id: string; readonly outs: Properties }>>;
  read(
    id: string,
    props: Properties,
  ): Promise<Answer<{ readonly id: string; readonly props: Properties; readonly inputs: Properties | undefined }>>;
  update(id: string, olds: Properties, news: Properties): Promise<Answer<{ readonly outs: Properties }>>;
  remove(id: string, props: Properties): Promise<Answer<true>>;
  initFailed(
    error: { readonly details: string } | undefined,
  ): { readonly id: string; readonly properties: Properties; readonly reasons: readonly string[] } | undefined;
  close(): Promise<void>;
}

export interface Wanted {
  readonly kind: string;
  readonly name: string;
  /** Computed from the outputs of earlier resources. */
  readonly inputs: (outputsOf: (kind: string) => Properties) => Properties | Promise<Properties>;
}

export interface Saved {
  readonly kind: string;
  readonly name: string;
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
  /** Why it is not as wanted: the next run updates it. */
  readonly initErrors?: readonly string[];
}

export interface SavedState {
  readonly resources: readonly Saved[];
  /** Replaced, and to be deleted. */
  readonly doomed: readonly Saved[];
}

export interface Played {
  readonly state: SavedState;
  /** undefined: the run succeeded. */
  readonly error: string | undefined;
}

export const NOTHING: SavedState = { resources: [], doomed: [] };

export interface EngineOptions {
  readonly provider: EngineProvider;
  /** The serialized provider of a kind. */
  readonly textOf: (kind: string) => string;
  /** What a program does with outputs outside Qwilt, before any later resource. */
  readonly reached?: (kind: string, outputs: Properties) => Promise<void>;
}

export class RunFailed extends Error {}

/** @param wanted in the order of their dependencies; empty is destroy */
export async function play(options: EngineOptions, wanted: readonly Wanted[], before: SavedState): Promise<Played> {
  const run = new Run(options, before);
  try {
    for (const one of wanted) {
      await run.bring(one);
      await options.reached?.(one.kind, run.outputsOf(one.kind));
    }
    const left = run.resources.filter(
      (saved) => !wanted.some((one) => one.kind === saved.kind && one.name === saved.name),
    );
    // A replaced object is deleted after everything that may still depend on it, and a dependent before its
    // dependencies.
    for (const old of [...left.reverse(), ...[...run.doomed].reverse()]) await run.remove(old);
    return { state: run.state(), error: undefined };
  } catch (thrown) {
    if (thrown instanceof RunFailed) return { state: run.state(), error: thrown.message };
    throw thrown;
  }
}

/** What a preview shows of one resource. */
export type Verb = "none" | "create" | "update" | "replace";

export interface Previewed {
  /** "SiteCertificateLink update", without unchanged resources. */
  readonly changes: readonly string[];
  /** undefined: the preview succeeded. */
  readonly error: string | undefined;
}

/** What `pulumi preview` does: only check and diff, and outputs of changing resources are unknown to later ones. */
export async function preview(
  options: EngineOptions,
  wanted: readonly Wanted[],
  { resources }: SavedState,
): Promise<Previewed> {
  const outputs = new Map<string, Properties>();
  const changes: string[] = [];
  const outputsOf = (kind: string) => outputs.get(kind) ?? missing(kind);
  try {
    for (const one of wanted) {
      const old = resources.find(({ kind, name }) => kind === one.kind && name === one.name);
      const { inputs, verb } = await decide(options, one, old, outputsOf);
      const kept = verb === "none" || verb === "update" ? old : undefined;
      const id = kept?.id ?? SENTINEL;
      outputs.set(one.kind, verb === "none" ? { ...kept?.outputs, id } : unknownBut({ ...inputs, id }));
      if (verb !== "none") changes.push(`${one.kind} ${verb}`);
    }
    return { changes, error: undefined };
  } catch (thrown) {
    if (thrown instanceof RunFailed) return { changes, error: thrown.message };
    throw thrown;
  }
}

/** A program that reads an output of a created or changed resource receives an unknown. */
function unknownBut(known: Properties): Properties {
  return new Proxy(known, { get: (target, key) => (key in target ? Reflect.get(target, key) : SENTINEL) });
}

function missing(kind: string): never {
  throw new Error(`there is no ${kind} yet`);
}

/** What the engine does with one resource of the program. @throws RunFailed on a finding of its check */
async function decide(
  options: EngineOptions,
  wanted: Wanted,
  old: Saved | undefined,
  outputsOf: (kind: string) => Properties,
): Promise<{ readonly inputs: Properties; readonly verb: Verb }> {
  const { provider } = options;
  const news = { ...(await wanted.inputs(outputsOf)), ...hidden(options, wanted) };
  const { inputs, failures } = await verb(provider.check(old?.inputs ?? { ...hidden(options, wanted) }, news));
  if (failures.length > 0)
    throw new RunFailed(failures.map(({ property, reason }) => `${property}: ${reason}`).join("\n"));
  if (old === undefined) return { inputs, verb: "create" };
  const { changes, replaces } = await verb(provider.diff(old.id, old.outputs, inputs));
  // DIFF_NONE: nothing to do, and nothing to replace. A resource with init errors is always updated.
  const same = changes === 1 || (changes === 0 && sameProperties(old.inputs, inputs));
  if (same && old.initErrors === undefined) return { inputs, verb: "none" };
  return { inputs, verb: replaces.length > 0 ? "replace" : "update" };
}

/** A check or a diff that throws ends the run. */
async function verb<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    throw new RunFailed(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/**
 * What `pulumi refresh` shows as changed: deleted objects, and what the unchanged program would have to change back.
 */
export async function shownByRefresh(
  { provider }: EngineOptions,
  before: SavedState,
  after: SavedState,
): Promise<readonly string[]> {
  const shown: string[] = [];
  for (const { kind, name, inputs } of before.resources) {
    const now = after.resources.find((one) => one.kind === kind && one.name === name);
    const diff = now === undefined ? undefined : await provider.diff(now.id, now.outputs, inputs);
    if (now === undefined || diff === undefined) shown.push(`${kind} delete`);
    else if (diff.changes === 2) shown.push(`${kind} update`);
    else if (diff.changes === 0 && !sameProperties(now.inputs, inputs)) shown.push(`${kind} update`);
  }
  return shown;
}

/** Reads every resource, as `pulumi refresh` does; what does not exist leaves the state. */
export async function refresh(options: EngineOptions, before: SavedState): Promise<Played> {
  const resources: Saved[] = [];
  let error: string | undefined;
  for (const saved of before.resources) {
    const props = { ...saved.outputs, ...hidden(options, saved) };
    const answer = error === undefined ? await options.provider.read(saved.id, props) : undefined;
    if (answer?.error !== undefined) error = answer.error.details;
    if (answer?.ok === undefined) resources.push(saved);
    // If no inputs are returned, the engine keeps its own.
    else if (answer.ok.id !== "")
      resources.push({ ...saved, inputs: answer.ok.inputs ?? saved.inputs, outputs: answer.ok.props });
  }
  return { state: { ...before, resources }, error };
}

class Run {
  resources: Saved[];
  doomed: Saved[];
  private readonly options: EngineOptions;

  constructor(options: EngineOptions, before: SavedState) {
    this.options = options;
    this.resources = [...before.resources];
    this.doomed = [...before.doomed];
  }

  state(): SavedState {
    return { resources: [...this.resources], doomed: [...this.doomed] };
  }

  async bring(wanted: Wanted): Promise<void> {
    const old = this.resources.find(({ kind, name }) => kind === wanted.kind && name === wanted.name);
    const { inputs, verb } = await decide(this.options, wanted, old, (kind) => this.outputsOf(kind));
    if (verb === "none") return;
    if (verb !== "update" || old === undefined) return this.create(wanted, inputs, old);
    const { error, ok } = await this.options.provider.update(old.id, old.outputs, inputs);
    if (ok !== undefined) return this.save({ ...wanted, id: old.id, inputs, outputs: ok.outs });
    this.saveFailure(wanted, inputs, error);
  }

  async remove(old: Saved): Promise<void> {
    const { error } = await this.options.provider.remove(old.id, { ...old.outputs, ...hidden(this.options, old) });
    if (error !== undefined) throw new RunFailed(error.details);
    this.resources = this.resources.filter((one) => one !== old);
    this.doomed = this.doomed.filter((one) => one !== old);
  }

  private async create(wanted: Wanted, inputs: Properties, old: Saved | undefined): Promise<void> {
    const { error, ok } = await this.options.provider.create(inputs);
    // A replaced object is deleted once its replacement exists, even unfinished.
    const exists = ok !== undefined || this.options.provider.initFailed(error) !== undefined;
    if (old !== undefined && exists) this.doomed.push(old);
    if (ok !== undefined) return this.save({ ...wanted, id: ok.id, inputs, outputs: ok.outs });
    this.saveFailure(wanted, inputs, error);
  }

  private saveFailure(wanted: Wanted, inputs: Properties, error: { readonly details: string } | undefined): never {
    const failed = this.options.provider.initFailed(error);
    if (failed !== undefined) {
      this.save({ ...wanted, id: failed.id, inputs, outputs: failed.properties, initErrors: failed.reasons });
      throw new RunFailed(failed.reasons.join("\n"));
    }
    throw new RunFailed(error?.details ?? "the provider ended");
  }

  private save({ kind, name, id, inputs, outputs, initErrors }: Saved): void {
    const saved = { kind, name, id, inputs, outputs, ...(initErrors === undefined ? {} : { initErrors }) };
    const at = this.resources.findIndex((one) => one.kind === kind && one.name === name);
    if (at === -1) this.resources.push(saved);
    else this.resources[at] = saved;
  }

  outputsOf(kind: string): Properties {
    const found = this.resources.find((saved) => saved.kind === kind);
    return found === undefined ? missing(kind) : { ...found.outputs, id: found.id };
  }
}

function hidden(
  { textOf }: EngineOptions,
  { kind, name }: { readonly kind: string; readonly name: string },
): Properties {
  return { __provider: textOf(kind), __urn: `urn:pulumi:prod::web::pulumi-nodejs:dynamic/qwilt:${kind}::${name}` };
}

function sameProperties(a: Properties, b: Properties): boolean {
  const sorted = (value: unknown): unknown =>
    Array.isArray(value)
      ? value.map(sorted)
      : typeof value === "object" && value !== null
        ? Object.fromEntries(
            Object.entries(value)
              .sort(([x], [y]) => (x < y ? -1 : 1))
              .map(([key, inner]) => [key, sorted(inner)]),
          )
        : value;
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}
