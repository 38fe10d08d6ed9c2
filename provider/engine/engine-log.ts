/** Rows, plans and warnings of a run. A message with a resource's URN appears on that resource's row. */
import type { Row } from "../run/lifecycle.ts";

/** Longer lines do not fit a row or a pull-request comment. */
const LINE_LIMIT = 400;
const FLUSH_LIMIT_MS = 1_000;

export interface LogMessage {
  /** undefined: about the run as a whole. */
  readonly urn: string | undefined;
  readonly severity: "info" | "warning";
  readonly text: string;
  /** Shown only while the run waits, and not kept. */
  readonly passing: boolean;
}

/** Resolves when the message has arrived; never rejects. */
export type Deliver = (message: LogMessage) => Promise<void>;

export interface EngineLog {
  row(urn: string | undefined): Row;
  /** Resolves when all messages so far have been delivered, or after a second. */
  flush(): Promise<void>;
}

export function createEngineLog(deliver: Deliver): EngineLog {
  const pending = new Set<Promise<void>>();
  const said = new Set<string>();

  function send(message: LogMessage): void {
    const { urn, passing } = message;
    const text = message.text.length > LINE_LIMIT ? `${message.text.slice(0, LINE_LIMIT)}...` : message.text;
    if (!passing) {
      // The engine checks a replaced resource twice; its messages are shown once.
      const key = `${urn ?? ""} ${text}`;
      if (said.has(key)) return;
      said.add(key);
    }
    const sent = deliver({ ...message, text }).finally(() => pending.delete(sent));
    pending.add(sent);
  }

  return {
    row: (urn) => ({
      status: (text) => send({ urn, severity: "info", text, passing: true }),
      info: (text) => send({ urn, severity: "info", text, passing: false }),
      warn: (text) => send({ urn, severity: "warning", text, passing: false }),
    }),
    async flush() {
      if (pending.size === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, FLUSH_LIMIT_MS);
      });
      await Promise.race([Promise.all(pending), limit]);
      clearTimeout(timer);
    },
  };
}
