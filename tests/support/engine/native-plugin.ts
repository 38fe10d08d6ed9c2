/** The native plugin as a process, with the test as its engine. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import * as rpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { version } from "../../../package.json";
import type { EmulatorProcess } from "../emulator/emulator-process.ts";
import { portOf, ROOT } from "./dynamic-process.ts";
import type { Properties } from "./process-engine.ts";

export interface NativePlugin {
  /** For the requests that have no method here. */
  readonly client: rpc.ResourceProviderClient;
  call<T>(send: (done: (error: ServiceError | null, answer: T) => void) => unknown): Promise<T>;
  attach(engine: string): Promise<void>;
  configure(settings: Properties): Promise<void>;
  check(
    urn: string,
    news: Properties,
    olds?: Properties,
  ): Promise<{ readonly inputs: Properties; readonly failures: readonly string[] }>;
  /** As `pulumi import` and `get` do; the id is empty if there is no such object. */
  readById(urn: string, id: string): Promise<{ readonly id: string; readonly props: Properties }>;
  create(
    urn: string,
    inputs: Properties,
    preview?: boolean,
  ): Promise<{ readonly id: string; readonly outs: Properties }>;
  remove(urn: string, id: string, state: Properties): Promise<void>;
  close(): Promise<void>;
}

export const urnOf = (kind: string) => `urn:pulumi:prod::web::qwilt:index:${kind}::www`;
export const struct = (value: Properties) =>
  Struct.fromJavaScript(value as Parameters<typeof Struct.fromJavaScript>[0]);
export const plain = (value: Struct | undefined) => (value?.toJavaScript() ?? {}) as Record<string, unknown>;

/** As the engine sends them: a secret in its envelope, and what is not text as JSON. */
export function settingsFor(emulator: EmulatorProcess): Properties {
  const apiKey = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: emulator.apiKey };
  return { endpoint: emulator.api, apiKey, requestTimeoutMs: "20000", version };
}

const COMMAND = [process.execPath, join(ROOT, "dist/plugin/index.js")];

/** @param options `engine`: its address, to which nothing listens; undefined: a debugger starts the process */
export async function startNativePlugin({
  engine,
  env = {},
  command = COMMAND,
}: {
  readonly engine: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly command?: readonly string[];
}): Promise<NativePlugin> {
  const [program = "", ...args] = engine === undefined ? command : [...command, engine];
  const child = spawn(program, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  const client = new rpc.ResourceProviderClient(`127.0.0.1:${await portOf(child)}`, credentials.createInsecure());
  function call<T>(send: (done: (error: ServiceError | null, answer: T) => void) => unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      send((error, answer) => (error === null ? resolve(answer) : reject(error)));
    });
  }
  return {
    client,
    call,
    async attach(address) {
      const request = new PluginAttach();
      request.setAddress(address);
      await call<unknown>((done) => client.attach(request, done));
    },
    async configure(settings) {
      const request = new proto.ConfigureRequest();
      request.setArgs(struct(settings));
      await call<proto.ConfigureResponse>((done) => client.configure(request, done));
    },
    async check(urn, news, olds = {}) {
      const request = new proto.CheckRequest();
      request.setUrn(urn);
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const answer = await call<proto.CheckResponse>((done) => client.check(request, done));
      const failures = answer.getFailuresList().map((one) => `${one.getProperty()}: ${one.getReason()}`);
      return { inputs: plain(answer.getInputs()), failures };
    },
    async readById(urn, id) {
      const request = new proto.ReadRequest();
      request.setUrn(urn);
      request.setId(id);
      const answer = await call<proto.ReadResponse>((done) => client.read(request, done));
      return { id: answer.getId(), props: plain(answer.getProperties()) };
    },
    async create(urn, inputs, preview = false) {
      const request = new proto.CreateRequest();
      request.setUrn(urn);
      request.setProperties(struct(inputs));
      request.setPreview(preview);
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
