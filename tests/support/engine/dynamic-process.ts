/**
 * The process of a provider, with this test as its engine: Pulumi's real dynamic-provider process (docs/pulumi-engine.md
 * 1.1), or the native plugin.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import * as rpc from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { hiddenOf, withoutHidden } from "../../../provider/engine/resource-properties.ts";
import { type Adapter, adapterOfSuite } from "./adapter.ts";
import { startEngineLog } from "./engine-log.ts";

/** The program of the process, and what its requests are like. */
const SCRIPTS: Readonly<Record<Adapter, string>> = {
  dynamic: require.resolve("@pulumi/pulumi/cmd/dynamic-provider"),
  native: join(__dirname, "../../../dist/plugin/index.js"),
};

export const ROOT = join(__dirname, "../../..");
export const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** This process may fail by never responding, so every call has a time limit. */
const ANSWER_LIMIT_MS = 10_000;

type Properties = Record<string, unknown>;
interface Answer<T> {
  readonly error: ServiceError | undefined;
  readonly ok: T | undefined;
}

export interface DynamicProcess {
  readonly stderr: () => string;
  /** Warnings on the rows of resources, in order of arrival. */
  readonly warnings: readonly string[];
  check(
    olds: Properties,
    news: Properties,
  ): Promise<{ inputs: Properties; failures: { property: string; reason: string }[] }>;
  diff(
    id: string,
    olds: Properties,
    news: Properties,
  ): Promise<{ changes: number; replaces: string[]; deleteBeforeReplace: boolean }>;
  create(inputs: Properties): Promise<Answer<{ id: string; outs: Properties }>>;
  read(
    id: string,
    props: Properties,
  ): Promise<Answer<{ id: string; props: Properties; inputs: Properties | undefined }>>;
  update(id: string, olds: Properties, news: Properties): Promise<Answer<{ outs: Properties }>>;
  remove(id: string, props: Properties): Promise<Answer<true>>;
  /** The saved state of a partial failure. */
  initFailed(error: ServiceError | undefined): { id: string; properties: Properties; reasons: string[] } | undefined;
  /** The engine's call for the first Ctrl-C. */
  cancel(): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly exit: Promise<number | null>;
  close(): Promise<void>;
}

/** Provider text of a resource kind. Properties with their own `__provider` are of another kind. */
export interface DynamicProcessOptions {
  readonly text: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startDynamicProcess(options: DynamicProcessOptions): Promise<DynamicProcess> {
  const log = await startEngineLog();
  const adapter = adapterOfSuite();
  const child = spawn(process.execPath, [SCRIPTS[adapter], log.address], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, PULUMI_NODEJS_PROJECT: "test", ...options.env },
  });
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  const exit = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const client = new rpc.ResourceProviderClient(`127.0.0.1:${await portOf(child)}`, credentials.createInsecure());

  type Plain = Parameters<typeof Struct.fromJavaScript>[0];
  const hidden = (properties: Properties): Properties => ({ __provider: options.text, ...properties });
  const struct = (properties: Properties) =>
    Struct.fromJavaScript((adapter === "native" ? withoutHidden(properties) : hidden(properties)) as Plain);
  /** What a dynamic resource has in hidden properties, the engine sends to a native provider beside the properties. */
  const urnOf = (properties: Properties): string => {
    if (adapter === "dynamic") return "";
    const { __provider: text, __urn: urn } = hidden(properties);
    const kind = /dynamicProvider\('(\w+)'\)/.exec(String(text))?.[1] ?? "";
    const name = typeof urn === "string" ? urn.split("::").at(-1) : "www";
    return `urn:pulumi:prod::web::qwilt:index:${kind}::${name}`;
  };
  /** Of requests that failed: their hidden properties belong to the state that is saved. */
  const carriers = new WeakMap<object, Properties>();
  /** The hidden properties of a dynamic resource come back with its outputs. */
  const returned = (outs: Properties, carrier: Properties): Properties =>
    adapter === "dynamic" ? outs : { ...outs, ...hiddenOf(hidden(carrier)) };
  function call<Response>(
    send: (done: (error: ServiceError | null, ok: Response) => void) => unknown,
  ): Promise<Answer<Response>> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(
        () => reject(new Error(`no response within ${ANSWER_LIMIT_MS} ms; stderr: ${stderr}`)),
        ANSWER_LIMIT_MS,
      );
      send((error, ok) => {
        clearTimeout(limit);
        resolve({ error: error ?? undefined, ok: error ? undefined : ok });
      });
    });
  }
  const must = <T>({ error, ok }: Answer<T>): T => {
    if (ok === undefined) throw error ?? new Error("neither answer nor error");
    return ok;
  };
  const plain = (value: Struct | undefined) => (value?.toJavaScript() ?? {}) as Properties;

  const configure = new proto.ConfigureRequest();
  configure.setArgs(Struct.fromJavaScript({ ...options.config }));
  must(await call<proto.ConfigureResponse>((done) => client.configure(configure, done)));

  return {
    stderr: () => stderr,
    warnings: log.warnings,
    async check(olds, news) {
      const request = new proto.CheckRequest();
      request.setUrn(urnOf(news));
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const answer = must(await call<proto.CheckResponse>((done) => client.check(request, done)));
      const failures = answer
        .getFailuresList()
        .map((one) => ({ property: one.getProperty(), reason: one.getReason() }));
      return { inputs: returned(plain(answer.getInputs()), news), failures };
    },
    async diff(id, olds, news) {
      const request = new proto.DiffRequest();
      request.setUrn(urnOf(news));
      request.setId(id);
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const answer = must(await call<proto.DiffResponse>((done) => client.diff(request, done)));
      return {
        changes: answer.getChanges(),
        replaces: answer.getReplacesList(),
        deleteBeforeReplace: answer.getDeletebeforereplace(),
      };
    },
    async create(inputs) {
      const request = new proto.CreateRequest();
      request.setUrn(urnOf(inputs));
      request.setProperties(struct(inputs));
      const { error, ok } = await call<proto.CreateResponse>((done) => client.create(request, done));
      if (error !== undefined) carriers.set(error, inputs);
      return { error, ok: ok && { id: ok.getId(), outs: returned(plain(ok.getProperties()), inputs) } };
    },
    async read(id, props) {
      const request = new proto.ReadRequest();
      request.setUrn(urnOf(props));
      request.setId(id);
      request.setProperties(struct(props));
      const { error, ok } = await call<proto.ReadResponse>((done) => client.read(request, done));
      const inputs = ok?.hasInputs() ? returned(plain(ok.getInputs()), props) : undefined;
      return { error, ok: ok && { id: ok.getId(), props: returned(plain(ok.getProperties()), props), inputs } };
    },
    async update(id, olds, news) {
      const request = new proto.UpdateRequest();
      request.setUrn(urnOf(news));
      request.setId(id);
      request.setOlds(struct(olds));
      request.setNews(struct(news));
      const { error, ok } = await call<proto.UpdateResponse>((done) => client.update(request, done));
      if (error !== undefined) carriers.set(error, news);
      return { error, ok: ok && { outs: returned(plain(ok.getProperties()), news) } };
    },
    async remove(id, props) {
      const request = new proto.DeleteRequest();
      request.setUrn(urnOf(props));
      request.setId(id);
      request.setProperties(struct(props));
      const { error } = await call((done) => client.delete(request, done));
      return { error, ok: error === undefined ? true : undefined };
    },
    initFailed(error) {
      const bytes = error?.metadata.get("grpc-status-details-bin")[0];
      if (!(bytes instanceof Uint8Array)) return undefined;
      const detail = Status.deserializeBinary(bytes).getDetailsList()[0];
      if (detail === undefined) return undefined;
      const failed = proto.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8());
      const carrier = error === undefined ? undefined : carriers.get(error);
      const properties = returned(plain(failed.getProperties()), carrier ?? {});
      return { id: failed.getId(), properties, reasons: failed.getReasonsList() };
    },
    cancel: async () => void must(await call<Empty>((done) => client.cancel(new Empty(), done))),
    signal: (name) => void child.kill(name),
    exit,
    async close() {
      client.close();
      child.kill("SIGKILL");
      await exit;
      log.close();
    },
  };
}

export function portOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (data: Buffer) => {
      const found = /^(\d+)\n/.exec(data.toString());
      if (found?.[1] !== undefined) resolve(found[1]);
    });
    child.once("exit", (code) => reject(new Error(`the process ended before it served, with ${code}`)));
  });
}
