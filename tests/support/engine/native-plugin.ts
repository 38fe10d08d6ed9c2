/** The native plugin as a process, with the test as its engine. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import * as rpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { version } from "../../../package.json";
import type { EmulatorProcess } from "../emulator/emulator-process.ts";
import { portOf, ROOT } from "./dynamic-process.ts";

export type Properties = Readonly<Record<string, unknown>>;

export const urnOf = (kind: string) => `urn:pulumi:prod::web::qwilt:index:${kind}::www`;
export const struct = (value: Properties) =>
  Struct.fromJavaScript(value as Parameters<typeof Struct.fromJavaScript>[0]);
export const plain = (value: Struct | undefined) => (value?.toJavaScript() ?? {}) as Record<string, unknown>;

export type NativePlugin = Awaited<ReturnType<typeof startPlugin>>;

export async function startPlugin(command: readonly string[] = [process.execPath, join(ROOT, "dist/plugin/index.js")]) {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { env: { PATH: process.env.PATH, HOME: process.env.HOME } });
  const client = new rpc.ResourceProviderClient(`127.0.0.1:${await portOf(child)}`, credentials.createInsecure());
  function call<T>(send: (done: (error: ServiceError | null, answer: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  }
  return {
    client,
    call,
    async configure(emulator: EmulatorProcess, settings: Properties = {}) {
      const configure = new proto.ConfigureRequest();
      // As the engine sends it: a secret in its envelope, and what is not text as JSON.
      const apiKey = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: emulator.apiKey };
      configure.setArgs(struct({ endpoint: emulator.api, apiKey, requestTimeoutMs: "20000", version, ...settings }));
      await call<proto.ConfigureResponse>((done) => client.configure(configure, done));
    },
    async check(kind: string, news: Properties, olds: Properties = {}) {
      const request = new proto.CheckRequest();
      request.setUrn(urnOf(kind));
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const answer = await call<proto.CheckResponse>((done) => client.check(request, done));
      const failures = answer.getFailuresList().map((one) => `${one.getProperty()}: ${one.getReason()}`);
      return { inputs: plain(answer.getInputs()), failures };
    },
    async create(kind: string, inputs: Properties, preview = false) {
      const request = new proto.CreateRequest();
      request.setUrn(urnOf(kind));
      request.setProperties(struct(inputs));
      request.setPreview(preview);
      const answer = await call<proto.CreateResponse>((done) => client.create(request, done));
      return { id: answer.getId(), outs: plain(answer.getProperties()) };
    },
    async close() {
      client.close();
      child.kill();
      await new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(undefined)));
    },
  };
}

/** What the engine saves of a resource whose operation failed; undefined: nothing. */
export function savedOf(error: unknown) {
  const { metadata, details } = error as ServiceError;
  const [bytes] = metadata.get("grpc-status-details-bin");
  if (!(bytes instanceof Uint8Array)) return undefined;
  const [detail] = Status.deserializeBinary(bytes).getDetailsList();
  const saved = proto.ErrorResourceInitFailed.deserializeBinary(detail?.getValue_asU8() ?? new Uint8Array());
  return {
    id: saved.getId(),
    properties: plain(saved.getProperties()),
    reasons: saved.getReasonsList(),
    message: details,
  };
}
