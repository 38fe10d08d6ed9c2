import { defaultAssumptions as rules } from "../assumptions.ts";
import { ApiProblem } from "./api-problem.ts";
import { changeSite, delegationTarget, newSite, readRoutingMethod, requireSiteName, type SiteEvent } from "./site.ts";

const site = newSite(
  {
    siteId: "s",
    serviceNumber: 7001,
    organisation: "My Org",
    user: "a@example.com",
    siteName: "one",
    routingMethod: "DNS",
  },
  5,
);
const linked = { ...site, linkedCertificateId: 25 };

test.each<[string, typeof site, SiteEvent, object]>([
  [
    "a rename",
    site,
    { kind: "rename", siteName: "two", user: "b" },
    { siteName: "two", updatedAtMs: 9, updatedUser: "b" },
  ],
  ["a soft delete", site, { kind: "soft-delete", user: "b" }, { isDeleted: true, siteName: "one", updatedAtMs: 9 }],
  ["a second soft delete", { ...site, isDeleted: true }, { kind: "soft-delete", user: "b" }, { updatedAtMs: 5 }],
  ["a link", site, { kind: "link", certificateId: 25 }, { linkedCertificateId: 25, updatedAtMs: 5 }],
  ["an unlink", linked, { kind: "unlink", certificateId: 25 }, { linkedCertificateId: null, updatedAtMs: 5 }],
])("%s changes a site", (_title, before, event, after) => {
  expect(changeSite(before, event, 9, rules)).toMatchObject(after);
});

test.each<[string, typeof site, SiteEvent, number]>([
  ["a second link", linked, { kind: "link", certificateId: 31 }, 409],
  ["the same link again", linked, { kind: "link", certificateId: 25 }, 409],
  ["an unlink of another certificate", linked, { kind: "unlink", certificateId: 31 }, 404],
  ["an unlink without a link", site, { kind: "unlink", certificateId: 25 }, 404],
])("%s is rejected", (_title, before, event, status) => {
  expect(() => changeSite(before, event, 9, rules)).toThrow(expect.objectContaining({ status }));
});

test("the delegation target is a host name, whatever the organization's name", () => {
  expect(delegationTarget(site)).toBe("edge.ds-c7001-my-org.global.dns.qwilted-cds.cqloud.com");
});

test.each(["a", " spaces and ünïcödé ", "x".repeat(255)])("the name %j is accepted", (name) => {
  expect(requireSiteName(name, rules)).toBe(name);
});
test.each(["", "  ", "x".repeat(256), undefined, null, 1])("the name %j is rejected", (name) => {
  expect(() => requireSiteName(name, rules)).toThrow(ApiProblem);
});
test.each([
  [undefined, "DNS"],
  [null, "DNS"],
  ["DNS", "DNS"],
  ["HTTP", "HTTP"],
])("routing method %j is read as %s", (value, method) => expect(readRoutingMethod(value)).toBe(method));
