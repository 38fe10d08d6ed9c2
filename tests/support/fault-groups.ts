/** The runs of docs/faults.md, in its groups. */
import { type Flow, uploadFlows } from "./fault-flows.ts";
import { managedFlows, selfManagedFlows } from "./fault-issued-flows.ts";
import { materials } from "./materials.ts";

export const FLOWS: Readonly<Record<string, () => Promise<readonly Flow[]>>> = {
  uploads: async () => {
    const [a, b] = await materials(2);
    if (a === undefined || b === undefined) throw new Error("two certificates were asked for");
    return uploadFlows(a, b);
  },
  managed: async () => managedFlows(),
  "self-managed": selfManagedFlows,
};
