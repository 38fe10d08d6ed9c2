/** Serves Pulumi's provider protocol on a free port of this machine. */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { Service } from "./service.ts";

/** As the engine's own limit: a state with long texts is larger than gRPC's default of 4 MB. */
const MESSAGE_LIMIT = 400 * 1024 * 1024;

/** @returns the port */
export function serve(service: Service): Promise<number> {
  const server = new Server({
    "grpc.max_receive_message_length": MESSAGE_LIMIT,
    "grpc.max_send_message_length": MESSAGE_LIMIT,
  });
  server.addService(ResourceProviderService, service);
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else reject(error);
    });
  });
}
