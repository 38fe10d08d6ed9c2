/** How a user's Ctrl-C reaches Pulumi's dynamic-provider process: as signals, and as the engine's Cancel. */
import { signalInterruptions } from "../interruptions.ts";
import type { Interruptions } from "../session.ts";
import { watchCancel } from "./cancel-watch.ts";

/** A signal ends this process once the work in flight has ended; the engine's Cancel only ends waiting. */
export const processInterruptions: Interruptions = {
  watch(session) {
    signalInterruptions.watch(session);
    watchCancel(session.interrupt);
  },
};
