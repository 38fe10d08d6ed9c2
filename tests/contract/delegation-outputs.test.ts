/**
 * Delegation records as a program receives them: the same bytes in every signing state, however the names are spelled.
 */

import { namesWithRecord, recordOfName } from "../../provider/issuance/delegation/records.ts";
import type {
  CertificateTemplateArgs,
  CertificateTemplateState,
} from "../../provider/resources/certificate-template/args.ts";
import { certificateTemplate } from "../../provider/resources/certificate-template/resource.ts";
import { SIGNING_STATES } from "../../provider/wire/signing-state.ts";
import { gateApi } from "../support/emulator/gate-api.ts";
import { templateOf } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import type { TestSessionOptions } from "../support/engine/test-session.ts";
import { frozenEmulator } from "./emulator-harness.ts";
import { delegate, type Pair } from "./emulator-signing.ts";
import { setState } from "./signing-support.ts";

const emulator = frozenEmulator();
const csr = "/api/v2/certificate-signing-requests/*";
let open: RuntimeProvider[] = [];
afterEach(() => {
  for (const run of open) run.close();
  open = [];
});

function start(wrap?: TestSessionOptions["wrap"]): RuntimeProvider {
  const { api, apiKey, clock, dns } = emulator().emulator;
  const run = startRuntime({
    api,
    apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(Math.ceil(ms)) },
    config: { dnsServer: dns },
    ...(wrap === undefined ? {} : { wrap }),
  });
  open.push(run);
  return run;
}

async function create(args: CertificateTemplateArgs, run = start()): Promise<CertificateTemplateState> {
  const { state } = await templateOf(run).create(args);
  return state;
}

async function read(state: CertificateTemplateState, run = start()): Promise<CertificateTemplateState> {
  const found = await templateOf(run).read(String(state.certificateTemplateId), state);
  if (found === undefined) throw new Error("the template is gone");
  return found;
}

const bytes = ({ delegationRecords }: CertificateTemplateState) => JSON.stringify(delegationRecords);
const names = ({ delegationRecords }: CertificateTemplateState) =>
  delegationRecords.map(({ fromDomain }) => fromDomain);
/** The expected zone entries, written by hand: target names differ by the name only. */
function expectUsable({ delegationRecords }: CertificateTemplateState): void {
  for (const record of delegationRecords) {
    expect(Object.keys(record).toSorted()).toEqual(["fromDomain", "toDomain", "ttl", "type"]);
    expect(record).toMatchObject({ type: "CNAME", ttl: 86_400 });
    for (const name of [record.fromDomain, record.toDomain]) expect(name).toMatch(/^[a-z0-9_-]+(\.[a-z0-9-]+)+$/);
  }
}

const hundred = Array.from({ length: 100 }, (_, index) => `host-${index}.example.com`);
const cases: readonly [string, CertificateTemplateArgs, readonly string[]][] = [
  [
    "two names, not in their order",
    { commonName: "www.example.com", subjectAlternativeNames: ["Shop.Example.com"] },
    ["_acme-challenge.shop.example.com", "_acme-challenge.www.example.com"],
  ],
  [
    "a wildcard with its base name: one record",
    { commonName: "example.com", subjectAlternativeNames: ["*.example.com", "*.www.example.com"] },
    ["_acme-challenge.example.com", "_acme-challenge.www.example.com"],
  ],
  [
    "an IDN in U-labels, and a wildcard below it",
    { commonName: "bücher.example", subjectAlternativeNames: ["*.bücher.example", "www.BÜCHER.example"] },
    ["_acme-challenge.www.xn--bcher-kva.example", "_acme-challenge.xn--bcher-kva.example"],
  ],
  [
    "an IDN in A-labels, and a wildcard below it",
    { commonName: "xn--bcher-kva.example", subjectAlternativeNames: ["*.XN--bcher-kva.example", "www.bücher.example"] },
    ["_acme-challenge.www.xn--bcher-kva.example", "_acme-challenge.xn--bcher-kva.example"],
  ],
  [
    "100 alternative names",
    { commonName: "www.example.com", subjectAlternativeNames: hundred },
    [...hundred, "www.example.com"].map((name) => `_acme-challenge.${name}`).sort(),
  ],
];

describe.each(cases)("%s", (_title, args, expected) => {
  test("the records are the same bytes in all nine states, at creation and at each refresh", async () => {
    const seen = new Set<string>();
    for (const state of SIGNING_STATES) {
      await emulator().control("POST", "/faults", { match: { method: "GET", route: csr }, effect: { signing: state } });
      const made = await create(args);
      expect(made.signingState).toBe(state);
      expect(names(made)).toEqual(expected);
      expectUsable(made);
      seen.add(bytes(made));
      await emulator().control("DELETE", "/faults");
      await emulator().call("DELETE", `/api/v2/certificate-templates/${made.certificateTemplateId}`);
    }
    const one = await create(args);
    await delegate(emulator(), String(one.csrId));
    for (const state of SIGNING_STATES) {
      await setState(emulator(), String(one.csrId), state);
      const again = await read(one);
      expect(again.signingState).toBe(state);
      seen.add(bytes(again));
    }
    expect([...seen]).toEqual([bytes(one)]);
  });
});

test("U-labels and A-labels are the same template: same records, no difference, and a killed run's template is found", async () => {
  const unicode = { commonName: "bücher.example", subjectAlternativeNames: ["www.bücher.example"] };
  const ascii = { commonName: "xn--bcher-kva.example", subjectAlternativeNames: ["WWW.xn--bcher-kva.example."] };
  const made = await create(unicode);
  expect(certificateTemplate.diff(made, ascii, start().session.checkContext())).toEqual({ kind: "none" });
  const found = await create(ascii);
  expect(found).toMatchObject({ certificateTemplateId: made.certificateTemplateId, adopted: true });
  expect(bytes(found)).toBe(bytes(made));
});

test("names are sent to Qwilt as they are in a certificate, without duplicates", async () => {
  await create({ commonName: "BÜCHER.example.", subjectAlternativeNames: ["xn--bcher-kva.example", "bücher.example"] });
  const { json } = await emulator().call("GET", "/api/v2/certificate-templates");
  expect(json).toMatchObject([{ commonName: "xn--bcher-kva.example", sans: ["xn--bcher-kva.example"] }]);
});

test("a later list in another order or spelling, or a missing one, changes no byte", async () => {
  const args = { commonName: "bücher.example", subjectAlternativeNames: ["www.example.com", "a.example.com"] };
  const made = await create(args);
  await delegate(emulator(), String(made.csrId));
  const showing = (change: (list: readonly Pair[]) => readonly Pair[]) =>
    start((api) =>
      gateApi(api, async (call, send) => {
        const answer = await send();
        if (call !== "signingRequests.get") return answer;
        const request = answer as { challengeDelegationOfDomainsList: readonly Pair[] };
        return { ...request, challengeDelegationOfDomainsList: change(request.challengeDelegationOfDomainsList) };
      }),
    );
  await setState(emulator(), String(made.csrId), "NOTIFIED_SITES");
  const unicode = (list: readonly Pair[]) =>
    list.map(({ fromDomain, toDomain }) => ({
      fromDomain: fromDomain.replace("xn--bcher-kva", "Bücher"),
      toDomain: `${toDomain.toUpperCase()}.`,
    }));
  for (const change of [
    () => [],
    (list: readonly Pair[]) => [...list].reverse(),
    (list: readonly Pair[]) => [...list, ...list],
    unicode,
  ])
    expect(bytes(await read(made, showing(change)))).toBe(bytes(made));
});

describe("the record of one name", () => {
  test.each([
    ["example.com", "_acme-challenge.example.com"],
    ["*.example.com", "_acme-challenge.example.com"],
    ["WWW.Example.com.", "_acme-challenge.www.example.com"],
    ["bücher.example", "_acme-challenge.xn--bcher-kva.example"],
    ["xn--bcher-kva.example", "_acme-challenge.xn--bcher-kva.example"],
  ])("%s has %s", async (name, expected) => {
    const { delegationRecords } = await create({
      commonName: "www.example.com",
      subjectAlternativeNames: ["*.example.com", "bücher.example"],
    });
    expect(recordOfName(delegationRecords, name)?.fromDomain).toBe(expected);
  });

  test("a name that the template does not have has none, also when names below it have one", async () => {
    const { delegationRecords } = await create({ commonName: "www.example.com" });
    for (const name of ["example.com", "com", "shop.example.com", "a.www.example.com"])
      expect(recordOfName(delegationRecords, name)).toBeUndefined();
  });
});

describe("the names that need a record of their own", () => {
  test.each<[string, readonly string[], readonly string[]]>([
    [
      "all, as they are spelled and in their order",
      ["www.example.com", "Shop.Example.com"],
      ["www.example.com", "Shop.Example.com"],
    ],
    ["a base name and its wildcard: the base name", ["w.example.net", "*.w.example.net"], ["w.example.net"]],
    ["the same in the other order", ["*.w.example.net", "w.example.net"], ["w.example.net"]],
    ["a wildcard alone: its base name", ["*.w.example.net"], ["w.example.net"]],
    ["a wildcard above another name: both", ["*.example.net", "w.example.net"], ["example.net", "w.example.net"]],
    ["one name in two spellings: the first", ["bücher.example", "*.XN--bcher-kva.example."], ["bücher.example"]],
    ["none", [], []],
  ])("%s", (_title, hosts, expected) => expect(namesWithRecord(hosts)).toEqual(expected));

  test("are as many as the records, and each finds its record", async () => {
    const names = ["www.example.com", "*.www.example.com", "*.example.com", "bücher.example"];
    const { delegationRecords } = await create({ commonName: "www.example.com", subjectAlternativeNames: names });
    const found = namesWithRecord(names).map((name) => recordOfName(delegationRecords, name)?.fromDomain);
    expect([...found].sort()).toEqual(delegationRecords.map(({ fromDomain }) => fromDomain));
  });
});
