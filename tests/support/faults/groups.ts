/** The runs of docs/faults.md, in its groups. */

import { materials } from "../x509/materials.ts";
import { type Flow, uploadFlows } from "./flows.ts";
import { managedFlows, selfManagedFlows } from "./issued-flows.ts";

export const FLOWS: Readonly<Record<string, () => Promise<readonly Flow[]>>> = {
  uploads: async () => {
    const [a, b] = await materials(2);
    if (a === undefined || b === undefined) throw new Error("two certificates were asked for");
    return uploadFlows(a, b);
  },
  managed: async () => managedFlows(),
  "self-managed": selfManagedFlows,
};
