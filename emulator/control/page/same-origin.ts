import type { IncomingHttpHeaders } from "node:http";

const loopbackNames = ["127.0.0.1", "localhost", "[::1]"];

/** Whether a Host header names this machine. Any other name may be one that a foreign page made resolve to it. */
export function isLoopbackHost(host: string | undefined): boolean {
  const name = host?.replace(/:\d+$/, "").toLowerCase();
  return name !== undefined && loopbackNames.includes(name);
}

/** Whether a request can have been sent by a page of another origin. Only browsers send these headers. */
export function isFromAnotherOrigin(headers: IncomingHttpHeaders): boolean {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return true;
  return origin !== undefined && !(isLoopbackHost(host) && origin.toLowerCase() === `http://${host?.toLowerCase()}`);
}
