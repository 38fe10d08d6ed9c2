import { describeMisfits, describeRenewal } from "../../provider/issuance/renewal-messages.ts";
import { siteCertificateLink } from "../../provider/resources/site-certificate-link/resource.ts";
import type { DeclaredRenewal, RegisteredTemplate } from "../../provider/run/template-registry.ts";
import { DAY_MS } from "../../provider/x509/renewal-window.ts";
import { checkContextAt } from "../support/engine/check-context.ts";

const START = Date.parse("2026-11-24T00:00:00Z");
const life = (days: number) => ({ startsAt: START, endsAt: START + days * DAY_MS });
const declared = (
  renewBefore: string | number | undefined,
  lifetimeDays?: number,
  realDays?: number,
): DeclaredRenewal => ({
  renewBefore,
  lifetimeDays,
  counted:
    realDays !== undefined
      ? { ...life(realDays), by: "dates" }
      : lifetimeDays !== undefined
        ? { ...life(lifetimeDays), by: "lifetimeDays" }
        : undefined,
});

test.each<[string, DeclaredRenewal, number, readonly string[]]>([
  ["the same, but for a second", declared("1/3", 47), 47 - 1 / 86_400, []],
  ["the same, begun an hour before", declared("1/3", 90), 90 + 1 / 24, []],
  ["160 hours where 7 days are declared", declared("1/2", 7), 160 / 24, []],
  ["half of a declared day", declared("1/2", 1), 0.5, ["valid for 0.5 days, not 1: .* based on 1 day, .* too late"]],
  ["a day less", declared("1/3", 47), 46, ["valid for 46 days, not 47"]],
  ["more", declared("1/3", 47), 398, ["valid for 398 days, not 47: .* too early"]],
  [
    "a window as long",
    declared(47),
    47,
    ["renewBefore \\(47 days\\) is as long as the lifetime of the certificate \\(47 days\\)"],
  ],
  ["a window that is longer, in text", declared("50 days"), 47, ["renewBefore \\(50 days\\)"]],
  ["both", declared(50, 90), 47, ["valid for 47 days, not 90", "renewBefore \\(50 days\\)"]],
  ["a wrong lifetime that nobody counts by", declared(undefined, 90), 47, []],
])("misfits of a certificate with %s", (_title, template, days, said) => {
  expect(describeMisfits(template, life(days))).toEqual(said.map((text) => expect.stringMatching(text)));
});

test.each<[string, DeclaredRenewal | undefined, number, string]>([
  [
    "an unknown template",
    undefined,
    41,
    "its template is not part of this run: it is not renewed automatically unless",
  ],
  ["no window", declared(undefined, 47), 41, "^it is not renewed automatically: set renewBefore"],
  [
    "a window as long as it lives",
    declared("50 days", undefined, 47),
    41,
    "^it is not renewed automatically: renewBefore",
  ],
  ["such a window, and no dates at the template", declared(50), 41, "^it is not renewed automatically: renewBefore"],
  ["no dates at the template", declared("1/3"), 41, "^it is not renewed automatically while its template has no dates"],
  [
    "a declared life that is too long",
    declared("1/3", 90),
    41,
    "assumes 90 days, .* created only on 2027-01-23; correct",
  ],
  ["the same after its end", declared("1/3", 90), 50, "^it is not renewed in time"],
  ["a window that comes", declared(15, 47), 20, "^the first run on or after 2026-12-26 creates a new signing request"],
  ["a window that is open", declared(15, 47), 41, "^a new signing request is due now"],
])("with %s the row says what renews the certificate", (_title, template, night, said) => {
  expect(describeRenewal(template, life(47), START + night * DAY_MS)).toEqual(expect.stringMatching(said));
});

describe("a link by template", () => {
  const inputs = { siteId: "s", certificateTemplateId: 101 };
  const state = {
    ...inputs,
    certificateId: 7,
    linkedCertificateId: 7,
    targets: {},
    notAfter: new Date(START + 90 * DAY_MS).toISOString(),
  };
  const template = (renewedBy: RegisteredTemplate["renewedBy"], signingState = ""): RegisteredTemplate => ({
    certificateTemplateId: 101,
    csrId: 102,
    signingState,
    renewedBy,
  });
  const warned = (met: RegisteredTemplate | undefined, night = 80, ...others: readonly string[]) => {
    const ctx = checkContextAt(START + night * DAY_MS, ...others);
    if (met !== undefined) ctx.templates.record(met);
    return siteCertificateLink.diff(state, inputs, ctx);
  };

  test.each<[string, RegisteredTemplate | undefined, string]>([
    ["managed", template("qwilt"), "Qwilt renews it automatically, and `pulumi refresh` shows the new one"],
    ["managed, renewing", template("qwilt", "REQUESTING_CERTIFICATE_FROM_CA"), "Qwilt renews it automatically"],
    [
      "managed, and its record is bad",
      template("qwilt", "CHALLENGE_DELEGATION_FAILURE"),
      "renewal failed in signing request 102: the CNAME record is invalid; correct",
    ],
    [
      "managed, and a site was not switched",
      template("qwilt", "NOTIFY_SITES_FAILURE"),
      "renewal failed .*; contact Qwilt support",
    ],
    [
      "self-managed without a window",
      template(declared(undefined)),
      "it is not renewed automatically: set renewBefore",
    ],
    ["self-managed", template(declared(5, 90)), "the first run on or after 2027-02-17 creates a new signing request"],
    ["not decided yet", template("unknown"), "it is not renewed automatically unless"],
    ["of another stack", undefined, "if the template is managed, Qwilt renews"],
  ])("shows the expiry if the template is %s", (_title, met, said) => {
    expect(warned(met)).toEqual({
      kind: "none",
      warnings: [
        expect.stringMatching(`^certificate 7 expires in 10 days \\(2027-02-22\\), as last observed; .*${said}`),
      ],
    });
  });

  test("shows no expiry that is far away, or that another resource of the run shows", () => {
    expect(warned(template("qwilt"), 59)).toEqual({ kind: "none" });
    expect(warned(template("qwilt"), 80, "CertificateIssuance 101")).toEqual({ kind: "none" });
    expect(warned(template(declared(5, 90)), 80, "Certificate 7")).toEqual({ kind: "none" });
    expect(warned(template("qwilt"), 80, "CertificateIssuance 9", "Certificate 8").warnings).toHaveLength(1);
    const issued = { ...inputs, certificate: "issuance" as const, certificateId: 7 };
    const ctx = checkContextAt(START + 80 * DAY_MS);
    expect(siteCertificateLink.diff({ ...state, ...issued }, issued, ctx)).toEqual({ kind: "none" });
  });
});
