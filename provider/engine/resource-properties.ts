/** A resource's properties as the engine sends them: the user's, plus the hidden `__provider` and `__urn`. Pure. */
import { cleanObject } from "./json-clean.ts";
import { isSentinel } from "./unknowns.ts";

export type Properties = Readonly<Record<string, unknown>>;

export function withoutHidden(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__")));
}

/** The dynamic-provider process does not add them on every path. */
export function hiddenOf(properties: Properties): Record<string, unknown> {
  return Object.fromEntries(Object.entries(properties).filter(([key]) => key.startsWith("__")));
}

export function urnOf(properties: Properties): string | undefined {
  const urn = properties.__urn;
  return typeof urn === "string" && !isSentinel(urn) ? urn : undefined;
}

/**
 * @param carrier the properties whose hidden ones the outputs keep
 * @param leftOut parts of the state that are stored in the inputs only
 */
export function outputsOf(
  state: object,
  carrier: Properties,
  leftOut: readonly string[] = [],
): Record<string, unknown> {
  const outs = { ...cleanObject(state), ...hiddenOf(carrier) };
  for (const name of leftOut) delete outs[name];
  return outs;
}
