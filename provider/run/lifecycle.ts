/** The contract between resources and the engines that drive them. There is no engine in it. */
import type { z } from "zod";
import type { QwiltApi } from "../api/qwilt-api.ts";
import type { Clock } from "../core/clock.ts";
import type { ProviderConfig } from "../core/config.ts";
import type { CertificatePool } from "./certificate-pool.ts";
import type { KeyMaterials } from "./key-material.ts";
import type { Ownership } from "./ownership.ts";
import type { SiteLock } from "./site-lock.ts";
import type { RegisteredTemplate, TemplateRegistry } from "./template-registry.ts";

/** Stands for a value that the engine does not know yet (an output of something not created). */
export const UNKNOWN: unique symbol = Symbol("unknown");
export type Unknown = typeof UNKNOWN;
export type MaybeUnknown<T> = { readonly [K in keyof T]: T[K] | Unknown };

/** What a run would do to one resource. `plan` is shown on the resource's own row. */
export type Change =
  | { readonly kind: "none"; readonly warnings?: readonly string[] }
  | {
      readonly kind: "update";
      readonly fields: readonly string[];
      readonly plan?: string;
      readonly warnings?: readonly string[];
    }
  /** Inputs are as before, but work of an earlier run is outstanding, or reality has drifted. */
  | { readonly kind: "resume"; readonly plan: string; readonly warnings?: readonly string[] }
  | {
      readonly kind: "replace";
      readonly fields: readonly string[];
      /** The clock asks for it: the program need not have changed. */
      readonly due?: true;
      readonly order: "create-first" | "delete-first";
      readonly plan?: string;
      readonly warnings?: readonly string[];
    };

export interface Failure {
  /** Input property that the finding is about. */
  readonly property: string;
  /** What is wrong and what to do. */
  readonly reason: string;
}

/** Outcome of `check`: facts join the inputs, so dependants know them at preview. */
export interface Checked {
  /** Added to the inputs; UNKNOWN where it follows from an unknown. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Inputs that must not reach the state. */
  readonly drop?: readonly string[];
  readonly failures?: readonly Failure[];
  readonly warnings?: readonly string[];
  /** What creating this resource means, for the preview's row; shown only when there is nothing yet. */
  readonly plan?: string;
}

export interface CheckContext {
  readonly clock: Clock;
  readonly config: ProviderConfig;
  readonly keys: KeyMaterials;
  /** Objects that this stack has in its state, as far as this run has met them. */
  readonly stack: { has(kind: string, id: string): boolean };
  /** What the templates of this run say about renewals, as far as it has met them. */
  readonly templates: TemplateRegistry;
}

/** Where a resource speaks: its own row in the engine's display. */
export interface Row {
  /** Passing text while something is awaited. */
  status(text: string): void;
  /** One lasting line for a state transition. */
  info(text: string): void;
  warn(text: string): void;
}

export interface Context extends CheckContext {
  readonly api: QwiltApi;
  /** The organization's certificates, listed at most once a run. */
  readonly pool: CertificatePool;
  /** Aborts waiting, never writing: Ctrl-C. */
  readonly signal: AbortSignal;
  readonly row: Row;
  /** URN of this resource; undefined when the engine did not tell. */
  readonly urn: string | undefined;
  readonly ownership: Ownership;
  /** All changes of one site go through one queue. */
  readonly siteLock: SiteLock;
}

/** A state with what was looked up beside it, for `diff` alone. */
export interface LookedUp<State> {
  readonly state: State;
  readonly warnings: readonly string[];
}

export interface Created<State> {
  readonly id: string;
  readonly state: State;
  /** It was there already: no call made it, so none asked whether it may be made. */
  readonly found?: boolean;
}

/**
 * One resource. `Args` is what the user writes, `Inputs` is what `check` makes of it, `State` is what the stack
 * remembers: inputs and the last observation, never proof of what exists now.
 */
export interface Lifecycle<Args extends object, Inputs extends object, State extends Partial<Inputs>> {
  readonly kind: string;
  readonly args: z.ZodObject;
  /** What of the state are inputs: arguments and facts. A refresh corrects them. */
  readonly inputKeys: readonly string[];
  /**
   * Of the inputs those that the outputs leave out, so that a long text stands once in the state. A program reads them from
   * its own arguments; `diff`, `update` and `delete` do without; `read` gives them back when it found another input changed.
   */
  readonly inputsOnly?: readonly string[];
  /** Pure but for the clock; sees unknowns as UNKNOWN; reports everything at once. */
  check(args: MaybeUnknown<Args>, olds: Readonly<Record<string, unknown>>, ctx: CheckContext): Checked;
  /**
   * What `diff` decides by and the state does not have, looked up before every diff by calls that only read; undefined:
   * there is nothing to look up. The state stays as it is, so that a look is never a change of its own. What it could not
   * look up is a warning; only an interrupted run fails.
   */
  lookUp?(state: State, inputs: MaybeUnknown<Inputs>, ctx: Context): Promise<LookedUp<State> | undefined>;
  /** Pure but for the clock: no I/O, and nothing is recorded. `state` may be of an earlier release, or partial. */
  diff(state: State, inputs: MaybeUnknown<Inputs>, ctx: CheckContext): Change;
  /**
   * Warnings, or a refusal, that need a look outside at preview: for who asked for it by an argument, or where the plan
   * would be refused by what may be out of date.
   */
  inspect?(state: State, inputs: MaybeUnknown<Inputs>, ctx: Context): Promise<readonly string[]>;
  /**
   * What only one resource of a program may have, as soon as it is known, and the input that says so: two would take it
   * from each other in every run.
   */
  sole?(inputs: MaybeUnknown<Inputs>): { readonly object: string; readonly property: string } | undefined;
  /** Objects at Qwilt that this resource has: another resource of the run leaves them alone. */
  holds?(id: string, state: State): readonly string[];
  /**
   * What it holds has one place at Qwilt, so a replacement on demand (`--replace`, `replaceOnChanges`, deleteBeforeReplace)
   * is an update of it, and deleting the original leaves it alone: the edge serves on.
   */
  readonly replacesInPlace?: true;
  /**
   * Objects that the stack made itself, by what this state remembers: only those are ever deleted or unlinked. Of a link
   * also which certificate a publish took along, so that a publication of the site need not publish again.
   */
  made?(id: string, state: State): readonly string[];
  /** What a template says about renewals; the runtime records it for the rows of certificates and links. */
  templateTerms?(state: State, inputs: MaybeUnknown<Inputs>): RegisteredTemplate;
  create(inputs: Inputs, ctx: Context): Promise<Created<State>>;
  /** undefined: confirmed absent. */
  read(id: string, state: State, ctx: Context): Promise<State | undefined>;
  update(id: string, state: State, inputs: Inputs, ctx: Context): Promise<State>;
  /**
   * false: nothing at Qwilt was found or touched, which alone does not tell that the object was ours. "no object": what
   * is deleted exists only in the state.
   */
  delete(id: string, state: State, ctx: Context): Promise<boolean | "no object">;
}

/** Something exists or was changed but is not as wanted: the state is kept, and the next run goes on from it. */
export class Unfinished extends Error {
  readonly id: string;
  readonly state: object;
  readonly reason: Error;

  constructor(id: string, state: object, reason: Error) {
    super(reason.message, { cause: reason });
    this.name = "Unfinished";
    this.id = id;
    this.state = state;
    this.reason = reason;
  }
}
