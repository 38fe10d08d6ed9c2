import { configuredHosts } from "./host-index.ts";

const entry = (type: string, value: unknown) => ({ "generic-metadata-type": type, "generic-metadata-value": value });
const acl = (...rules: [string, string[]][]) =>
  entry("MI.ProtocolACL", { "protocol-acl": rules.map(([action, protocols]) => ({ action, protocols })) });
const wildcard = (enable: unknown) => entry("MI.PrivateFeature.Qwilt.QW.AllowWildcardSubdomain", { enable });
const index = (site: object[], own: object[]) => ({
  metadata: site,
  hosts: [{ host: "WWW.Example.com", "host-metadata": { metadata: own } }],
});

test.each<[string, object[], object[], boolean | null]>([
  ["no list of protocols", [], [], null],
  ["https/1.1 allowed for the site", [acl(["allow", ["http/1.1", "https/1.1"]])], [], true],
  ["http/2 allowed for the host", [], [acl(["allow", ["http/2"]])], true],
  ["plain http alone", [], [acl(["allow", ["http/1.1"]])], false],
  ["a host over its site", [acl(["allow", ["https/1.1"]])], [acl(["allow", ["http/1.1"]])], false],
  ["a deny after an allow", [], [acl(["allow", ["http/1.1", "https/1.1"]], ["deny", ["https/1.1"]])], false],
  ["a list that cannot be read", [], [entry("MI.ProtocolACL", { "protocol-acl": "all" })], null],
])("a host with %s is secured: see the last column", (_title, site, own, secured) => {
  expect(configuredHosts(index(site, own), "DNS")).toMatchObject([{ host: "www.example.com", secured }]);
});

test.each<[string, object[], object[], "DNS" | "HTTP", boolean]>([
  ["nothing", [], [], "DNS", false],
  ["its own setting", [], [wildcard(true)], "DNS", true],
  ["the site's setting", [wildcard(true)], [], "DNS", true],
  ["its own setting over the site's", [wildcard(true)], [wildcard(false)], "DNS", false],
  ["the short name", [], [entry("QW.AllowWildcardSubdomain", { enable: true })], "DNS", true],
  ["the old name", [], [entry("QW.AllowDnsSuffixMatch", { enable: true })], "DNS", true],
  ["a text for a truth", [], [wildcard("true")], "DNS", false],
  ["HTTP routing", [], [wildcard(true)], "HTTP", false],
])("a host with %s serves its subdomains: see the last column", (_title, site, own, routing, withSubdomains) => {
  expect(configuredHosts(index(site, own), routing)).toMatchObject([{ withSubdomains }]);
});

test("a host that is listed twice counts once, with its last entry", () => {
  const hosts = [{ host: "a.example" }, { host: "A.example", "host-metadata": { metadata: [wildcard(true)] } }];
  expect(configuredHosts({ hosts }, "DNS")).toEqual([{ host: "a.example", withSubdomains: true, secured: null }]);
});

test.each([
  ["Bücher.Example", "xn--bcher-kva.example"],
  ["www.example.com.", "www.example.com"],
  ["192.0.2.7", "192.0.2.7"],
  ["under_score.example", "under_score.example"],
])("the host %s matches a handshake for %s", (host, name) => {
  expect(configuredHosts({ hosts: [{ host }] }, "DNS")).toMatchObject([{ host: name }]);
});
