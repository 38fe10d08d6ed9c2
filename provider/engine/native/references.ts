/**
 * Inputs that are another resource of the program. The engine passes a reference, its URN and id; what this run has seen
 * of that resource stands for it. Facts of a new certificate are therefore known at preview, before it has an id.
 */
import { kindOfUrn } from "../../core/resource-type.ts";
import type { ReferenceTo } from "../../run/lifecycle.ts";
import type { Properties } from "../resource-properties.ts";
import { isSentinel, toEngine } from "../unknowns.ts";
import { referenceIn } from "./values.ts";

export interface References {
  /** Records the properties of a resource as far as they are known now. */
  see(urn: string, properties: Properties): void;
  /** Replaces references by the arguments that they stand for. */
  resolve(inputs: Properties, olds: Properties, mappings: Readonly<Record<string, ReferenceTo>>): Properties;
}

export function createReferences(): References {
  const seen = new Map<string, Properties>();
  return {
    see: (urn, properties) => void seen.set(urn, properties),
    resolve(inputs, olds, mappings) {
      let resolved = inputs;
      for (const [name, argumentsOf] of Object.entries(mappings)) {
        const { [name]: value, ...given } = resolved;
        if (value === undefined || value === null) {
          resolved = given;
          continue;
        }
        const reference = referenceIn(value);
        // Nothing is known about a reference that is unknown as a whole, its kind included.
        const kind = isSentinel(value) ? capital(name) : kindOfUrn(reference?.urn ?? "");
        const id = reference === undefined || isSentinel(reference.id) ? "" : reference.id;
        const properties = seen.get(reference?.urn ?? "");
        const meant = argumentsOf({ kind, id: id === "" ? undefined : id, properties, given, olds });
        resolved = { ...given, ...(toEngine(meant) as Properties) };
      }
      return resolved;
    },
  };
}

/** An input is named after the kind of resource that it takes. */
const capital = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
