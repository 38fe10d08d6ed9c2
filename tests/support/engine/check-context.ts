/** The context that the shipped session passes to `check` and `diff`, at a time that the test chooses. */
import { createEngineLog } from "../../../provider/engine/engine-log.ts";
import { createSession } from "../../../provider/engine/session.ts";
import type { CheckContext } from "../../../provider/run/lifecycle.ts";

/** @param inState objects that the state has: "Certificate 7" */
export function checkContextAt(now: number, ...inState: readonly string[]): CheckContext {
  const session = createSession({
    clock: { now: () => now, sleep: async () => undefined },
    env: {},
    log: createEngineLog(async () => undefined),
  });
  for (const object of inState) {
    const [kind = "", id = ""] = object.split(" ");
    session.recordInState(kind, id);
  }
  return session.checkContext();
}
