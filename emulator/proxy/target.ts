/** Hosts of the API in every environment (docs/qwilt-api.md section 1): cert-manager.cqloud.com, stage-login.stage.cqloud.com. */
const apiHost = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+cqloud\.com$/;

/** @param authority of a CONNECT request, for example "login.cqloud.com:443" @returns the API host it names, in lower case */
export function tunnelHost(authority: string): string | undefined {
  const [host = "", port, ...rest] = authority.toLowerCase().split(":");
  return rest.length === 0 && port === "443" && apiHost.test(host) ? host : undefined;
}

/** How to handle a plain request. The path is the text after the authority, unchanged. */
export type PlainTarget =
  | { readonly kind: "api"; readonly path: string }
  | { readonly kind: "foreign" }
  | { readonly kind: "no-proxy-request" };

/** @param target of a request line in absolute form, for example "http://login.cqloud.com//login?x=1" */
export function plainTarget(target: string): PlainTarget {
  const [, host = "", port, path = ""] = /^http:\/\/([^/?#:]*)(?::(\d+))?([^#]*)$/i.exec(target) ?? [];
  if (host === "") return { kind: "no-proxy-request" };
  if (!apiHost.test(host.toLowerCase()) || (port !== undefined && port !== "80")) return { kind: "foreign" };
  return { kind: "api", path: path.startsWith("/") ? path : `/${path}` };
}
