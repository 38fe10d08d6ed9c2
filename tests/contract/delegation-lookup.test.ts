/** What a DNS check reports about the delegation records, using the emulator's DNS server over UDP. */

import { getServers, setServers } from "node:dns";
import { lookupDelegation } from "../../provider/issuance/delegation/check-delegation.ts";
import { describeFinding } from "../../provider/issuance/delegation/dns-finding.ts";
import type { DelegationRecord } from "../../provider/issuance/delegation/records.ts";
import { templateOf } from "../support/engine/resource-verbs.ts";
import { startRuntime } from "../support/engine/runtime-provider.ts";
import { frozenEmulator } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const UNTIL = "Until then Qwilt can neither issue nor renew the certificate.";
const record = "_acme-challenge.www.example.com";

const put = async (name: string, type: string, value: string, ttl = 300) => {
  const { status, text } = await emulator().control("PUT", `/dns/${name}`, { type, value, ttl });
  if (status !== 200) throw new Error(text);
};

/** @returns the warnings of a preview, and the correct target of the record */
async function look(names: readonly string[], set: (target: string) => Promise<void>) {
  const { api, apiKey, clock, dns } = emulator().emulator;
  const run = startRuntime({
    api,
    apiKey,
    clock: { now: () => clock.now(), sleep: async () => undefined },
    config: { dnsServer: dns },
  });
  try {
    const [commonName = "", ...subjectAlternativeNames] = names;
    const args = { commonName, subjectAlternativeNames, delegation: "verify" as const };
    const { state } = await templateOf(run).create(args);
    const target = state.delegationRecords[0]?.toDomain ?? "";
    await set(target);
    return { target, warnings: await templateOf(run).preview(String(state.certificateTemplateId), state, args) };
  } finally {
    run.close();
  }
}

const host = ["www.example.com"];
const right = (target: string) => put(record, "CNAME", target);

test("a correct record gives no finding, nor does one that leads to the right name through another", async () => {
  expect((await look(host, right)).warnings).toEqual([]);
  const chain = async (target: string) => {
    await put(record, "CNAME", "acme.example.net");
    await put("acme.example.net", "CNAME", target);
  };
  expect((await look(host, chain)).warnings).toEqual([]);
});

test("a missing record is reported, with what to create", async () => {
  const { target, warnings } = await look(host, async () => undefined);
  expect(warnings).toEqual([`the record is missing: create ${record} CNAME ${target}. ${UNTIL}`]);
});

test.each(["elsewhere.example.net", record])("a record that points to %s is reported, with what to do", async (to) => {
  const { target, warnings } = await look(host, () => put(record, "CNAME", to));
  expect(warnings).toEqual([`${record} points to ${to}: change it to ${record} CNAME ${target}. ${UNTIL}`]);
});

test("a wildcard that shadows the record is named as one", async () => {
  const { target, warnings } = await look(host, () => put("*.www.example.com", "CNAME", "edge.example.net"));
  expect(warnings).toEqual([
    `${record} points to edge.example.net, from a wildcard record above it: change it to ${record} CNAME ${target}. ${UNTIL}`,
  ]);
});

test("a TTL over a day is reported, and blocks nothing; a day is accepted", async () => {
  const slow = await look(host, (target) => put(record, "CNAME", target, 86_401));
  expect(slow.warnings).toEqual([`the TTL of ${record} is 86401 s: set it to at most 86400`]);
  expect((await look(host, (target) => put(record, "CNAME", target, 86_400))).warnings).toEqual([]);
});

test("a DNS server that does not respond is reported as such, and not as a missing record", async () => {
  const { warnings } = await look(host, async () => {
    await emulator().control("PUT", `/dns-faults/${record}`, { fault: "SERVFAIL" });
  });
  expect(warnings).toEqual([`DNS lookup of ${record} failed: SERVFAIL`]);
  await emulator().control("DELETE", `/dns-faults/${record}`);
});

describe("behind a proxy", () => {
  const proxy = "proxy.example.net:3128";
  const records: readonly DelegationRecord[] = [
    { fromDomain: record, type: "CNAME", toDomain: "acme.example.net", ttl: 300 },
  ];
  const ask = async (server: string | undefined) =>
    (await lookupDelegation(records, host, { server, timeoutMs: 5_000, proxy })).map(describeFinding);
  const before = getServers();
  beforeEach(() => setServers([emulator().emulator.dns]));
  afterEach(() => setServers(before));

  test("a record that this machine's DNS does not have may still exist", async () => {
    expect(await ask(undefined)).toEqual([
      `the record is missing: create ${record} CNAME acme.example.net. ${UNTIL}`,
      "DNS queries do not go through the proxy proxy.example.net:3128: if this machine's DNS server resolves only internal names, set qwilt:dnsServer to one that resolves public names",
    ]);
  });

  test("the response of a configured server is trusted", async () => {
    expect(await ask(emulator().emulator.dns)).toHaveLength(1);
  });

  test("a configured server that does not respond is reported, and that DNS does not use the proxy", async () => {
    await emulator().control("PUT", `/dns-faults/${record}`, { fault: "SERVFAIL" });
    const { dns } = emulator().emulator;
    expect(await ask(dns)).toEqual([
      `DNS lookup of ${record} failed: SERVFAIL`,
      `DNS queries do not go through the proxy ${proxy}: if ${dns} is not reachable from here, set qwilt:dnsServer to a server that is`,
    ]);
    await emulator().control("DELETE", `/dns-faults/${record}`);
  });

  test("correct records give no finding", async () => {
    await put(record, "CNAME", "acme.example.net");
    expect(await ask(undefined)).toEqual([]);
  });
});

describe("CAA", () => {
  const both = ["www.example.com", "*.www.example.com"];
  const only = (owner: string, issuer: string, tag: string) =>
    `the CAA record of ${owner} allows ${tag === "issuewild" ? "wildcards only from" : "only"} ${issuer}: add 0 ${tag} "letsencrypt.org". ${UNTIL}`;
  const onlyBy = (tag: string, methods: string) =>
    `the CAA record of example.com allows letsencrypt.org${tag === "issuewild" ? " for wildcards" : ""} only by ${methods}, and Qwilt's certificates are validated by dns-01: add 0 ${tag} "letsencrypt.org; validationmethods=dns-01". ${UNTIL}`;
  test.each<[string, readonly string[], readonly [string, string][], readonly string[]]>([
    [
      "of another CA forbids",
      host,
      [["www.example.com", '0 issue "other.example"']],
      [only("www.example.com", "other.example", "issue")],
    ],
    [
      "of all CAs, above the name, forbids",
      host,
      [["example.com", '0 issue ";"']],
      [only("example.com", "no CA", "issue")],
    ],
    ["of Let's Encrypt allows", host, [["example.com", '0 issue "letsencrypt.org; validationmethods=dns-01"']], []],
    ["of Let's Encrypt allows in any case of its name", host, [["example.com", '0 issue "LetsEncrypt.org"']], []],
    [
      "of Let's Encrypt allows for one account, whosever it is",
      host,
      [["example.com", '0 issue "letsencrypt.org; accounturi=https://acme-v02.api.letsencrypt.org/acme/acct/1"']],
      [],
    ],
    [
      "of Let's Encrypt by http-01 forbids",
      host,
      [["example.com", '0 issue "letsencrypt.org; validationmethods=http-01"']],
      [onlyBy("issue", "http-01")],
    ],
    [
      "by several methods, none of them dns-01, among other parameters, forbids",
      host,
      [
        [
          "example.com",
          '0 issue " LetsEncrypt.org;accounturi=https://a.example/1 ;  ValidationMethods = http-01, tls-alpn-01 ; x=1"',
        ],
      ],
      [onlyBy("issue", "http-01, tls-alpn-01")],
    ],
    [
      "by no method forbids",
      host,
      [["example.com", '0 issue "letsencrypt.org; validationmethods="']],
      [onlyBy("issue", "no method")],
    ],
    [
      "by dns-01 among others, with white space and parameters, allows",
      host,
      [
        [
          "example.com",
          '0 issue "letsencrypt.org ; accounturi=https://a.example/1;validationmethods=http-01,dns-01 ;"',
        ],
      ],
      [],
    ],
    [
      "of which one allows is enough",
      host,
      [
        ["example.com", '0 issue "letsencrypt.org; validationmethods=http-01"'],
        ["example.com", '0 issue "letsencrypt.org; validationmethods=dns-01"'],
      ],
      [],
    ],
    [
      "by http-01 for wildcards forbids the wildcard, beside another CA",
      both,
      [
        ["example.com", '0 issue "letsencrypt.org"'],
        ["example.com", '0 issuewild "other.example"'],
        ["example.com", '0 issuewild "letsencrypt.org; validationmethods=http-01"'],
      ],
      [onlyBy("issuewild", "http-01")],
    ],
    ["for reports alone allows", host, [["example.com", '0 iodef "mailto:ca@example.com"']], []],
    ["for wildcards is nothing to a plain name", host, [["example.com", '0 issuewild ";"']], []],
    [
      "for wildcards forbids the wildcard",
      both,
      [["example.com", '0 issuewild ";"']],
      [only("example.com", "no CA", "issuewild")],
    ],
    [
      "without a rule for wildcards holds for them too",
      ["*.www.example.com"],
      [["example.com", '0 issue ";"']],
      [only("example.com", "no CA", "issue")],
    ],
    [
      "closer to the name wins",
      host,
      [
        ["example.com", '0 issue ";"'],
        ["www.example.com", '0 issue "letsencrypt.org"'],
      ],
      [],
    ],
  ])("%s", async (_title, names, records, expected) => {
    const { warnings } = await look(names, async (target) => {
      await right(target);
      for (const [owner, value] of records) await put(owner, "CAA", value);
    });
    expect(warnings).toEqual(expected);
  });

  test("that allows other CAs than Let's Encrypt for wildcards only is reported for wildcards only", async () => {
    const { warnings } = await look(["*.www.example.com"], async (target) => {
      await right(target);
      await put("example.com", "CAA", '0 issue ";"');
      await put("example.com", "CAA", '0 issuewild "letsencrypt.org"');
    });
    expect(warnings).toEqual([]);
  });
});

test('without delegation: "verify" a preview sends no query', async () => {
  const { api, apiKey, clock } = emulator().emulator;
  // Nothing listens there: a query would be a finding.
  const run = startRuntime({
    api,
    apiKey,
    clock: { now: () => clock.now(), sleep: async () => undefined },
    config: { dnsServer: "127.0.0.1:9" },
  });
  const { state } = await templateOf(run).create({ commonName: "www.example.com" });
  expect(
    await templateOf(run).preview(String(state.certificateTemplateId), state, { commonName: "www.example.com" }),
  ).toEqual([]);
  expect(
    await templateOf(run).preview(String(state.certificateTemplateId), state, {
      commonName: "www.example.com",
      delegation: "verify",
    }),
  ).toEqual([expect.stringMatching(/^DNS lookup of /)]);
  run.close();
});
