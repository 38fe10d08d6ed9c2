import { securedHosts } from "../../provider/site/secured-hosts.ts";

const generic = (type: string, value: unknown) => ({ "generic-metadata-type": type, "generic-metadata-value": value });
const acl = (...rules: readonly (readonly [string, ...string[]])[]) =>
  generic("MI.ProtocolACL", { "protocol-acl": rules.map(([action, ...protocols]) => ({ action, protocols })) });
const host = (name: string, ...metadata: unknown[]) => ({ host: name, "host-metadata": { metadata, paths: [] } });
const wildcard = (enable: unknown, type = "MI.PrivateFeature.Qwilt.QW.AllowWildcardSubdomain") =>
  generic(type, { enable });

test.each([
  ["a host without a protocol list is secured", [], [], true],
  ["a host that allows HTTPS is secured", [], [acl(["allow", "http/1.1", "https/1.1"])], true],
  ["a host that allows HTTP/2 alone is secured", [], [acl(["allow", "http/2"])], true],
  ["a host that allows HTTP alone is not secured", [], [acl(["allow", "http/1.1"])], false],
  ["the list of the site counts for a host without one", [acl(["allow", "http/1.1"])], [], false],
  [
    "the list of a host goes before that of the site",
    [acl(["allow", "http/1.1"])],
    [acl(["allow", "https/1.1"])],
    true,
  ],
  ["a denial that stands first decides", [], [acl(["deny", "https/1.1", "http/2"], ["allow", "https/1.1"])], false],
  ["a denial of one secure protocol leaves the other", [], [acl(["deny", "http/2"], ["allow", "https/1.1"])], true],
  ["a denial of HTTP alone leaves TLS", [], [acl(["deny", "http/1.1"])], true],
  ["an empty list allows everything", [], [acl()], true],
  ["other metadata do not matter", [generic("MI.TrafficType", {})], [generic("MI.SourceMetadataExtended", {})], true],
])("%s", (_title, siteLevel, hostLevel, secured) => {
  const index = { metadata: siteLevel, hosts: [host("www.example.com", ...hostLevel)] };
  expect(securedHosts(index)).toEqual({ hosts: ["www.example.com"], secured: secured ? ["www.example.com"] : [] });
});

test.each([
  ["enabled", [], [wildcard(true)], true],
  ["enabled by its short name", [], [wildcard(true, "QW.AllowWildcardSubdomain")], true],
  ["enabled by its old name", [], [wildcard(true, "MI.PrivateFeature.Qwilt.QW.AllowDnsSuffixMatch")], true],
  ["enabled for the site", [wildcard(true)], [], true],
  ["disabled for the host", [wildcard(true)], [wildcard(false)], false],
])("a host with wildcard subdomains %s", (_title, siteLevel, hostLevel, both) => {
  const { hosts, secured } = securedHosts({ metadata: siteLevel, hosts: [host("Example.com", ...hostLevel)] });
  expect(hosts).toEqual(both ? ["example.com", "*.example.com"] : ["example.com"]);
  expect(secured).toEqual(hosts);
});

test("several hosts keep their order, without duplicates", () => {
  const index = {
    hosts: [host("b.example.com"), host("a.example.com", acl(["allow", "http/1.1"])), host("B.example.com")],
  };
  expect(securedHosts(index)).toEqual({ hosts: ["b.example.com", "a.example.com"], secured: ["b.example.com"] });
  expect(securedHosts(JSON.stringify(index))).toEqual(securedHosts(index));
});

test.each([
  ["nothing", undefined],
  ["null", null],
  ["text that is no JSON", "{"],
  ["a list", []],
  ["hosts that are no list", { hosts: { host: "www.example.com" } }],
  ["hosts without a name", { hosts: [{}, null, { host: 7 }, { host: "" }] }],
])("%s has no hosts", (_title, index) => {
  expect(securedHosts(index)).toEqual({ hosts: [], secured: [] });
});

test("metadata of an unexpected shape count as absent", () => {
  const index = {
    metadata: "x",
    hosts: [{ host: "www.example.com", "host-metadata": { metadata: [null, 7, { "generic-metadata-type": 1 }] } }],
  };
  expect(securedHosts(index).secured).toEqual(["www.example.com"]);
});
