/**
 * Makes the classes of this package dynamic resources as Pulumi documents them: same type token, same provider process,
 * same protocol. `dynamic.Resource` would do the same, but serialize the provider from functions at each program start.
 * The classes extend CustomResource directly: Pulumi records the caller of a direct subclass as the position in the
 * program.
 */
import { CustomResource, type CustomResourceOptions, type Output } from "@pulumi/pulumi";
import { providerText } from "../provider/engine/dynamic/provider-text.ts";
import { hiddenUrn } from "./hidden-urn.ts";
import { requireProviderFound } from "./provider-found.ts";

/** An array in the state is a plain array in a program. */
type Value<T> = T extends readonly (infer Item)[] ? Item[] : T;

/** Outputs of a class, by name: types and doc comments are those of the provider's state. */
export type Outputs<State, Name extends keyof State> = { readonly [Key in Name]-?: Output<Value<State[Key]>> };

type ResourceWith<Declared> = Pick<typeof CustomResource, "isInstance"> &
  (abstract new (
    ...args: ConstructorParameters<typeof CustomResource>
  ) => CustomResource & Declared);

/** CustomResource itself; only its type has the outputs of the class that extends it. */
export function resourceWith<Declared>(): ResourceWith<Declared> {
  return CustomResource as unknown as ResourceWith<Declared>;
}

/**
 * Pulumi creates an output for each property that is passed at construction, so the properties that the provider
 * computes are passed too.
 */
export function declared<Name extends string>(names: readonly Name[]): Partial<Record<Name, undefined>> {
  return Object.fromEntries(names.map((name) => [name, undefined])) as Partial<Record<Name, undefined>>;
}

export const typeToken = (kind: string) => `pulumi-nodejs:dynamic/qwilt:${kind}`;

/** Inputs that programs do not pass and views do not show: the provider text, and the resource's own URN. */
export function hiddenInputs(
  kind: string,
  name: string,
  opts: CustomResourceOptions | undefined,
): { __provider: string; __urn: Output<string> } {
  requireProviderFound();
  return { __provider: providerText(kind), ...hiddenUrn(kind, name, opts) };
}
