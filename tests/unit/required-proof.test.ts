/** What a link demands of a proof: the rules, and when they are asked. */
import type { Proof, Requires, SiteCertificateLinkArgs } from "../../provider/resources/site-certificate-link/args.ts";
import {
  changesCertificate,
  describeRequired,
  proofFailures,
  refusals,
} from "../../provider/resources/site-certificate-link/required-proof.ts";
import { siteCertificateLink } from "../../provider/resources/site-certificate-link/resource.ts";
import { type MaybeUnknown, UNKNOWN } from "../../provider/run/lifecycle.ts";
import { checkContextAt } from "../support/engine/check-context.ts";

const NOW = Date.parse("2026-11-23T10:00:00.000Z");
const A = "a".repeat(64);
const B = "b".repeat(64);
const proof: Proof = {
  siteId: "s2",
  target: "staging",
  fingerprint: B,
  publishId: "p7",
  activatedAt: "2026-11-23T09:00:00.000Z",
  notAfter: "2027-01-09T09:00:00Z",
  seen: "handshake",
};
const coming = { fingerprint: B, notAfter: proof.notAfter, before: A };
const api: Proof = { ...proof, seen: "api" };
const expired: Proof = { ...proof, notAfter: "2026-11-23T10:00:00Z" };

describe("what is wrong with a proof", () => {
  test.each<[string, Requires, object[]]>([
    ["nothing", { proof }, []],
    ["nothing: as old as it has to be", { proof, minAgeMinutes: 60 }, []],
    ["nothing: seen by the API where that is enough", { proof: api, seenBy: "api" }, []],
    ["nothing: a later release added a field", { proof: { ...proof, hosts: [] } }, []],
    [
      "nothing: times with an offset",
      { proof: { ...proof, activatedAt: "2026-11-23T11:00:00+02:00" }, minAgeMinutes: 60 },
      [],
    ],
    [
      "nothing: the clock there is ahead, and no age is demanded",
      { proof: { ...proof, activatedAt: "2026-11-23T10:00:09Z" } },
      [],
    ],
    ["it is left out", {}, [{ reason: "missing" }]],
    ["it is null", { proof: null, stack: "staging" }, [{ reason: "missing", stack: "staging" }]],
    ["it is empty", { proof: "" }, [{ reason: "missing" }]],
    ["it is a text", { proof: B }, [{ reason: "malformed", problem: "it must be an object" }]],
    ["it is a list", { proof: [proof] }, [{ reason: "malformed" }]],
    [
      "it is another object",
      { proof: { fingerprint: B } },
      [{ reason: "malformed", problem: "its siteId is missing or wrong" }],
    ],
    [
      "its fingerprint is none",
      { proof: { ...proof, fingerprint: "" } },
      [{ reason: "malformed", problem: "its fingerprint is missing or wrong" }],
    ],
    ["its time is none", { proof: { ...proof, activatedAt: "yesterday" } }, [{ reason: "malformed" }]],
    ["its expiry is missing", { proof: { ...proof, notAfter: "" } }, [{ reason: "malformed" }]],
    ["it was seen by something else", { proof: { ...proof, seen: "eye" } }, [{ reason: "malformed" }]],
    [
      "it is of the certificate that the link has",
      { proof: { ...proof, fingerprint: A } },
      [{ reason: "other-certificate", isEarlier: true }],
    ],
    [
      "it is of one that ends before",
      { proof: { ...proof, fingerprint: "c".repeat(64), notAfter: "2027-01-01T00:00:00Z" } },
      [{ reason: "other-certificate", isEarlier: true }],
    ],
    [
      "it is of one that ends later",
      { proof: { ...proof, fingerprint: "c".repeat(64), notAfter: "2027-02-01T00:00:00Z" } },
      [{ reason: "other-certificate", isEarlier: false }],
    ],
    ["it ends now", { proof: expired }, [{ reason: "expired" }]],
    [
      "it was seen by the API where a handshake is demanded",
      { proof: api, seenBy: "handshake" },
      [{ reason: "api-only" }],
    ],
    [
      "it is a minute too young",
      { proof, minAgeMinutes: 61 },
      [{ reason: "too-young", ageMinutes: 60, minAgeMinutes: 61, from: "2026-11-23T10:01:00.000Z" }],
    ],
    [
      "it is of the future",
      { proof: { ...proof, activatedAt: "2026-11-23T10:05:00.000Z" }, minAgeMinutes: 1 },
      [{ reason: "too-young", ageMinutes: 0 }],
    ],
    [
      "three things at once",
      { proof: { ...expired, seen: "api" }, seenBy: "handshake", minAgeMinutes: 90 },
      [{ reason: "expired" }, { reason: "api-only" }, { reason: "too-young" }],
    ],
  ])("%s", (_title, requires, wrong) => {
    const found = refusals(requires, coming, NOW);
    expect(found).toHaveLength(wrong.length);
    expect(found).toMatchObject(wrong);
  });

  test("a fingerprint that is not known yet is compared later, the rest now", () => {
    const unknown = { fingerprint: undefined, notAfter: undefined };
    expect(refusals({ proof: { ...proof, fingerprint: A } }, unknown, NOW)).toEqual([]);
    expect(refusals({ proof: expired }, unknown, NOW)).toMatchObject([{ reason: "expired" }]);
  });
});

type Args = MaybeUnknown<SiteCertificateLinkArgs>;
const live = { siteId: "s1", certificateId: 25, fingerprint: A };
const wanted: Args = { ...live, certificateId: 31, fingerprint: B, notAfter: proof.notAfter, requires: { proof } };

describe("whether a run brings another certificate", () => {
  test.each<[string, Args, Record<string, unknown>, boolean | "unknown"]>([
    ["a new link", wanted, {}, true],
    ["another certificate", wanted, live, true],
    ["the same", { ...wanted, fingerprint: A, certificateId: 25 }, live, false],
    ["the same one uploaded again", { ...wanted, fingerprint: A, certificateId: UNKNOWN }, live, false],
    ["another one that is not uploaded yet", { ...wanted, certificateId: UNKNOWN }, live, true],
    ["one that is not issued yet", { ...wanted, certificateId: UNKNOWN, fingerprint: UNKNOWN }, live, "unknown"],
    ["the same id", { siteId: "s1", certificateId: 25 }, { siteId: "s1", certificateId: 25 }, false],
    ["another id", { siteId: "s1", certificateId: 31 }, { siteId: "s1", certificateId: 25 }, true],
    ["the same id, now with its facts", { ...wanted, certificateId: 25 }, { siteId: "s1", certificateId: 25 }, false],
    ["another site", { ...wanted, fingerprint: A, siteId: "s9" }, live, true],
    ["a site that is not known yet", { ...wanted, siteId: UNKNOWN }, live, "unknown"],
    [
      "the newest of the same template",
      { ...wanted, certificateTemplateId: 3 },
      { ...live, certificateTemplateId: 3 },
      "unknown",
    ],
    ["another template", { ...wanted, certificateTemplateId: 4 }, { ...live, certificateTemplateId: 3 }, true],
  ])("%s", (_title, args, olds, is) => expect(changesCertificate(args, olds)).toBe(is));
});

describe("at preview", () => {
  const missing: Args = { ...wanted, requires: { stack: "staging" } };
  test.each<[string, Args, Record<string, unknown>]>([
    ["a certificate that the link has already", { ...missing, fingerprint: A }, live],
    ["a proof that is not known yet", { ...wanted, requires: UNKNOWN }, live],
    ["a certificate that is not known yet", { ...missing, certificateId: UNKNOWN, fingerprint: UNKNOWN }, live],
    ["a link without requires", { ...live, fingerprint: B }, live],
    ["a new certificate with its proof", wanted, live],
  ])("%s is not refused", (_title, args, olds) => expect(proofFailures(args, olds, NOW)).toEqual([]));

  test("the finding is on `requires` and has the command and the code", () => {
    expect(proofFailures(missing, live, NOW)).toEqual([
      {
        property: "requires",
        reason: expect.stringMatching(
          /missing.*Do: .*`pulumi up --refresh --stack staging`\. \[QWILT_PROOF_REQUIRED\]$/,
        ),
      },
    ]);
  });

  test("a link that is replaced on demand is checked as a new one, and was judged before", () => {
    expect(siteCertificateLink.check(missing, {}, checkContextAt(NOW)).failures).toHaveLength(1);
    expect(siteCertificateLink.check(missing, {}, checkContextAt(NOW, "SiteCertificateLink s1")).failures).toEqual([]);
  });

  test.each<[string, Args, RegExp]>([
    [
      "a proof that is known",
      wanted,
      /^; proven: certificate b{16}\.\.\. has been active on staging of site s2 since 2026-11-23T09:00:00\.000Z, seen by TLS handshake$/,
    ],
    ["a proof that is not", { ...wanted, requires: UNKNOWN }, /^; the required proof is checked at `pulumi up`$/],
    ["a certificate that is not", { ...wanted, fingerprint: UNKNOWN }, /checked at `pulumi up`$/],
    ["a template", { ...wanted, certificateTemplateId: 3 }, /checked at `pulumi up`$/],
    ["no requires", live, /^$/],
  ])("the row tells of %s", (_title, args, text) => expect(describeRequired(args)).toMatch(text));

  test("`requires` alone is no change", () => {
    const targets = {
      ga: { publishId: "p", publishStatus: "Success", activatedAt: proof.activatedAt, certificateId: 25 },
    };
    const state = { ...live, linkedCertificateId: 25, ownCertificateId: 25, targets };
    const requires = { proof, minAgeMinutes: 5 };
    expect(siteCertificateLink.diff(state, { ...live, requires }, checkContextAt(NOW))).toEqual({ kind: "none" });
  });
});
