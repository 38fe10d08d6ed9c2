/** The log channel of an engine, through which a provider writes to rows. */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { type LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";

export interface EngineLog {
  readonly address: string;
  /** Every message, in order of arrival. */
  readonly messages: readonly { readonly urn: string; readonly text: string }[];
  /** Texts of the warnings among them. */
  readonly warnings: readonly string[];
  close(): void;
}

export async function startEngineLog(): Promise<EngineLog> {
  const messages: { urn: string; text: string }[] = [];
  const warnings: string[] = [];
  const server = new Server();
  server.addService(EngineService, {
    log({ request }: { readonly request: LogRequest }, done: (error: null, answer: Empty) => void) {
      messages.push({ urn: request.getUrn(), text: request.getMessage() });
      if (request.getSeverity() === LogSeverity.WARNING) warnings.push(request.getMessage());
      done(null, new Empty());
    },
  });
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  );
  return { address: `127.0.0.1:${port}`, messages, warnings, close: () => server.forceShutdown() };
}
