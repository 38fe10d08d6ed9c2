import { judge, organizationOf, ownersIn, type Verdict } from "../../provider/core/organization.ts";
import { organizationsOfToken } from "../../provider/wire/login.ts";

const other = (...organizations: string[]): Verdict => ({ kind: "other", organizations });
const own: Verdict = { kind: "own" };
const unknown: Verdict = { kind: "unknown" };

test.each<[string, string[], string[], string[], Verdict]>([
  ["an answer names the owner", ["a"], ["a"], [], own],
  ["an answer names another owner", ["a"], ["b"], [], other("b")],
  ["answers name several owners, the state's among them", ["a"], ["b", "a"], [], own],
  ["answers name several owners, the state's not among them", ["a"], ["b", "c"], [], other("b", "c")],
  ["the login is for the owner", ["a"], [], ["a"], own],
  ["the login is for another organization", ["a"], [], ["b"], other("b")],
  ["the login is for several organizations without the owner", ["a"], [], ["b", "c"], other("b", "c")],
  ["the login is for several organizations, the owner among them", ["a"], [], ["a", "b"], unknown],
  ["an answer contradicts the login", ["a"], ["b"], ["a"], other("b")],
  ["an answer of the owner contradicts the login", ["a"], ["a"], ["b"], own],
  ["nothing tells", ["a"], [], [], unknown],
  ["the state does not tell its owner", [], ["a"], ["a"], unknown],
  ["the run has states of two organizations", ["a", "b"], ["b"], [], own],
])("%s", (_title, owners, seen, claimed, verdict) => {
  expect(judge(new Set(owners), { seen: new Set(seen), claimed })).toEqual(verdict);
});

test.each<[string, object, string | undefined]>([
  ["ownerOrgId", { ownerOrgId: "a" }, "a"],
  ["tenant of a certificate", { tenant: "a" }, "a"],
  ["a blank one, which is none", { ownerOrgId: "", tenant: "" }, undefined],
  ["no text, which is none", { ownerOrgId: 7 }, undefined],
  ["nothing", { siteId: "1" }, undefined],
])("the organization of a state is read from %s", (_title, state, expected) => {
  expect(organizationOf(state)).toBe(expected);
});

test.each<[string, unknown, string, string[]]>([
  ["a site", { siteId: "1", ownerOrgId: "a" }, "media-sites", ["a"]],
  ["a list of certificates", [{ tenant: "a" }, { tenant: null }, { tenant: "b" }], "cert-manager", ["a", "b"]],
  ["an API key", { ownerId: "a" }, "users", ["a"]],
  ["an operation inside of a site, which is not asked", { active: { ownerOrgId: "b" } }, "media-sites", []],
  ["an ownerId elsewhere, which may be a person", { ownerId: "me" }, "media-sites", []],
  ["an empty list", [], "media-sites", []],
  ["a text", "a", "media-sites", []],
  ["null", null, "media-sites", []],
])("the owners in a response: %s", (_title, body, service, expected) => {
  expect(ownersIn(body, service)).toEqual(expected);
});

const token = (payload: unknown) => `h.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.s`;

test.each<[string, string, readonly string[]]>([
  ["as the documentation shows it", token({ dataAccessControl: { allowedOrgIds: ["a", "b"] } }), ["a", "b"]],
  ["without the claim", token({ sub: "u" }), []],
  ["that is no JWT", "opaque", []],
  ["that is empty", "", []],
])("a login token %s gives its organizations", (_title, text, expected) => {
  expect(organizationsOfToken(text)).toEqual(expected);
});
