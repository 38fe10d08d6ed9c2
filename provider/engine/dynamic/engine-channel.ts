/**
 * The engine's own log channel, accessed from Pulumi's dynamic-provider process (docs/pulumi-engine.md 0.1). Without an
 * engine, messages are printed as plain lines.
 */
import { createRequire } from "node:module";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Deliver } from "../engine-log.ts";

// gRPC accepts only credentials from the same copy of the library, so they come from Pulumi's copy. A package manager
// that isolates packages (pnpm) makes it resolvable from Pulumi only.
const { credentials }: typeof import("@grpc/grpc-js") = createRequire(
  require.resolve("@pulumi/pulumi/proto/engine_grpc_pb"),
)("@grpc/grpc-js");

/**
 * @param argv of the process: its first argument is the engine's address
 * @param named true: each message starts with its resource, for a display that does not show it
 */
export function connectToEngine(argv: readonly string[], named: boolean): Deliver {
  const address = argv.slice(2).find((arg) => /^[\w.-]+:\d+$/.test(arg));
  if (address === undefined) return printLine;
  // The engine is on this machine; gRPC would use a lower-case https_proxy to reach it.
  const client = new EngineClient(address, credentials.createInsecure(), { "grpc.enable_http_proxy": 0 });
  return ({ urn, severity, text, passing }) => {
    const request = new LogRequest();
    request.setSeverity(severity === "warning" ? LogSeverity.WARNING : LogSeverity.INFO);
    request.setMessage(named && urn !== undefined ? `${nameOf(urn)}: ${text}` : text);
    request.setUrn(urn ?? "");
    request.setEphemeral(passing);
    return new Promise((resolve) => client.log(request, () => resolve()));
  };
}

/** "SiteCertificateLink www" */
function nameOf(urn: string): string {
  const [type = "", ...name] = urn.split("::").slice(2);
  return `${type.slice(type.lastIndexOf(":") + 1)} ${name.join("::")}`;
}

const printLine: Deliver = async ({ text, passing }) => {
  if (!passing) process.stdout.write(`qwilt: ${text}\n`);
};
