/**
 * Detects the engine's Cancel, which follows the first Ctrl-C. Pulumi's process handles that call with a no-op and
 * notifies nobody (docs/pulumi-engine.md 1.11), so this also listens: to the diagnostics channels on which Node
 * announces HTTP/2 streams (Node 22.19 on), and to the HTTP/2 server itself, found among the open handles. Where
 * neither exists nothing is detected, and a wait lasts until its own limit.
 */
import { subscribe } from "node:diagnostics_channel";
import { Server } from "node:net";

const CANCEL = "/pulumirpc.ResourceProvider/Cancel";

/** Calls `onCancel` once or more when the engine cancels; never throws, and keeps nothing alive. */
export function watchCancel(onCancel: () => void): void {
  const look = (headers: unknown) => {
    if (field(headers, ":path") === CANCEL) onCancel();
  };
  for (const channel of ["http2.server.stream.created", "http2.server.stream.start"]) {
    subscribe(channel, (message) => look(field(message, "headers")));
  }
  for (const server of openServers()) {
    // Only an HTTP/2 server has listeners for streams; one more listener does not affect them.
    if (server.listenerCount("stream") > 0) server.on("stream", (_stream, headers) => look(headers));
  }
}

function openServers(): readonly Server[] {
  const list: unknown = Reflect.get(process, "_getActiveHandles");
  const handles: unknown = typeof list === "function" ? list.call(process) : [];
  return Array.isArray(handles) ? handles.filter((handle): handle is Server => handle instanceof Server) : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
