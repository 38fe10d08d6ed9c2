/** The client on a server that responds as a test says. */
import type http from "node:http";
import { type CallError, isCallError } from "../../provider/api/http/api-error.ts";
import { createQwiltApi, type QwiltApi } from "../../provider/api/qwilt-api.ts";
import { type ProviderConfig, readConfig } from "../../provider/core/config.ts";
import { type RawServer, serveHttp } from "../support/emulator/raw-server.ts";
import { type TestClock, testClock } from "../support/test-clock.ts";

export const API_KEY = "planted-api-key";
export const PASSWORD = "planted-password";

interface Seen {
  readonly line: string;
  readonly authorization: string;
  readonly body: string;
}
type Answer = (response: http.ServerResponse, seen: Seen, nth: number) => void;

export function configFor(endpoint: string, over: Partial<ProviderConfig> = {}): ProviderConfig {
  return { ...readConfig({ get: () => undefined }, { QWILT_ENDPOINT: endpoint, QWILT_API_KEY: API_KEY }), ...over };
}

/** One server and one client for each test of a file. */
export function rawClient() {
  const seen: Seen[] = [];
  const lines: string[] = [];
  let server: RawServer | undefined;
  let api: QwiltApi | undefined;
  let clock: TestClock = testClock();
  beforeEach(() => {
    seen.length = 0;
    lines.length = 0;
    clock = testClock();
  });
  afterEach(async () => {
    api?.close();
    await server?.close();
    server = undefined;
  });
  return {
    /** Requests so far. */
    seen,
    /** Of the debug log. */
    lines,
    clock: () => clock,
    async served(
      answer: Answer,
      over: Partial<ProviderConfig> = {},
      { signal, path = "" }: { readonly signal?: AbortSignal; readonly path?: string } = {},
    ): Promise<QwiltApi> {
      server = await serveHttp((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          const one: Seen = {
            line: `${request.method} ${request.url}`,
            authorization: request.headers.authorization ?? "",
            body: Buffer.concat(chunks).toString(),
          };
          seen.push(one);
          answer(response, one, seen.length);
        });
      });
      api = createQwiltApi({
        config: configFor(`${server.url}${path}`, over),
        clock,
        signal,
        random: () => 0.5,
        log: (line) => lines.push(line),
      });
      return api;
    },
  };
}

export function json(
  response: http.ServerResponse,
  value: unknown,
  status = 200,
  headers: http.OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(value));
}

export async function errorOf(call: Promise<unknown>): Promise<CallError> {
  const thrown = await call.then(
    (value) => new Error(`it gave ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (!isCallError(thrown)) throw thrown;
  expect(thrown.message).not.toContain(API_KEY);
  expect(thrown.message).not.toContain(PASSWORD);
  return thrown;
}
