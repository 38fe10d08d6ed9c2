/**
 * A policy pack in Pulumi's own process for packs, with this test as its engine: pulumi/analyzer.proto. The engine of this
 * repository cannot start packs (docs/pulumi-engine.md 6.1).
 */
import { spawn } from "node:child_process";
import { credentials, type ServiceError } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { portOf } from "./dynamic-process.ts";

type Properties = Readonly<Record<string, unknown>>;

export interface Registered {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly properties: Properties;
  readonly propertyDependencies?: Readonly<Record<string, readonly string[]>>;
}

export interface Violation {
  readonly policy: string;
  readonly level: "advisory" | "mandatory";
  readonly message: string;
  readonly urn: string;
}

export interface PolicyPackProcess {
  /** Names of the policies and of their parameters. */
  policies(): Promise<Readonly<Record<string, readonly string[]>>>;
  /** What the engine makes of `--policy-pack-config`. */
  configure(
    settings: Readonly<Record<string, { level: "advisory" | "mandatory"; parameters?: Properties }>>,
  ): Promise<void>;
  analyze(resource: Registered): Promise<Violation[]>;
  analyzeStack(resources: readonly Registered[]): Promise<Violation[]>;
  close(): Promise<void>;
}

const struct = (properties: Properties) =>
  Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
const { ADVISORY, MANDATORY } = proto.EnforcementLevel;

export async function startPolicyPack(folder: string): Promise<PolicyPackProcess> {
  const child = spawn(
    process.execPath,
    [require.resolve("@pulumi/pulumi/cmd/run-policy-pack"), "127.0.0.1:1", folder],
    {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: process.env.HOME },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const exit = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const client = new AnalyzerClient(`127.0.0.1:${await portOf(child)}`, credentials.createInsecure());
  const call = <Response>(send: (done: (error: ServiceError | null, ok: Response) => void) => unknown) =>
    new Promise<Response>((resolve, reject) => send((error, ok) => (error === null ? resolve(ok) : reject(error))));
  const violations = (answer: proto.AnalyzeResponse) =>
    answer.getDiagnosticsList().map(
      (one): Violation => ({
        policy: one.getPolicyname(),
        level: one.getEnforcementlevel() === MANDATORY ? "mandatory" : "advisory",
        message: one.getMessage(),
        urn: one.getUrn(),
      }),
    );

  return {
    async policies() {
      const info = await call<proto.AnalyzerInfo>((done) => client.getAnalyzerInfo(new Empty(), done));
      const parameters = (one: proto.PolicyInfo) =>
        Object.keys(one.getConfigschema()?.getProperties()?.toJavaScript() ?? {}).toSorted();
      return Object.fromEntries(info.getPoliciesList().map((one) => [one.getName(), parameters(one)]));
    },
    async configure(settings) {
      const request = new proto.ConfigureAnalyzerRequest();
      for (const [name, { level, parameters = {} }] of Object.entries(settings)) {
        const config = new proto.PolicyConfig();
        config.setEnforcementlevel(level === "mandatory" ? MANDATORY : ADVISORY);
        config.setProperties(struct(parameters));
        request.getPolicyconfigMap().set(name, config);
      }
      await call<Empty>((done) => client.configure(request, done));
    },
    async analyze({ urn, type, name, properties }) {
      const request = new proto.AnalyzeRequest();
      request.setUrn(urn);
      request.setType(type);
      request.setName(name);
      request.setProperties(struct(properties));
      request.setOptions(new proto.AnalyzerResourceOptions());
      return violations(await call<proto.AnalyzeResponse>((done) => client.analyze(request, done)));
    },
    async analyzeStack(resources) {
      const request = new proto.AnalyzeStackRequest();
      request.setResourcesList(resources.map(analyzed));
      return violations(await call<proto.AnalyzeResponse>((done) => client.analyzeStack(request, done)));
    },
    async close() {
      client.close();
      child.kill("SIGKILL");
      await exit;
    },
  };
}

function analyzed({ urn, type, name, properties, propertyDependencies = {} }: Registered): proto.AnalyzerResource {
  const one = new proto.AnalyzerResource();
  one.setUrn(urn);
  one.setType(type);
  one.setName(name);
  one.setProperties(struct(properties));
  one.setOptions(new proto.AnalyzerResourceOptions());
  for (const [key, urns] of Object.entries(propertyDependencies)) {
    const dependencies = new proto.AnalyzerPropertyDependencies();
    dependencies.setUrnsList([...urns]);
    one.getPropertydependenciesMap().set(key, dependencies);
  }
  return one;
}
