/**
 * `delegation: "verify"` in a pull request's preview: everything that is wrong in DNS is shown on the template's row.
 */
import { createSocket } from "node:dgram";
import type { AddressInfo } from "node:net";
import { stackOfFile } from "../support/engine/file-stack.ts";

const on = stackOfFile();

const NAMES = [
  "www.example.com",
  "missing.example.com",
  "wrong.example.com",
  "slow.example.com",
  "caa.example.org",
  "shadow.example.net",
  "bücher.example",
  "*.bücher.example",
];
const program = (delegation: string) => `
const template = new q.CertificateTemplate("www", {
  commonName: ${JSON.stringify(NAMES[0])},
  subjectAlternativeNames: ${JSON.stringify(NAMES.slice(1))},
  ${delegation}
});
exports.records = template.delegationRecords;
exports.idn = template.delegationRecord("*.bücher.example").fromDomain;
`;
const VERIFY = program('delegation: "verify",');
const UNTIL = "Until then Qwilt can neither issue nor renew the certificate.";
const challenge = (name: string) => `_acme-challenge.${name}`;
const put = (name: string, record: object) => on.emulator.ask("PUT", `/dns/${name}`, record);

async function targets(): Promise<ReadonlyMap<string, string>> {
  const outputs = JSON.parse((await on.stack.pulumi(["stack", "output", "--json"])).stdout) as {
    records: { fromDomain: string; toDomain: string }[];
  };
  return new Map(outputs.records.map(({ fromDomain, toDomain }) => [fromDomain, toDomain]));
}

/** Warnings on the template's row, in any order. The display must not break their lines. */
const warnings = (all: string) =>
  [...new Set([...all.matchAll(/warning: (.+)/g)].map(([, text]) => text?.trim()))].sort();

/** A DNS server that never responds, and counts the queries. */
async function silentDns() {
  const socket = createSocket("udp4");
  let questions = 0;
  socket.on("message", () => {
    questions++;
  });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  const { port } = socket.address() as AddressInfo;
  return { address: `127.0.0.1:${port}`, questions: () => questions, close: () => socket.close() };
}

test("without it no preview and no up asks DNS; with it the same preview does", async () => {
  const dns = await silentDns();
  try {
    await on.stack.pulumi(["config", "set", "qwilt:dnsServer", dns.address]);
    on.stack.write(program(""));
    await on.stack.up();
    await on.stack.preview("--expect-no-changes");
    expect(dns.questions()).toBe(0);
    on.stack.write(VERIFY);
    const run = await on.stack.preview();
    expect(dns.questions()).toBe(7);
    expect(run.all).toContain(`DNS lookup of ${challenge("www.example.com")} failed: no response from ${dns.address}`);
  } finally {
    dns.close();
  }
});

test("names in any spelling, a wildcard and its base name give one record each, in A-labels", async () => {
  expect([...(await targets()).keys()]).toEqual(
    [
      "caa.example.org",
      "missing.example.com",
      "shadow.example.net",
      "slow.example.com",
      "wrong.example.com",
      "www.example.com",
      "xn--bcher-kva.example",
    ].map(challenge),
  );
  const { stdout } = await on.stack.pulumi(["stack", "output", "idn"]);
  expect(stdout.trim()).toBe(challenge("xn--bcher-kva.example"));
});

test("one preview names missing, wrong, shadowed, too slow and forbidden records; correct ones give no message", async () => {
  await on.stack.pulumi(["config", "set", "qwilt:dnsServer", on.emulator.dns]);
  const to = await targets();
  const target = (name: string) => to.get(challenge(name)) ?? "";
  const alias = (name: string, ttl = 300) => put(challenge(name), { type: "CNAME", value: target(name), ttl });
  await alias("www.example.com");
  await put(challenge("wrong.example.com"), { type: "CNAME", value: "elsewhere.example.net", ttl: 300 });
  await alias("slow.example.com", 172_800);
  await alias("caa.example.org");
  await put("example.org", { type: "CAA", value: '0 issue "other.example"' });
  await put("*.shadow.example.net", { type: "CNAME", value: "edge.example.net", ttl: 300 });
  await alias("xn--bcher-kva.example");
  await put("xn--bcher-kva.example", { type: "CAA", value: '0 issuewild ";"' });

  const since = await on.emulator.mark();
  const preview = await on.stack.preview();
  expect(await on.emulator.ledger(since)).toEqual([]);
  const cname = (name: string) => `${challenge(name)} CNAME ${target(name)}`;
  const expected = [
    `the record is missing: create ${cname("missing.example.com")}. ${UNTIL}`,
    `${challenge("wrong.example.com")} points to elsewhere.example.net: change it to ${cname("wrong.example.com")}. ${UNTIL}`,
    `${challenge("shadow.example.net")} points to edge.example.net, from a wildcard record above it: change it to ${cname("shadow.example.net")}. ${UNTIL}`,
    `the TTL of ${challenge("slow.example.com")} is 172800 s: set it to at most 86400`,
    `the CAA record of example.org allows only other.example: add 0 issue "letsencrypt.org". ${UNTIL}`,
    `the CAA record of xn--bcher-kva.example allows wildcards only from no CA: add 0 issuewild "letsencrypt.org". ${UNTIL}`,
  ].sort();
  expect(warnings(preview.all)).toEqual(expected);
  // A reviewer finds them below the template, and `up` shows them again.
  expect(preview.all).toMatch(/dynamic\/qwilt:CertificateTemplate \(www\):[\s\S]*the record is missing/);
  expect(warnings((await on.stack.up()).all)).toEqual(expected);
});

test("fixed records are no longer warned about, and nothing changes", async () => {
  for (const [name, value] of await targets()) await put(name, { type: "CNAME", value, ttl: 300 });
  for (const name of ["example.org", "xn--bcher-kva.example"])
    await put(name, { type: "CAA", value: '0 issue "letsencrypt.org"' });
  await on.emulator.ask("DELETE", "/dns/*.shadow.example.net");
  const preview = await on.stack.preview("--expect-no-changes");
  expect(warnings(preview.all)).toEqual([]);
});
