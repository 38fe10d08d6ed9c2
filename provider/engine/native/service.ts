/**
 * Pulumi's provider protocol (proto/pulumi/provider.proto) over the runtime: what programs of every language, `pulumi
 * import` and policies use. It knows the shape of requests and responses, and nothing about certificates. gRPC answers
 * "unimplemented" to the methods that are left out.
 */
import type { handleUnaryCall } from "@grpc/grpc-js";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import type { IResourceProviderServer } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckFailure,
  CheckResponse,
  ConfigureResponse,
  CreateResponse,
  GetSchemaResponse,
  InvokeResponse,
  ProviderHandshakeResponse,
  ReadResponse,
  UpdateResponse,
} from "@pulumi/pulumi/proto/provider_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { configInvalid } from "../../core/errors/setup-errors.ts";
import { lifecycleOf } from "../../resources/registry.ts";
import type { Failure } from "../../run/lifecycle.ts";
import { type Properties, withoutHidden } from "../resource-properties.ts";
import type { Runtime } from "../runtime.ts";
import { changedPaths } from "./detailed-diff.ts";
import { diffResponse } from "./diff-response.ts";
import type { PackageSchema } from "./package-schema.ts";
import { createReferences } from "./references.ts";
import { settingOf } from "./settings.ts";
import { statusOf } from "./status.ts";
import { toProperties, toStruct } from "./values.ts";

/** What the process does for one engine, which is one run. */
export interface Run {
  readonly runtime: Runtime;
  /** Every finding about the provider's settings; what is unknown yet is not judged. */
  checkSettings(settings: Properties, urn: string): readonly Failure[];
  cancel(): void;
}

export interface ServiceOptions {
  readonly schema: PackageSchema;
  /** Address of the engine that started the process; undefined: a debugger did, and engines attach to it. */
  readonly engine: string | undefined;
  begin(engine: string | undefined): Run;
}

export type Service = Omit<
  IResourceProviderServer,
  "parameterize" | "call" | "construct" | "list" | "getMapping" | "getMappings"
>;

export function createService({ schema, engine, begin }: ServiceOptions): Service {
  const startOf = (address: string | undefined) => ({
    ...begin(address),
    address,
    references: createReferences(),
    settings: undefined as string | undefined,
  });
  let run = startOf(engine);
  return {
    handshake: unary(async () => {
      const response = new ProviderHandshakeResponse();
      response.setAcceptSecrets(false);
      response.setAcceptResources(true);
      response.setAcceptOutputs(false);
      return response;
    }),

    getPluginInfo: unary(async () => {
      const info = new PluginInfo();
      info.setVersion(schema.version);
      return info;
    }),

    getSchema: unary(async () => {
      const response = new GetSchemaResponse();
      response.setSchema(schema.text);
      return response;
    }),

    checkConfig: unary(async (request) => {
      const response = new CheckResponse();
      response.setInputs(request.getNews());
      response.setFailuresList(run.checkSettings(toProperties(request.getNews()), request.getUrn()).map(toFailure));
      return response;
    }),

    // Other credentials or another endpoint never replace the provider: that would replace every resource.
    diffConfig: unary(async (request) => {
      const before = toProperties(request.hasOldInputs() ? request.getOldInputs() : request.getOlds());
      return diffResponse({ replaces: [] }, changedPaths(before, toProperties(request.getNews())), []);
    }),

    configure: unary(async (request) => {
      const settings = toProperties(request.getArgs());
      const text = JSON.stringify(settings);
      if (run.settings !== undefined && run.settings !== text) throw configInvalid({ reason: "second-provider" });
      run.settings = text;
      run.runtime.configure({ config: { get: (key) => settingOf(settings, key) } });
      const response = new ConfigureResponse();
      response.setAcceptsecrets(false);
      response.setAcceptresources(true);
      response.setAcceptoutputs(false);
      response.setSupportspreview(true);
      return response;
    }),

    check: unary(async (request) => {
      const urn = request.getUrn();
      const [olds, given] = [toProperties(request.getOlds()), toProperties(request.getNews())];
      const kind = kindOf(urn);
      const news = run.references.resolve(schema.argumentsIn(kind, given), olds, lifecycleOf(kind).references ?? {});
      const checked = await run.runtime.check(kind, withUrn(olds, urn), withUrn(news, urn));
      const response = new CheckResponse();
      response.setInputs(toStruct(withoutHidden(checked.inputs)));
      response.setFailuresList(checked.failures.map(toFailure));
      return response;
    }),

    diff: unary(async (request) => {
      const urn = request.getUrn();
      const [olds, news] = [toProperties(request.getOlds()), toProperties(request.getNews())];
      const diff = await run.runtime.diff(kindOf(urn), request.getId(), withUrn(olds, urn), withUrn(news, urn));
      run.references.see(urn, { ...olds, ...news });
      const before = request.hasOldInputs() ? toProperties(request.getOldInputs()) : olds;
      const ignored = new Set(request.getIgnorechangesList());
      const paths = changedPaths(before, news).filter((one) => !ignored.has(one.path) && !ignored.has(one.property));
      return diffResponse(diff, paths, schema.stable(kindOf(urn)));
    }),

    create: unary(async (request) => {
      const urn = request.getUrn();
      const inputs = toProperties(request.getProperties());
      const response = new CreateResponse();
      if (request.getPreview()) {
        const planned = schema.plannedOutputs(kindOf(urn), inputs, undefined);
        run.references.see(urn, planned);
        response.setProperties(toStruct(planned));
        return response;
      }
      const { id, outs } = await run.runtime.create(kindOf(urn), withUrn(inputs, urn), limitOf(request));
      run.references.see(urn, outs);
      response.setId(id);
      response.setProperties(toStruct(withoutHidden(outs)));
      return response;
    }),

    read: unary(async (request) => {
      const urn = request.getUrn();
      const state = withUrn(toProperties(request.getProperties()), urn);
      const found = await run.runtime.read(kindOf(urn), request.getId(), state);
      const response = new ReadResponse();
      response.setId(found.id);
      if (found.id === "") return response;
      run.references.see(urn, found.props);
      response.setProperties(toStruct(withoutHidden(found.props)));
      response.setInputs(toStruct(withoutHidden(found.inputs ?? toProperties(request.getInputs()))));
      return response;
    }),

    update: unary(async (request) => {
      const urn = request.getUrn();
      const [olds, news] = [toProperties(request.getOlds()), toProperties(request.getNews())];
      const response = new UpdateResponse();
      if (request.getPreview()) {
        const planned = schema.plannedOutputs(kindOf(urn), news, olds);
        run.references.see(urn, planned);
        response.setProperties(toStruct(planned));
        return response;
      }
      const [before, wanted] = [withUrn(olds, urn), withUrn(news, urn)];
      const { outs } = await run.runtime.update(kindOf(urn), request.getId(), before, wanted, limitOf(request));
      run.references.see(urn, outs);
      response.setProperties(toStruct(withoutHidden(outs)));
      return response;
    }),

    delete: unary(async (request) => {
      const urn = request.getUrn();
      const state = withUrn(toProperties(request.getProperties()), urn);
      await run.runtime.delete(kindOf(urn), request.getId(), state, limitOf(request));
      return new Empty();
    }),

    invoke: unary(async (request) => {
      const token = request.getTok();
      const name = token.slice(token.lastIndexOf(":") + 1);
      const { result, failures } = await run.runtime.invoke(name, toProperties(request.getArgs()));
      const response = new InvokeResponse();
      if (result !== undefined) response.setReturn(toStruct(result));
      response.setFailuresList(failures.map(toFailure));
      return response;
    }),

    cancel: unary(async () => {
      run.cancel();
      return new Empty();
    }),

    attach: unary(async (request) => {
      // Every provider of a program attaches; another address is the next run.
      if (request.getAddress() !== run.address) run = startOf(request.getAddress());
      return new Empty();
    }),
  };
}

function unary<Request, Response>(verb: (request: Request) => Promise<Response>): handleUnaryCall<Request, Response> {
  return ({ request }, respond) => {
    verb(request).then(
      (response) => respond(null, response),
      (thrown: unknown) => respond(statusOf(thrown)),
    );
  };
}

/** "Site" of `urn:pulumi:STACK::PROJECT::PARENTS$qwilt:index:Site::NAME`. */
function kindOf(urn: string): string {
  const type = urn.split("::")[2] ?? "";
  return type.slice(type.lastIndexOf(":") + 1);
}

/** The runtime reads the URN from the properties: dynamic resources have no other place for it. */
function withUrn(properties: Properties, urn: string): Properties {
  return { ...withoutHidden(properties), __urn: urn };
}

/** `customTimeouts` of the resource; 0 stands for none. */
function limitOf(request: { getTimeout(): number }): { readonly timeoutMs?: number } {
  const seconds = request.getTimeout();
  return seconds > 0 ? { timeoutMs: seconds * 1_000 } : {};
}

function toFailure({ property, reason }: Failure): CheckFailure {
  const failure = new CheckFailure();
  failure.setProperty(property);
  failure.setReason(reason);
  return failure;
}
