import type { DnsRecord, DnsType } from "./dns-record.ts";
import { DnsZone } from "./dns-zone.ts";

const alias = (value: string): DnsRecord => ({ type: "CNAME", value, ttl: 3600 });
const address = (value: string): DnsRecord => ({ type: "A", value, ttl: 60 });
const text = (value: string): DnsRecord => ({ type: "TXT", value, ttl: 1 });

/** A zone with an example of every type. */
function example(): DnsZone {
  const zone = new DnsZone();
  zone.put("www.example.com", alias("edge.example.net."));
  zone.put("edge.example.net", address("192.0.2.1"));
  zone.put("_acme-challenge.www.example.com", alias("challenge.cqloud.com"));
  zone.put("*.wild.example.com", address("192.0.2.2"));
  zone.put("host.sub.wild.example.com", text("beside the wildcard"));
  zone.put("lost.example.com", alias("nowhere.example.org"));
  zone.put("round.example.com", alias("about.example.com"));
  zone.put("about.example.com", alias("round.example.com"));
  return zone;
}

test.each<[string, string, DnsType | "ANY", string, string[]]>([
  ["an address", "edge.example.net", "A", "NOERROR", ["192.0.2.1"]],
  ["a name in other case and with a final dot", "EDGE.Example.net.", "A", "NOERROR", ["192.0.2.1"]],
  ["an alias, followed", "www.example.com", "A", "NOERROR", ["edge.example.net.", "192.0.2.1"]],
  ["an alias itself", "www.example.com", "CNAME", "NOERROR", ["edge.example.net."]],
  ["everything of a name", "www.example.com", "ANY", "NOERROR", ["edge.example.net."]],
  ["a type that the name does not have", "edge.example.net", "AAAA", "NOERROR", []],
  ["a name that only has names below it", "net", "A", "NOERROR", []],
  ["a name that is missing", "nobody.example.net", "A", "NXDOMAIN", []],
  ["an alias to a missing name", "lost.example.com", "A", "NXDOMAIN", ["nowhere.example.org"]],
  ["aliases in a circle", "round.example.com", "A", "SERVFAIL", []],
  ["a name below a wildcard", "any.wild.example.com", "A", "NOERROR", ["192.0.2.2"]],
  ["a name two levels below a wildcard", "a.b.wild.example.com", "A", "NOERROR", ["192.0.2.2"]],
  ["another type below a wildcard", "any.wild.example.com", "TXT", "NOERROR", []],
  ["a name that exists beside the wildcard", "host.sub.wild.example.com", "A", "NOERROR", []],
  ["a name between, which exists without records", "sub.wild.example.com", "A", "NOERROR", []],
  ["a name below one that stands before the wildcard", "x.sub.wild.example.com", "A", "NXDOMAIN", []],
  ["the wildcard's base", "wild.example.com", "A", "NOERROR", []],
])("%s: %s %s", (_title, name, type, rcode, values) => {
  const { rcode: seen, answers } = example().resolve(name, type);
  expect([seen, answers.map(({ value }) => value)]).toEqual([rcode, values]);
});

test("an answer from a wildcard has the queried name", () => {
  expect(example().resolve("any.wild.example.com", "A").answers).toEqual([
    { name: "any.wild.example.com", ...address("192.0.2.2") },
  ]);
});

test("put replaces the records of its name and type, and keeps other types", () => {
  const zone = new DnsZone();
  zone.put("example.com", address("192.0.2.1"));
  zone.put("example.com", text("kept"));
  zone.put("Example.COM.", address("192.0.2.9"));
  expect(zone.list()).toEqual([
    { name: "example.com", ...text("kept") },
    { name: "example.com", ...address("192.0.2.9") },
  ]);
});

test("an alias replaces every record of its name, and is replaced by any", () => {
  const zone = new DnsZone();
  zone.put("example.com", address("192.0.2.1"));
  zone.put("example.com", text("gone"));
  zone.put("example.com", alias("example.net"));
  expect(zone.list()).toEqual([{ name: "example.com", ...alias("example.net") }]);
  zone.put("example.com", address("192.0.2.2"));
  expect(zone.list()).toEqual([{ name: "example.com", ...address("192.0.2.2") }]);
});

test("add keeps earlier values, and remove deletes one", () => {
  const zone = new DnsZone();
  zone.add("c.cqloud.com", text("one"));
  zone.add("c.cqloud.com", text("two"));
  zone.add("c.cqloud.com", text("two"));
  expect(zone.resolve("c.cqloud.com", "TXT").answers.map(({ value }) => value)).toEqual(["one", "two"]);
  expect(zone.remove("c.cqloud.com", text("one"))).toBe(true);
  expect(zone.remove("c.cqloud.com", text("one"))).toBe(false);
  expect(zone.remove("c.cqloud.com", text("two"))).toBe(true);
  expect(zone.resolve("c.cqloud.com", "TXT").rcode).toBe("NXDOMAIN");
});

test("delete tells whether the name had records", () => {
  const zone = example();
  expect([zone.delete("WWW.example.com."), zone.delete("www.example.com")]).toEqual([true, false]);
});

test.each<[string, DnsRecord]>([
  ["", address("192.0.2.1")],
  ["two words.example.com", address("192.0.2.1")],
  ["a..example.com", address("192.0.2.1")],
  [`${"a".repeat(64)}.example.com`, address("192.0.2.1")],
  ["example.com", address("192.0.2.256")],
  ["example.com", { type: "AAAA", value: "192.0.2.1", ttl: 1 }],
  ["example.com", alias("no name")],
  ["example.com", { type: "CAA", value: "letsencrypt.org", ttl: 1 }],
  ["example.com", { type: "TXT", value: "x", ttl: -1 }],
  ["example.com", { type: "TXT", value: "x", ttl: 1.5 }],
])("an invalid record is rejected: %s %j", (name, record) => {
  expect(() => new DnsZone().put(name, record)).toThrow(RangeError);
});

test("a fault takes precedence over the records, also at the end of an alias", () => {
  const zone = example();
  zone.setFault("edge.example.net", "SERVFAIL");
  expect(zone.resolve("www.example.com", "A")).toEqual({ rcode: "SERVFAIL", answers: [] });
  zone.setFault("edge.example.net", undefined);
  expect(zone.resolve("www.example.com", "A").rcode).toBe("NOERROR");
});

test("a snapshot as JSON text restores records and faults", () => {
  const zone = example();
  zone.setFault("edge.example.net", "REFUSED");
  const again = DnsZone.fromJSON(JSON.parse(JSON.stringify(zone)));
  expect(again.toJSON()).toEqual(zone.toJSON());
});

test("listeners are notified of each name that changes, until they are removed", () => {
  const zone = new DnsZone();
  const heard: string[] = [];
  const end = zone.onChange((name) => heard.push(name));
  zone.put("A.example.com", address("192.0.2.1"));
  zone.delete("a.example.com");
  zone.delete("a.example.com");
  end();
  zone.put("b.example.com", address("192.0.2.1"));
  expect(heard).toEqual(["a.example.com", "a.example.com"]);
});
