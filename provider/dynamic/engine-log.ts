/**
 * Rows, plans and warnings: the engine's own log channel, reached from the provider process (docs/pulumi-engine.md 0.1).
 * With a resource's URN a message appears on that resource's row; without an engine it becomes a plain line.
 */
import { createRequire } from "node:module";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Row } from "../lifecycle.ts";

// gRPC accepts credentials of its own copy only, so they come from Pulumi's copy. A package manager that isolates packages
// (pnpm) lets nobody but Pulumi see it.
const { credentials }: typeof import("@grpc/grpc-js") = createRequire(
  require.resolve("@pulumi/pulumi/proto/engine_grpc_pb"),
)("@grpc/grpc-js");

/** Longer lines do not fit a row or a pull-request comment. */
const LINE_LIMIT = 400;
const FLUSH_LIMIT_MS = 1_000;

type Severity = "info" | "warning" | "debug";

export interface EngineLog {
  row(urn: string | undefined): Row;
  /** Resolves when everything said so far has reached the engine, or after a second. */
  flush(): Promise<void>;
}

export function createEngineLog(argv: readonly string[] = process.argv): EngineLog {
  const address = argv.slice(2).find((arg) => /^[\w.-]+:\d+$/.test(arg));
  const client = address === undefined ? undefined : new EngineClient(address, credentials.createInsecure());
  const pending = new Set<Promise<void>>();
  const said = new Set<string>();

  function send(urn: string | undefined, severity: Severity, text: string, passing: boolean): void {
    const line = text.length > LINE_LIMIT ? `${text.slice(0, LINE_LIMIT)}...` : text;
    if (!passing) {
      // The engine checks a replaced resource twice; saying a thing twice would not make it truer.
      const key = `${urn ?? ""} ${line}`;
      if (said.has(key)) return;
      said.add(key);
    }
    if (client === undefined) {
      if (!passing) process.stdout.write(`qwilt: ${line}\n`);
      return;
    }
    const request = new LogRequest();
    request.setSeverity(severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO);
    request.setMessage(line);
    request.setUrn(urn ?? "");
    request.setEphemeral(passing);
    const sent = new Promise<void>((resolve) => client.log(request, () => resolve())).finally(() =>
      pending.delete(sent),
    );
    pending.add(sent);
  }

  return {
    row: (urn) => ({
      status: (text) => send(urn, "info", text, true),
      info: (text) => send(urn, "info", text, false),
      warn: (text) => send(urn, "warning", text, false),
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
