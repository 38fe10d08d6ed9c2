/** The engine's own log channel (docs/pulumi-engine.md 0.1). Without an engine, messages are printed as plain lines. */
import type { credentials as Credentials } from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Deliver } from "./engine-log.ts";

export interface ChannelOptions {
  /** true: each message starts with its resource, for a display that does not show it. */
  readonly named: boolean;
  /** Of the copy of gRPC that the engine's client uses; it accepts no other. */
  readonly credentials: typeof Credentials;
}

/** @param argv of a provider's process: its first argument is the engine's address */
export function engineAddressOf(argv: readonly string[]): string | undefined {
  return argv.slice(2).find((arg) => /^[\w.-]+:\d+$/.test(arg));
}

export function connectToEngine(address: string | undefined, { named, credentials }: ChannelOptions): Deliver {
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
