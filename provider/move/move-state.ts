/**
 * Moves the resources of a stack between the two ways to this package: dynamic resources (TypeScript) and the native
 * provider (every language). Both have the same inputs and outputs, so only what identifies them changes: type, URN,
 * provider, and the two hidden properties of a dynamic resource. Pure; sends nothing to Qwilt.
 */
import { z } from "zod";
import { CONFIG_KEYS } from "../core/config-keys.ts";
import { kindOfType } from "../core/resource-type.ts";

export type Direction = "native" | "dynamic";

export interface MoveOptions {
  readonly direction: Direction;
  /** The hidden text of a dynamic resource of this kind. */
  readonly providerText: (kind: string) => string;
  /** Id of a provider that the state does not have yet. */
  readonly newId: string;
}

export interface Moved {
  /** The state, as `pulumi stack import` takes it. */
  readonly state: Readonly<Record<string, unknown>>;
  /** URNs before and after. */
  readonly resources: readonly { readonly from: string; readonly to: string }[];
  /** Of dynamic resources that have `customTimeouts` now, which the engine does not pass to them. */
  readonly withoutTimeouts: readonly string[];
}

/** The state cannot be moved; the message says why, and what to do. */
export class CannotMove extends Error {}

const Resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  provider: z.string().optional(),
  customTimeouts: z.unknown().optional(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  outputs: z.record(z.string(), z.unknown()).optional(),
  propertyDependencies: z.record(z.string(), z.unknown()).nullish(),
});
type Resource = z.infer<typeof Resource>;

const State = z.looseObject({
  deployment: z.looseObject({
    resources: z.array(Resource).nullish(),
    pending_operations: z.array(z.unknown()).nullish(),
  }),
});

const TYPES: Readonly<Record<Direction, { readonly prefix: string; readonly provider: string }>> = {
  native: { prefix: "qwilt:index:", provider: "pulumi:providers:qwilt" },
  dynamic: { prefix: "pulumi-nodejs:dynamic/qwilt:", provider: "pulumi:providers:pulumi-nodejs" },
};

/** @throws CannotMove */
export function moveState(text: string, { direction, providerText, newId }: MoveOptions): Moved {
  const state = readState(text);
  const all = state.deployment.resources ?? [];
  if ((state.deployment.pending_operations ?? []).length > 0)
    throw new CannotMove("an operation of this stack was interrupted: run `pulumi up` or `pulumi refresh` first");
  const [from, to] = [TYPES[direction === "native" ? "dynamic" : "native"], TYPES[direction]];
  const moving = all.filter(({ type }) => kindOfType(type) !== undefined && type.startsWith(from.prefix));
  if (moving.length === 0) return { state, resources: [], withoutTimeouts: [] };
  const source = providerOf(moving, all, from.provider);
  const target = all.find(({ type, urn }) => type === to.provider && urn.endsWith("::default"));
  const provider = target ?? newProvider(source, to.provider, newId, direction);
  const reference = `${provider.urn}::${provider.id ?? ""}`;

  const renamed = (value: unknown) => renameUrns(value, from.prefix, to.prefix);
  const moved = all.flatMap((one): Resource[] => {
    const kind = moving.includes(one) ? kindOfType(one.type) : undefined;
    const next = Resource.parse(renamed(one));
    if (kind === undefined) return [next];
    const hidden = direction === "native" ? {} : { __provider: providerText(kind), __urn: next.urn };
    const own = { ...next, type: `${to.prefix}${kind}`, provider: reference };
    return [withProperties(own, hidden)];
  });
  const isUnused = !all.some((one) => !moving.includes(one) && one.provider?.startsWith(`${source.urn}::`));
  const kept = moved.filter(({ urn }) => !(isUnused && urn === source.urn) && urn !== target?.urn);
  const first = kept.findIndex((one) => one.provider === reference);
  const resources = [...kept.slice(0, first), provider, ...kept.slice(first)];
  return {
    state: { ...state, deployment: { ...state.deployment, resources } },
    resources: moving.map(({ urn }) => ({ from: urn, to: String(renamed(urn)) })),
    withoutTimeouts:
      direction === "native"
        ? []
        : moving.filter(({ customTimeouts }) => hasLimit(customTimeouts)).map(({ urn }) => String(renamed(urn))),
  };
}

/** The engine writes an empty object, or zeros, where a program sets none. */
function hasLimit(timeouts: unknown): boolean {
  return typeof timeouts === "object" && timeouts !== null && Object.values(timeouts).some(Boolean);
}

function readState(text: string): z.infer<typeof State> {
  try {
    return State.parse(JSON.parse(text));
  } catch (thrown) {
    throw new CannotMove("the input is not the output of `pulumi stack export`", { cause: thrown });
  }
}

/** As the engine names the providers that a program does not declare: `default`, or with a version `default_1_2_0`. */
const DEFAULT_PROVIDER = /::default(_\d+_\d+_\d+\w*)?$/;

/** The one provider of all resources that move. */
function providerOf(moving: readonly Resource[], all: readonly Resource[], type: string): Resource {
  const used = new Set(moving.map(({ provider }) => provider));
  const found = all.filter(({ urn, id }) => used.has(`${urn}::${id ?? ""}`));
  const [only] = found;
  if (only === undefined || found.some((one) => one.type !== type || !DEFAULT_PROVIDER.test(one.urn))) {
    throw new CannotMove(
      "the resources use providers that the program declares: remove the option provider from the program, run `pulumi up`, then move the stack",
    );
  }
  if (found.length > 1) {
    throw new CannotMove(
      "the resources use different versions of the provider: run `pulumi up` without --target, then move the stack",
    );
  }
  return only;
}

/** With the configuration that the other provider has: `qwilt:apiKey` of a stack is `apiKey` of the native provider. */
function newProvider({ urn, inputs = {} }: Resource, type: string, id: string, direction: Direction): Resource {
  const entries = Object.entries(inputs).flatMap(([key, value]): [string, unknown][] => {
    const setting = direction === "dynamic" ? key : key.replace(/^qwilt:/, "");
    const isOurs = CONFIG_KEYS.some((known) => known === setting) && (direction === "dynamic" || key !== setting);
    return isOurs ? [[direction === "dynamic" ? `qwilt:${setting}` : setting, value]] : [];
  });
  const configuration = Object.fromEntries(entries);
  const [stack = "", project = ""] = urn.split("::");
  return {
    urn: `${stack}::${project}::${type}::default`,
    custom: true,
    id,
    type,
    inputs: configuration,
    outputs: configuration,
  };
}

function withProperties(resource: Resource, hidden: Readonly<Record<string, unknown>>): Resource {
  const { inputs = {}, outputs, propertyDependencies } = resource;
  const change = (properties: Readonly<Record<string, unknown>>) => ({ ...withoutHidden(properties), ...hidden });
  const noDependencies = Object.fromEntries(Object.keys(hidden).map((name) => [name, []]));
  return {
    ...resource,
    inputs: change(inputs),
    ...(outputs === undefined ? {} : { outputs: change(outputs) }),
    ...(propertyDependencies === undefined || propertyDependencies === null
      ? {}
      : { propertyDependencies: { ...withoutHidden(propertyDependencies), ...noDependencies } }),
  };
}

function withoutHidden(properties: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__")));
}

/** URNs contain the types of their parents, so a resource that stays can have one that changes in its URN. */
function renameUrns(value: unknown, from: string, to: string): unknown {
  if (typeof value === "string") return value.startsWith("urn:pulumi:") ? renamed(value, from, to) : value;
  if (Array.isArray(value)) return value.map((item) => renameUrns(item, from, to));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, renameUrns(inner, from, to)]));
}

function renamed(urn: string, from: string, to: string): string {
  const [stack = "", project = "", types = "", ...name] = urn.split("::");
  const changed = types.split("$").map((type) => (type.startsWith(from) ? `${to}${type.slice(from.length)}` : type));
  return [stack, project, changed.join("$"), ...name].join("::");
}
