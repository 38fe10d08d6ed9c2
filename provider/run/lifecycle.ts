/** The contract between resources and the engines that run them. It does not depend on an engine. */
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
  /** The inputs are unchanged, but work of an earlier run is outstanding, or there is drift. */
  | { readonly kind: "resume"; readonly plan: string; readonly warnings?: readonly string[] }
  | {
      readonly kind: "replace";
      readonly fields: readonly string[];
      /** Due by the clock: the program need not have changed. */
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

/** Outcome of `check`. Facts join the inputs, so that dependents know them at preview. */
export interface Checked {
  /** Added to the inputs; UNKNOWN if derived from an unknown. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Inputs that must not reach the state. */
  readonly drop?: readonly string[];
  readonly failures?: readonly Failure[];
  readonly warnings?: readonly string[];
  /** What creating this resource means, for the preview's row; shown only for a new resource. */
  readonly plan?: string;
}

export interface CheckContext {
  readonly clock: Clock;
  readonly config: ProviderConfig;
  readonly keys: KeyMaterials;
  /** Objects in this stack's state, as far as this run has processed them. */
  readonly stack: { has(kind: string, id: string): boolean };
  /** What the templates of this run declare about renewals, as far as the run has processed them. */
  readonly templates: TemplateRegistry;
}

/** A resource's own row in the engine's display. */
export interface Row {
  /** Temporary text while the run waits. */
  status(text: string): void;
  /** One permanent line per state transition. */
  info(text: string): void;
  warn(text: string): void;
}

export interface Context extends CheckContext {
  readonly api: QwiltApi;
  /** The organization's certificates, listed at most once per run. */
  readonly pool: CertificatePool;
  /** Ctrl-C: aborts waiting, never a change in flight. */
  readonly signal: AbortSignal;
  readonly row: Row;
  /** URN of this resource; undefined if the engine did not pass it. */
  readonly urn: string | undefined;
  /** The engine's time limit for this operation (`customTimeouts`), which takes precedence over `timeouts`. */
  readonly timeoutMs: number | undefined;
  readonly ownership: Ownership;
  /** Serializes all changes of one site. */
  readonly siteLock: SiteLock;
}

/** A state with facts that were looked up, for `diff` only. */
export interface LookedUp<State> {
  readonly state: State;
  readonly warnings: readonly string[];
}

export interface Created<State> {
  readonly id: string;
  readonly state: State;
  /** The object already existed: no call created it, so no call has checked the organization. */
  readonly found?: boolean;
}

/** The arguments that a reference to another resource stands for; UNKNOWN for what nobody knows yet. */
export type ReferenceTo = (to: {
  /** Kind of the resource; undefined: the program gives something else. */
  readonly kind: string | undefined;
  /** undefined: the resource is not created yet. */
  readonly id: string | undefined;
  /** undefined: the run has not processed the resource (`--target`). */
  readonly properties: Readonly<Record<string, unknown>> | undefined;
  /** The other inputs beside the reference. */
  readonly given: Readonly<Record<string, unknown>>;
  /** Inputs of the resource that has the reference, from the last run. */
  readonly olds: Readonly<Record<string, unknown>>;
}) => object;

/**
 * One resource. `Args` is what the user writes, `Inputs` is what `check` makes of it, `State` is what the stack stores:
 * inputs and the last observation, never proof of what exists now.
 */
export interface Lifecycle<Args extends object, Inputs extends object, State extends Partial<Inputs>> {
  readonly kind: string;
  readonly args: z.ZodObject;
  /** State fields that are inputs: arguments and facts. A refresh corrects them. */
  readonly inputKeys: readonly string[];
  /**
   * Inputs that the outputs leave out, so that a long text is stored once in the state. A program reads them from its
   * own arguments; `diff`, `update` and `delete` do not use them; `read` returns them if it found another input
   * changed.
   */
  readonly inputsOnly?: readonly string[];
  /**
   * Inputs that can be another resource of the program, where a language passes a reference instead of its properties:
   * the arguments that such a resource stands for.
   */
  readonly references?: Readonly<Record<string, ReferenceTo>>;
  /** Arguments whose change replaces the resource, as `diff` plans it: for the package schema. */
  readonly replacedBy?: readonly string[];
  /** Outputs that an update in place leaves as they are, so that a preview knows them. */
  readonly stable?: readonly string[];
  /** Pure but for the clock; sees unknowns as UNKNOWN; reports everything at once. */
  check(args: MaybeUnknown<Args>, olds: Readonly<Record<string, unknown>>, ctx: CheckContext): Checked;
  /**
   * Facts that `diff` needs and the state does not have, looked up before every diff by read-only calls; undefined:
   * there is nothing to look up. The state is not changed, so that a lookup never causes a change of its own. A failed
   * lookup is a warning; only an interruption is an error.
   */
  lookUp?(state: State, inputs: MaybeUnknown<Inputs>, ctx: Context): Promise<LookedUp<State> | undefined>;
  /** Pure but for the clock: no I/O, and nothing is recorded. `state` may be from an earlier release, or partial. */
  diff(state: State, inputs: MaybeUnknown<Inputs>, ctx: CheckContext): Change;
  /**
   * Warnings or a refusal that need a request at preview: if an argument asks for it, or if the plan would otherwise be
   * refused because of data that may be out of date.
   */
  inspect?(state: State, inputs: MaybeUnknown<Inputs>, ctx: Context): Promise<readonly string[]>;
  /**
   * An object that only one resource of a program may have, as soon as it is known, and the input that names it: two
   * resources would overwrite each other's changes in every run.
   */
  sole?(inputs: MaybeUnknown<Inputs>): { readonly object: string; readonly property: string } | undefined;
  /** Objects at Qwilt that this resource has: other resources of the run leave them alone. */
  holds?(id: string, state: State): readonly string[];
  /**
   * Its object exists once at Qwilt, so a replacement on demand (`--replace`, `replaceOnChanges`, deleteBeforeReplace)
   * updates it, and deleting the original leaves it alone: the edge keeps serving.
   */
  readonly replacesInPlace?: true;
  /**
   * Objects that the stack itself created, according to this state: only those are ever deleted or unlinked. For a link
   * also which certificate a publish activated, so that a publication of the site need not publish again.
   */
  made?(id: string, state: State): readonly string[];
  /** What a template declares about renewals; the runtime records it for the rows of certificates and links. */
  templateTerms?(state: State, inputs: MaybeUnknown<Inputs>): RegisteredTemplate;
  create(inputs: Inputs, ctx: Context): Promise<Created<State>>;
  /** The state of an object that is known by its id alone (`pulumi import`); undefined: confirmed not to exist. */
  importById(id: string, ctx: Context): Promise<State | undefined>;
  /** undefined: confirmed not to exist. */
  read(id: string, state: State, ctx: Context): Promise<State | undefined>;
  update(id: string, state: State, inputs: Inputs, ctx: Context): Promise<State>;
  /**
   * false: nothing at Qwilt was found or changed, which alone does not prove that the object was ours. "no object":
   * what is deleted exists only in the state.
   */
  delete(id: string, state: State, ctx: Context): Promise<boolean | "no object">;
}

/** Something exists or was changed but is not as wanted: the state is kept, and the next run continues from it. */
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
