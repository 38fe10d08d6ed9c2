/** The native plugin as a process, with the test as its engine. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import * as rpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { portOf, ROOT } from "./dynamic-process.ts";
import type { Properties } from "./process-engine.ts";

export interface NativePlugin {
  check(urn: string, news: Properties): Promise<Properties>;
  create(urn: string, inputs: Properties): Promise<{ readonly id: string; readonly outs: Properties }>;
  remove(urn: string, id: string, state: Properties): Promise<void>;
  close(): Promise<void>;
}

const struct = (value: Properties) => Struct.fromJavaScript(value as Parameters<typeof Struct.fromJavaScript>[0]);
const plain = (value: Struct | undefined) => (value?.toJavaScript() ?? {}) as Record<string, unknown>;

/** @param options `engine`: its address, to which nothing listens */
export async function startNativePlugin(
  settings: Properties,
  { engine, env = {} }: { readonly engine: string; readonly env?: NodeJS.ProcessEnv },
): Promise<NativePlugin> {
  const child = spawn(process.execPath, [join(ROOT, "dist/plugin/index.js"), engine], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  const client = new rpc.ResourceProviderClient(`127.0.0.1:${await portOf(child)}`, credentials.createInsecure());
  function call<T>(send: (done: (error: ServiceError | null, answer: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  }
  const configure = new proto.ConfigureRequest();
  configure.setArgs(struct(settings));
  await call<proto.ConfigureResponse>((done) => client.configure(configure, done));
  return {
    async check(urn, news) {
      const request = new proto.CheckRequest();
      request.setUrn(urn);
      request.setNews(struct(news));
      const answer = await call<proto.CheckResponse>((done) => client.check(request, done));
      return plain(answer.getInputs());
    },
    async create(urn, inputs) {
      const request = new proto.CreateRequest();
      request.setUrn(urn);
      request.setProperties(struct(inputs));
      const answer = await call<proto.CreateResponse>((done) => client.create(request, done));
      return { id: answer.getId(), outs: plain(answer.getProperties()) };
    },
    async remove(urn, id, state) {
      const request = new proto.DeleteRequest();
      request.setUrn(urn);
      request.setId(id);
      request.setProperties(struct(state));
      await call<unknown>((done) => client.delete(request, done));
    },
    async close() {
      client.close();
      child.kill();
      await new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(undefined)));
    },
  };
}
