/** Which proxy a request goes through: our interpretation of the variables compared with curl's. */
import { spawnSync } from "node:child_process";
import { readConfig } from "../../provider/core/config.ts";
import type { QwiltError } from "../../provider/core/errors/qwilt-error.ts";
import { proxyFor, readProxies } from "../../provider/core/proxies.ts";

const API = "https://cert-manager.cqloud.com/api/v2/certificates";

function nameOf(url: string, env: Record<string, string>): string | undefined {
  const proxy = proxyFor(new URL(url), readProxies(env));
  return proxy === undefined ? undefined : "url" in proxy ? proxy.name : `unusable: ${proxy.problem}`;
}

test.each<[string, Record<string, string>, string | undefined]>([
  ["nothing is set", {}, undefined],
  ["upper case", { HTTPS_PROXY: "http://proxy:3128" }, "proxy:3128"],
  ["lower case", { https_proxy: "http://proxy:3128" }, "proxy:3128"],
  ["both, lower case wins", { https_proxy: "http://low:1", HTTPS_PROXY: "http://up:2" }, "low:1"],
  ["an empty value is none", { https_proxy: " ", HTTPS_PROXY: "http://up:2" }, "up:2"],
  ["HTTP_PROXY is for http:// only", { HTTP_PROXY: "http://proxy:3128" }, undefined],
  ["without a scheme it is http://", { HTTPS_PROXY: "proxy:3128" }, "proxy:3128"],
  ["without a port", { HTTPS_PROXY: "http://proxy" }, "proxy:80"],
  ["by https:// without a port", { HTTPS_PROXY: "https://proxy/" }, "proxy:443"],
  ["an IPv6 address", { HTTPS_PROXY: "http://[2001:db8::1]:3128" }, "[2001:db8::1]:3128"],
])("a call of the API with %s", (_title, env, name) => expect(nameOf(API, env)).toBe(name));

test("HTTP_PROXY in either case is for http:// endpoints", () => {
  const url = "http://gateway.example.com:8080/x";
  for (const variable of ["HTTP_PROXY", "http_proxy"]) expect(nameOf(url, { [variable]: "proxy:1" })).toBe("proxy:1");
  expect(nameOf(url, { HTTPS_PROXY: "proxy:1" })).toBeUndefined();
});

const HOST = "cert-manager.cqloud.com";
/** `curl`: what curl 7.86 and later does with it; undefined: not supported, or not in every version. */
const NO_PROXY: readonly { entry: string; url: string; straight: boolean; curl: boolean | undefined }[] = [
  { entry: "*", url: API, straight: true, curl: true },
  { entry: HOST, url: API, straight: true, curl: true },
  { entry: HOST.toUpperCase(), url: API, straight: true, curl: true },
  { entry: "cqloud.com", url: API, straight: true, curl: true },
  { entry: ".cqloud.com", url: API, straight: true, curl: true },
  { entry: ".cqloud.com", url: "https://cqloud.com/", straight: true, curl: true },
  { entry: "cqloud.com.", url: API, straight: true, curl: true },
  { entry: "example.com,cqloud.com", url: API, straight: true, curl: true },
  { entry: "example.com , cqloud.com", url: API, straight: true, curl: true },
  { entry: "example.com cqloud.com", url: API, straight: true, curl: true },
  { entry: "loud.com", url: API, straight: false, curl: false },
  { entry: "cqloud.com.example.com", url: API, straight: false, curl: false },
  { entry: `other.${HOST}`, url: API, straight: false, curl: false },
  { entry: ",", url: API, straight: false, curl: false },
  { entry: "10.0.0.0/8", url: "https://10.1.2.3/", straight: true, curl: true },
  { entry: "10.0.0.0/8", url: "https://11.1.2.3/", straight: false, curl: false },
  { entry: "10.1.2.3", url: "https://10.1.2.3/", straight: true, curl: true },
  { entry: "2.3", url: "https://10.1.2.3/", straight: false, curl: false },
  { entry: "10.0.0.0/99", url: "https://10.1.2.3/", straight: false, curl: false },
  { entry: "fd00::/8", url: "https://[fd00::1]/", straight: true, curl: undefined },
  { entry: "[fd00::1]", url: "https://[fd00::1]/", straight: true, curl: undefined },
  { entry: "*.cqloud.com", url: API, straight: true, curl: undefined },
  { entry: "cqloud.com:443", url: API, straight: true, curl: undefined },
  { entry: "cqloud.com:8443", url: API, straight: false, curl: undefined },
];

test.each(NO_PROXY)("NO_PROXY=$entry and $url: direct is $straight", ({ entry, url, straight }) => {
  for (const variable of ["NO_PROXY", "no_proxy"]) {
    expect(nameOf(url, { HTTPS_PROXY: "proxy:1", [variable]: entry }) === undefined).toBe(straight);
  }
});

test.each(NO_PROXY.filter(({ curl }) => curl !== undefined))(
  "curl does the same with NO_PROXY=$entry and $url",
  ({ entry, url, curl }) => {
    // Nothing is listening, here or there: the host that curl tries to reach shows whether it uses the proxy.
    const env = { PATH: process.env.PATH, https_proxy: "http://127.0.0.1:1", no_proxy: entry };
    const resolve = ["--resolve", `${HOST}:443:127.0.0.2`, "--resolve", "cqloud.com:443:127.0.0.2"];
    const to = ["--connect-to", `${new URL(url).host}:443:127.0.0.2:1`];
    const { stderr } = spawnSync("curl", ["-sv", "--max-time", "5", ...resolve, ...to, url], { env, encoding: "utf8" });
    expect(stderr).toMatch(/127\.0\.0\.[12]:1/);
    expect(stderr.includes("127.0.0.2:1")).toBe(curl);
  },
);

test.each(["http://localhost:1", "http://api.localhost:1", "http://127.0.0.1:1", "http://127.9.9.9", "http://[::1]:1"])(
  "%s is this machine, which is never reached through a proxy",
  (url) => {
    const env = { HTTP_PROXY: "proxy:1", HTTPS_PROXY: "proxy:1" };
    expect(nameOf(url, env)).toBeUndefined();
    expect(nameOf(url.replace("http:", "https:"), env)).toBeUndefined();
  },
);

test.each<[string, string | undefined]>([
  ["http://proxy:1", undefined],
  ["http://me:secret@proxy:1", "me:secret"],
  ["http://me:p%40ss%3A@proxy:1", "me:p@ss:"],
  ["http://me@proxy:1", "me:"],
  ["me:100%@proxy:1", "me:100%"],
])("%s is a proxy with user and password %s, which its name does not contain", (address, pair) => {
  const { https: proxy } = readProxies({ HTTPS_PROXY: address });
  const authorization = pair === undefined ? undefined : `Basic ${Buffer.from(pair).toString("base64")}`;
  expect(proxy).toEqual({ url: "http://proxy:1", name: "proxy:1", variable: "HTTPS_PROXY", authorization });
});

test.each(["socks5://proxy:1080", "http://me:12#secret@proxy:1", "http://me:1/secret@proxy:1", "http://a b:1", "::"])(
  "an unusable address is rejected before the first call, and not quoted: %s",
  (address) => {
    const read = (env: Record<string, string>) => readConfig({ get: () => undefined }, env);
    const refused = () => {
      try {
        return read({ https_proxy: address });
      } catch (thrown) {
        return thrown as QwiltError;
      }
    };
    expect(refused()).toMatchObject({ code: "QWILT_CONFIG_INVALID", where: "https_proxy" });
    expect(String(refused())).not.toMatch(/secret|me:1/);
    // Accepted if no request goes through it.
    read({ https_proxy: address, NO_PROXY: "cqloud.com" });
    read({ https_proxy: address, QWILT_ENDPOINT: "http://127.0.0.1:8080" });
  },
);
