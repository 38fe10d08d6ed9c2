/** The runtime of Pulumi's dynamic-provider process, which the provider text in every state calls. */
import { systemClock } from "../../core/clock.ts";
import { createEngineLog } from "../engine-log.ts";
import { createRuntime } from "../runtime.ts";
import { createSession } from "../session.ts";
import { displaysDetails } from "./display.ts";
import { connectToEngine } from "./engine-channel.ts";
import { processInterruptions } from "./interruptions.ts";

export const runtime = createRuntime(
  createSession({
    clock: systemClock,
    env: process.env,
    log: createEngineLog(connectToEngine(process.argv, displaysDetails(process.env, process.ppid))),
    interruptions: processInterruptions,
  }),
);
