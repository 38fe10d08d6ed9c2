import { waitingRow } from "../../provider/issuance/await-issuance.ts";
import { delegationRecords } from "../../provider/issuance/delegation/records.ts";
import { certificateIssuance } from "../../provider/resources/certificate-issuance.ts";
import type { CertificateTemplateState } from "../../provider/resources/certificate-template/args.ts";
import { certificateTemplate } from "../../provider/resources/certificate-template/resource.ts";
import { UNKNOWN } from "../../provider/run/lifecycle.ts";
import { classifySigningState, describeState, SIGNING_STATES } from "../../provider/wire/signing-state.ts";
import { DAY_MS, renewalDue, windowMs } from "../../provider/x509/renewal-window.ts";
import { checkContextAt as at } from "../support/engine/check-context.ts";

const START = Date.parse("2026-11-24T00:00:00Z");

describe("windows", () => {
  test.each([
    ["days as a number", 15, 47, 15 * DAY_MS],
    ["days as text", "15", 47, 15 * DAY_MS],
    ["days with their unit", "15 days", 47, 15 * DAY_MS],
    ["a share in percent", "50%", 10, 5 * DAY_MS],
    ["a fraction", "1/3", 45, 15 * DAY_MS],
    ["a share of everything is none", "100%", 45, undefined],
    ["zero is none", 0, 45, undefined],
    ["words are none", "soon", 45, undefined],
  ] as const)("%s", (_title, renewBefore, days, expected) => {
    const window = windowMs(renewBefore, days * DAY_MS);
    if (expected === undefined) expect(window).toBeUndefined();
    else expect(window).toBeCloseTo(expected, 0);
  });

  test.each([6, 45, 47, 64, 90, 100, 200, 398])(
    "a lifetime of %i days is due once, from a third before its expiry",
    (days) => {
      const lifetime = { startsAt: START, endsAt: START + days * DAY_MS };
      const due = (day: number) => renewalDue(lifetime, "1/3", START + day * DAY_MS).due;
      const first = Array.from({ length: days + 1 }, (_, day) => day).find(due);
      expect(first).toBe(Math.ceil((days * 2) / 3));
      expect(due((first ?? 0) - 1)).toBe(false);
    },
  );

  test("a window as long as the lifetime is never due", () => {
    expect(renewalDue({ startsAt: START, endsAt: START + 10 * DAY_MS }, 10, START + 9.9 * DAY_MS).due).toBe(false);
  });
});

describe("delegation records", () => {
  test("are sorted, one per name, in one spelling", () => {
    const pairs = [
      { fromDomain: "_acme-challenge.www.Example.com.", toDomain: "b.acme.example" },
      { fromDomain: "_acme-challenge.example.com", toDomain: "a.acme.example." },
      { fromDomain: "_acme-challenge.www.example.com", toDomain: "b.acme.example" },
    ];
    expect(delegationRecords(pairs)).toEqual([
      { fromDomain: "_acme-challenge.example.com", toDomain: "a.acme.example", type: "CNAME", ttl: 86400 },
      { fromDomain: "_acme-challenge.www.example.com", toDomain: "b.acme.example", type: "CNAME", ttl: 86400 },
    ]);
    expect(delegationRecords([...pairs].reverse())).toEqual(delegationRecords(pairs));
  });
});

describe("the nine states", () => {
  test.each([...SIGNING_STATES])("%s gives its meaning and who has to act", (state) => {
    const request = {
      csrId: 7,
      sans: [],
      challengeDelegationOfDomainsList: [{ fromDomain: "_acme-challenge.a.example", toDomain: "x.acme" }],
      signingState: state,
    } as unknown as Parameters<typeof waitingRow>[0];
    const row = waitingRow(request, 3 * 60_000);
    expect(row).toContain(classifySigningState(state).meaning);
    expect(row).toMatch(/action required|waiting for Qwilt|waiting for the CA|done/);
    expect(row).toContain("3 min so far, usually 30 to 60");
    if (classifySigningState(state).waitingOn === "customer")
      expect(row).toContain("(action required if it is not in DNS yet): _acme-challenge.a.example CNAME x.acme; 3 min");
    expect(row).not.toContain("create");
    expect(describeState(state)).toContain(state);
  });
});

describe("CertificateTemplate", () => {
  const state: CertificateTemplateState = {
    commonName: "www.example.com",
    subjectAlternativeNames: ["b.example.com", "a.example.com"],
    autoManaged: false,
    certificateTemplateId: 101,
    csrId: 102,
    csrIds: [102],
    csrPem: "",
    delegationRecords: [],
    signingState: "",
    lastCertificateId: null,
    createdAt: new Date(START).toISOString(),
    adopted: false,
  };
  const inputs = {
    commonName: "www.example.com",
    subjectAlternativeNames: ["a.example.com", "B.example.com"],
    autoManaged: false,
  };

  test("another order or case of names is no difference", () => {
    expect(certificateTemplate.diff(state, inputs, at(START))).toEqual({ kind: "none" });
  });
  test("another name is a new template, created before the old one is deleted", () => {
    expect(certificateTemplate.diff(state, { ...inputs, commonName: "x.example.com" }, at(START))).toMatchObject({
      kind: "replace",
      order: "create-first",
      fields: ["commonName"],
    });
  });
  test("a changed rotation is a new template", () => {
    expect(certificateTemplate.diff(state, { ...inputs, rotation: "2" }, at(START))).toMatchObject({
      kind: "replace",
      fields: ["rotation"],
    });
  });
  test("the window decides by the clock, and the plan says so", () => {
    const renewing = { ...inputs, renewBefore: 15, lifetimeDays: 47 };
    expect(certificateTemplate.diff(state, renewing, at(START + 31 * DAY_MS))).toEqual({ kind: "none" });
    expect(certificateTemplate.diff(state, renewing, at(START + 35 * DAY_MS))).toMatchObject({
      kind: "replace",
      due: true,
      plan: "12 days left of 47: a new CSR, then your CA's signature",
    });
  });
  const dated = (days: number) => ({
    ...state,
    notBefore: new Date(START).toISOString(),
    notAfter: new Date(START + days * DAY_MS - 1_000).toISOString(),
  });
  test.each([
    ["longer", 90, 47, "none", "valid for 90 days, not 47: .* too early"],
    ["shorter", 47, 90, "replace", "valid for 47 days, not 90: .* too late"],
  ])(
    "real dates override a declared lifetime, and the row says that they are %s",
    (_title, days, lifetimeDays, kind, said) => {
      const change = certificateTemplate.diff(
        dated(days),
        { ...inputs, renewBefore: 15, lifetimeDays },
        at(START + 40 * DAY_MS),
      );
      expect(change).toMatchObject({ kind, warnings: [expect.stringMatching(said)] });
    },
  );
  test("a window as long as the real lifetime renews nothing, and every preview says so", () => {
    const change = certificateTemplate.diff(dated(47), { ...inputs, renewBefore: "50 days" }, at(START + DAY_MS));
    const said = expect.stringMatching(
      /^renewBefore \(50 days\) is as long as the lifetime of the certificate \(47 days\)/,
    );
    expect(change).toEqual({ kind: "none", warnings: [said] });
  });
  test("without dates nothing is planned to look them up", () => {
    expect(certificateTemplate.diff(state, { ...inputs, renewBefore: 15 }, at(START))).toEqual({ kind: "none" });
  });
  test("a window that renews in every run is rejected, together with all other findings", () => {
    const { failures } = certificateTemplate.check(
      { commonName: "not a name", autoManaged: false, renewBefore: 50, lifetimeDays: 47 },
      {},
      at(START),
    );
    expect(failures?.map(({ property }) => property)).toEqual(["renewBefore", "commonName"]);
  });
  test("a template that Qwilt renews accepts no window", () => {
    const { failures } = certificateTemplate.check(
      { commonName: "a.example.com", renewBefore: 5, rotation: "x" },
      {},
      at(START),
    );
    expect(failures?.map(({ property }) => property)).toEqual(["renewBefore", "rotation"]);
  });
});

describe("CertificateIssuance", () => {
  const issued = {
    certificateTemplateId: 101,
    certificateId: 7,
    csrId: 102,
    signingState: "NOTIFIED_SITES",
    fingerprint: "",
    dnsNames: [],
    ipAddresses: [],
    notAfter: new Date(START + 90 * DAY_MS).toISOString(),
    waitingSince: "",
  };
  test("nothing changes while it is issued, and the expiry is shown when it is near", () => {
    expect(certificateIssuance.diff(issued, { certificateTemplateId: 101 }, at(START))).toEqual({
      kind: "none",
      warnings: [],
    });
    const near = certificateIssuance.diff(issued, { certificateTemplateId: 101 }, at(START + 80 * DAY_MS));
    expect(near.warnings?.[0]).toMatch(/expires in 10 days .*Qwilt renews it automatically/);
  });
  describe("what was not issued when last observed", () => {
    const pending = "PENDING_CHALLENGE_DELEGATION";
    test.each<[string, string, object, string]>([
      [
        "is waited for on, for as long as by default",
        pending,
        {},
        "continue waiting for the certificate, up to 90 min in this run",
      ],
      [
        "is waited for on, for as long as timeouts say",
        pending,
        { timeouts: { create: 5, update: 20 } },
        "continue waiting for the certificate, up to 20 min in this run",
      ],
      [
        "is waited for on, nobody knows how long",
        pending,
        { timeouts: UNKNOWN },
        "continue waiting for the certificate",
      ],
      ["is looked at again with next-run", pending, { wait: "next-run" }, "check again"],
      ["is promised no wait that is not known", pending, { wait: UNKNOWN }, "check again"],
      [
        "after a failure waits for a newer request only",
        "CA_SIGN_FAILURE",
        {},
        "check for a newer CSR, and wait for its certificate if there is one",
      ],
    ])("%s", (_title, signingState, options, end) => {
      const inputs = { certificateTemplateId: 101, ...options };
      const state = { ...issued, certificateId: null, signingState };
      expect(certificateIssuance.diff(state, inputs, at(START))).toEqual({
        kind: "resume",
        plan: `not issued when last observed (${describeState(signingState)}): ${end}`,
        warnings: [],
      });
    });
    test("nor read yet, is not reported with an empty state", () => {
      const state = { ...issued, certificateId: null, signingState: "" };
      expect(certificateIssuance.diff(state, { certificateTemplateId: 101 }, at(START))).toMatchObject({
        plan: expect.stringMatching(/^not issued when last observed: continue waiting/),
      });
    });
  });
  test.each<[string, object, string]>([
    ["waits for it", {}, "wait until the certificate is issued"],
    ["looks once with next-run", { wait: "next-run" }, "check whether the certificate is issued"],
    ["promises no wait that is not known", { wait: UNKNOWN }, "check whether the certificate is issued"],
  ])("a changed retrigger requests a new signing request, and %s", (_title, options, then) => {
    const inputs = { certificateTemplateId: 101, retrigger: "1", ...options };
    expect(certificateIssuance.diff(issued, inputs, at(START))).toEqual({
      kind: "update",
      fields: ["retrigger"],
      plan: `request a new CSR from Qwilt, then ${then}`,
    });
  });
  test("an unknown template replaces", () => {
    expect(certificateIssuance.diff(issued, { certificateTemplateId: UNKNOWN }, at(START))).toMatchObject({
      kind: "replace",
    });
  });
});
