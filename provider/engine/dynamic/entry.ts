/** The runtime of Pulumi's dynamic-provider process, which the provider text in every state calls. */
import { createRequire } from "node:module";
import { systemClock } from "../../core/clock.ts";
import { displaysDetails } from "../display.ts";
import { connectToEngine, engineAddressOf } from "../engine-channel.ts";
import { createEngineLog } from "../engine-log.ts";
import { createRuntime } from "../runtime.ts";
import { createSession } from "../session.ts";
import { processInterruptions } from "./interruptions.ts";

// Pulumi's copy of gRPC. A package manager that isolates packages (pnpm) makes it resolvable from Pulumi only.
const { credentials }: typeof import("@grpc/grpc-js") = createRequire(
  require.resolve("@pulumi/pulumi/proto/engine_grpc_pb"),
)("@grpc/grpc-js");

const named = displaysDetails(process.env, process.ppid);

export const runtime = createRuntime(
  createSession({
    clock: systemClock,
    env: process.env,
    log: createEngineLog(connectToEngine(engineAddressOf(process.argv), { named, credentials })),
    interruptions: processInterruptions,
  }),
);
