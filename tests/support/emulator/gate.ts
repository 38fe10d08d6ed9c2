/**
 * A proxy in front of the API: at one of the requests that pass through it, before it is carried out, when it is
 * carried out but not answered, or when it is answered, a test can act while everything is paused.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Moment = "before" | "done" | "answered";

export interface Point {
  /** Name of the request, as `requestName` returns it. */
  readonly name: string;
  /** Which one of that name, counted from 1. */
  readonly nth: number;
  readonly moment: Moment;
}

export interface Gate {
  readonly url: string;
  /** Starts counting; at the point, `act` is called while the request is held, and the held request is dropped. */
  watch(point: Point, act: () => void): { reached(): boolean };
  /** Lets everything pass. */
  open(): void;
  close(): Promise<void>;
}

/** "POST /api/v2/sites/{}/certificates": method and path without what differs from run to run. */
export function requestName(method: string, path: string): string {
  const parts = (path.split("?")[0] ?? "").split("/").filter((part) => part !== "");
  const plain = parts.map((part) =>
    /^(\d{2,}|[0-9a-f]{24}|[0-9a-f-]{36})$/.test(part) || isNumber(part, parts) ? "{}" : part,
  );
  return `${method} /${plain.join("/")}`;
}

/** The "1" of /api/1/sites is part of the name; a certificate's number is not. */
function isNumber(part: string, parts: readonly string[]): boolean {
  return /^\d+$/.test(part) && parts.indexOf(part) !== 1;
}

/** Points of an undisturbed run, in order. How often a publish is polled varies: only its first poll counts. */
export function countRequests(): (method: string, path: string) => { name: string; nth: number } | undefined {
  const seen = new Map<string, number>();
  const polled = new Set<string>();
  return (method, path) => {
    const name = requestName(method, path);
    if (name === "GET /api/v2/sites/{}/publishing-operations/{}") {
      if (polled.has(path)) return undefined;
      polled.add(path);
    }
    const nth = (seen.get(name) ?? 0) + 1;
    seen.set(name, nth);
    return { name, nth };
  };
}

export async function startGate(api: string): Promise<Gate> {
  const target = new URL(api);
  let armed:
    | {
        readonly point: Point;
        readonly act: () => void;
        readonly count: ReturnType<typeof countRequests>;
        hit: boolean;
      }
    | undefined;

  /** The moment at which this request is stopped, if any. */
  function stopAt(method: string, path: string): Moment | undefined {
    if (armed === undefined || armed.hit) return undefined;
    const found = armed.count(method, path);
    if (found?.name !== armed.point.name || found.nth !== armed.point.nth) return undefined;
    armed.hit = true;
    return armed.point.moment;
  }

  const server = createServer((from: IncomingMessage, to: ServerResponse) => {
    const { method = "GET", url = "/", headers } = from;
    const moment = stopAt(method, url);
    const act = armed?.act ?? (() => undefined);
    const chunks: Buffer[] = [];
    from.on("data", (chunk: Buffer) => chunks.push(chunk));
    from.on("end", () => {
      if (moment === "before") {
        act();
        to.destroy();
        return;
      }
      const onward = request({ host: target.hostname, port: target.port, method, path: url, headers }, (answer) => {
        const body: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => body.push(chunk));
        answer.on("end", () => {
          if (moment === "done") {
            act();
            to.destroy();
            return;
          }
          to.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
          to.end(Buffer.concat(body), () => {
            if (moment === "answered") act();
          });
        });
      });
      onward.on("error", () => to.destroy());
      onward.end(Buffer.concat(chunks));
    });
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    watch(point, act) {
      const mine = { point, act, count: countRequests(), hit: false };
      armed = mine;
      return { reached: () => mine.hit };
    },
    open() {
      armed = undefined;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
