/** `pulumi-resource-qwilt ENGINE_ADDRESS`: the process that the engine starts; its first line is the port. */
import { credentials } from "@grpc/grpc-js";
import { version } from "../../../package.json";
import { systemClock } from "../../core/clock.ts";
import { lifecycleOf } from "../../resources/registry.ts";
import { displaysDetails } from "../display.ts";
import { connectToEngine, engineAddressOf } from "../engine-channel.ts";
import { createEngineLog } from "../engine-log.ts";
import { signalInterruptions } from "../interruptions.ts";
import { createRuntime } from "../runtime.ts";
import { createSession } from "../session.ts";
import { createPackageSchema } from "./package-schema.ts";
import { createRunClaims } from "./run-claims.ts";
import document from "./schema.json";
import { serve } from "./server.ts";
import { createService } from "./service.ts";
import { settingFailures, settingWarnings } from "./settings.ts";

async function main(): Promise<void> {
  const named = displaysDetails(process.env, process.ppid);
  const schema = createPackageSchema(document, version, (kind) => lifecycleOf(kind).stable ?? []);
  const service = createService({
    schema,
    engine: engineAddressOf(process.argv),
    begin(engine) {
      const log = createEngineLog(connectToEngine(engine, { named, credentials }));
      const session = createSession({
        clock: systemClock,
        env: process.env,
        log,
        interruptions: signalInterruptions,
        sharedClaims: createRunClaims(engine),
      });
      return {
        runtime: createRuntime(session),
        checkSettings(settings, urn) {
          for (const warning of settingWarnings(settings, urn)) log.row(undefined).warn(warning);
          return settingFailures(settings, process.env);
        },
        cancel: session.interrupt,
      };
    },
  });
  process.stdout.write(`${await serve(service)}\n`);
}

void main();
