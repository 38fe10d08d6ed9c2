import { checkServerIdentity, type PeerCertificate } from "node:tls";
import fc from "fast-check";
import { coverage, planCoverage } from "../../provider/x509/coverage.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { makeLeaf } from "../support/x509/factory.ts";

test.each([
  ["a host is covered by its own name", ["www.example.com"], ["www.example.com"], true],
  ["case does not matter", ["WWW.example.com"], ["www.EXAMPLE.com"], true],
  ["a final dot does not matter", ["www.example.com"], ["www.example.com."], true],
  ["a name does not cover what is below it", ["example.com"], ["www.example.com"], false],
  ["a name does not cover what is above it", ["www.example.com"], ["example.com"], false],
  ["a wildcard stands for one label", ["*.example.com"], ["www.example.com"], true],
  ["a wildcard does not stand for two labels", ["*.example.com"], ["a.b.example.com"], false],
  ["a wildcard does not stand for no label", ["*.example.com"], ["example.com"], false],
  ["a wildcard in the middle covers nothing", ["www.*.example.com"], ["www.a.example.com"], false],
  ["a wildcard as a part of a label covers nothing", ["w*.example.com"], ["www.example.com"], false],
  ["two wildcards cover nothing", ["*.*.example.com"], ["a.b.example.com"], false],
  ["a wildcard below a top-level domain covers nothing", ["*.com"], ["example.com"], false],
  ["a wildcard alone covers nothing", ["*"], ["localhost"], false],
  ["a wildcard host needs the same wildcard", ["*.example.com"], ["*.example.com"], true],
  ["a wildcard host is not covered by the wildcard above", ["*.example.com"], ["*.cdn.example.com"], false],
  ["a wildcard host is not covered by single names", ["a.example.com"], ["*.example.com"], false],
  ["a host in another script is covered by its A-label", ["xn--bcher-kva.example"], ["bücher.example"], true],
  ["a wildcard covers a label in another script", ["*.example.com"], ["bücher.example.com"], true],
  ["a host in capitals of another script is covered", ["xn--bcher-kva.example"], ["BÜCHER.Example"], true],
  ["an address among the DNS names covers nothing", ["192.0.2.1"], ["192.0.2.1"], false],
  ["a wildcard does not cover an address", ["*.0.2.1"], ["192.0.2.1"], false],
  ["a host that ends in a number is no host", ["www.7"], ["www.7"], false],
  ["a name with an underscore is covered", ["_sip.example.com"], ["_SIP.example.com"], true],
  ["an empty host is not covered", ["*.example.com"], [""], false],
  ["what is no host name is not covered", ["*.example.com"], ["https://www.example.com/"], false],
])("%s", (_title, names, hosts, covered) => {
  expect(coverage(names, hosts)).toEqual(
    covered ? { covered: hosts, uncovered: [] } : { covered: [], uncovered: hosts },
  );
});

test("addresses are covered only by IP names, in any notation", () => {
  const hosts = ["192.0.2.1", "2001:DB8:0:0::1", "[2001:db8::1]", "2001:db8::2"];
  expect(coverage([], hosts, ["192.0.2.1", "2001:db8::1"])).toEqual({
    covered: hosts.slice(0, 3),
    uncovered: hosts.slice(3),
  });
});

test("the common name covers nothing", async () => {
  const { certificate } = await makeLeaf({ names: ["www.example.com"], commonName: "old.example.com" });
  expect(coverage(certificateFacts(certificate).dnsNames, ["old.example.com"]).uncovered).toEqual(["old.example.com"]);
});

test("a change names the hosts that are not covered, and those that lose coverage", () => {
  const plan = planCoverage({
    wanted: { dnsNames: ["www.example.com"] },
    outgoing: { dnsNames: ["*.example.com"], ipAddresses: ["192.0.2.1"] },
    hosts: ["www.example.com", "www2.example.com", "192.0.2.1", "example.org"],
  });
  expect(plan).toEqual({
    uncovered: ["www2.example.com", "192.0.2.1", "example.org"],
    lost: ["www2.example.com", "192.0.2.1"],
  });
});

test("without an outgoing certificate nothing is lost", () => {
  const change = { wanted: { dnsNames: [] }, hosts: ["www.example.com"] };
  expect(planCoverage(change)).toEqual({ uncovered: ["www.example.com"], lost: [] });
});

/** An independent implementation of RFC 9525 section 6.3 with regular expressions. */
function naiveMatch(pattern: string, host: string): boolean {
  const text = pattern.toLowerCase().replace(/\.$/, "");
  const wanted = host.toLowerCase().replace(/\.$/, "");
  if (/^(.*\.)?[0-9]+$/.test(wanted)) return false;
  if (text === wanted) return true;
  const wildcard = /^\*\.([^*.]+\.[^*]+)$/.exec(text);
  const parent = wildcard?.[1];
  return parent !== undefined && new RegExp(`^[^.*]+\\.${parent.replaceAll(".", "\\.")}$`).test(wanted);
}

const label = fc.constantFrom("a", "B", "www", "cdn", "x-1", "xn--bcher-kva", "_srv", "0");
const domain = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const dressed = fc.tuple(domain, fc.boolean()).map(([name, dot]) => (dot ? `${name}.` : name));
// Addresses are IP names, which have a separate table above.
const hostName = dressed.filter((name) => !/^[\d.]+$/.test(name));
const wildcardName = domain.map((name) => `*.${name}`);

test("10,000 random sets of names and hosts are judged as an independent matcher judges them", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(domain, wildcardName), { maxLength: 6 }),
      fc.array(fc.oneof(hostName, wildcardName), { minLength: 1, maxLength: 6 }),
      (names, hosts) => {
        const expected = hosts.filter((host) => names.some((name) => naiveMatch(name, host)));
        expect(coverage(names, hosts).covered).toEqual(expected);
      },
    ),
    { numRuns: 10_000 },
  );
});

test("10,000 random hosts are judged as node:tls judges them", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(domain, wildcardName), { minLength: 1, maxLength: 6 }), hostName, (names, host) => {
      // Node reads only these parts of the subject.
      const peer = { subject: { CN: "" }, subjectaltname: names.map((name) => `DNS:${name}`).join(", ") };
      const accepted = checkServerIdentity(host, peer as PeerCertificate) === undefined;
      expect(coverage(names, [host]).covered.length === 1).toBe(accepted);
    }),
    { numRuns: 10_000 },
  );
});
