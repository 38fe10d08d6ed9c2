/** Chooses the proxy of a request, by the variables that curl and most other tools read. Pure. */
import { BlockList, isIP } from "node:net";

export interface ForwardProxy {
  /** Without user and password: the URL that the client connects to. */
  readonly url: string;
  /** `host:port`, for messages. */
  readonly name: string;
  /** The variable that it is set in, for messages. */
  readonly variable: string;
  /** Value of Proxy-Authorization, a secret; undefined: the address contains no user. */
  readonly authorization: string | undefined;
}

/** A proxy per protocol of the request. An unusable value is an error only for requests that would go through it. */
export interface ProxySettings {
  readonly https: ForwardProxy | UnusableProxy | undefined;
  readonly http: ForwardProxy | UnusableProxy | undefined;
  readonly noProxy: string;
}

export interface UnusableProxy {
  readonly variable: string;
  /** Never quotes the value: it may contain a password. */
  readonly problem: string;
}

/** Lower-case names take precedence, as in curl. */
export function readProxies(env: NodeJS.ProcessEnv): ProxySettings {
  const value = (name: string) =>
    [name, name.toUpperCase()].map((variable) => ({ variable, text: env[variable]?.trim() ?? "" })).find(isSet);
  const proxy = (name: string) => {
    const found = value(name);
    return found === undefined ? undefined : readProxy(found.variable, found.text);
  };
  return { https: proxy("https_proxy"), http: proxy("http_proxy"), noProxy: value("no_proxy")?.text ?? "" };
}

const isSet = ({ text }: { readonly text: string }) => text !== "";

/** undefined: the request goes directly to its host. */
export function proxyFor(url: URL, settings: ProxySettings): ForwardProxy | UnusableProxy | undefined {
  const proxy = url.protocol === "https:" ? settings.https : settings.http;
  return proxy === undefined || goesStraight(url, settings.noProxy) ? undefined : proxy;
}

/** The name of this machine's proxy in messages; undefined: there is none. */
export function proxyName({ https }: ProxySettings): string | undefined {
  return https !== undefined && "url" in https ? https.name : undefined;
}

function readProxy(variable: string, text: string): ForwardProxy | UnusableProxy {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    return { variable, problem: "must be an http or https URL, with special characters of user and password as %XX" };
  }
  // A "#", "/" or "?" in a password ends the host early: the rest of the password would be read as a path.
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    return { variable, problem: "must have nothing behind the port; special characters of a password are written %XX" };
  }
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const user = decoded(url.username);
  const authorization =
    url.username === "" && url.password === ""
      ? undefined
      : `Basic ${Buffer.from(`${user}:${decoded(url.password)}`).toString("base64")}`;
  return { url: `${url.protocol}//${url.host}`, name: `${url.hostname}:${port}`, variable, authorization };
}

/** A "%" without two hex digits is kept. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** As in Go, the machine itself is never reached through a proxy: on the proxy, "localhost" is another machine. */
function goesStraight(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, "");
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  if (host === "localhost" || host.endsWith(".localhost") || within(host, "127.0.0.0/8") || within(host, "::1/128")) {
    return true;
  }
  const entries = noProxy.toLowerCase().split(/[\s,]+/);
  return entries.some((entry) => {
    if (entry === "" || entry === "*") return entry === "*";
    if (entry.includes("/")) return within(host, entry);
    const [, name = entry, only] = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
    if (only !== undefined && only !== port) return false;
    const domain = name.replace(/^\*?\.|^\[|\]$|\.$/g, "");
    // A domain matches itself and its subdomains, as in curl and Go; an address matches itself.
    return host === domain || (isIP(host) === 0 && host.endsWith(`.${domain}`));
  });
}

function within(host: string, network: string): boolean {
  const [address = "", bits = ""] = network.split("/");
  const family = isIP(host) === 6 ? "ipv6" : "ipv4";
  if (isIP(host) === 0 || isIP(address) !== isIP(host) || !/^\d+$/.test(bits)) return false;
  if (Number(bits) > (family === "ipv6" ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family);
  return list.check(host, family);
}
