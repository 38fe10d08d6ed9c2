/** The shipped session with a test's clock, settings and API; its rows are recorded. */
import { createQwiltApi, type QwiltApi } from "../../../provider/api/qwilt-api.ts";
import type { Clock } from "../../../provider/core/clock.ts";
import { createEngineLog } from "../../../provider/engine/engine-log.ts";
import { createSession, type Session } from "../../../provider/engine/session.ts";

export interface TestSessionOptions {
  readonly api: string;
  readonly apiKey: string;
  readonly clock: Clock;
  /** Wraps the API that the provider calls. */
  readonly wrap?: (api: QwiltApi) => QwiltApi;
  /** Settings besides the address and the key, without their namespace. Handshakes are off by default. */
  readonly config?: Readonly<Record<string, string>>;
  /** Environment variables that are settings. Default: none. */
  readonly env?: NodeJS.ProcessEnv;
  /** In [0, 1), for the pauses between attempts. Default 0. */
  readonly random?: () => number;
}

export interface TestSession extends Session {
  /** Messages on rows, including plans and warnings of previews, each prefixed with its kind. */
  readonly said: readonly string[];
}

export function openSession(options: TestSessionOptions): TestSession {
  const { api, apiKey, clock, wrap, config, env = {}, random = () => 0 } = options;
  const settings: Readonly<Record<string, string>> = { endpoint: api, apiKey, edgeProbe: "off", ...config };
  const said: string[] = [];
  const log = createEngineLog(async ({ severity, text, passing }) => {
    said.push(`${passing ? "status" : severity === "warning" ? "warn" : "info"}: ${text}`);
  });
  const session = createSession({
    clock,
    env,
    log,
    createApi: (given) => {
      const made = createQwiltApi({ ...given, random });
      return wrap?.(made) ?? made;
    },
  });
  session.configure({ get: (key) => settings[key.replace(/^qwilt:/, "")] });
  return { ...session, said };
}
