/** How the signals of a user's Ctrl-C reach the process of a provider. */
import type { Interruptions } from "./session.ts";

/** Limit for finishing after a signal: the engine kills the process group 5 s after its SIGINT. */
const LAST_WORDS_MS = 3_000;
/** Time for pending responses to leave the process. */
const ANSWERS_MS = 250;

/** A signal ends this process once the work in flight has ended. */
export const signalInterruptions: Interruptions = {
  watch({ interrupt, settled }) {
    const exit = () => process.exit(130);
    const onSignal = () => {
      interrupt();
      setTimeout(exit, LAST_WORDS_MS).unref();
      // The responses of the interrupted calls leave after their work has ended.
      void settled().then(() => setTimeout(exit, ANSWERS_MS));
    };
    process.once("SIGINT", onSignal);
    process.once("SIGTERM", onSignal);
  },
};
