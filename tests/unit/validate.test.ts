import type { z } from "zod";
import { validateArgs } from "../../provider/engine/validate-args.ts";
import { CertificateArgs } from "../../provider/resources/certificate/args.ts";
import { SiteArgs } from "../../provider/resources/site.ts";
import { SiteCertificateLinkArgs } from "../../provider/resources/site-certificate-link/args.ts";
import { SiteConfigurationArgs } from "../../provider/resources/site-configuration.ts";
import { SitePublicationArgs } from "../../provider/resources/site-publication.ts";
import { UNKNOWN_VALUE } from "../support/engine/dynamic-process.ts";

const link = { siteId: "s", certificateId: 1 };
const publication = { siteId: "s", revisionId: "r" };

test.each<[string, z.ZodObject, Record<string, unknown>, string[]]>([
  ["a wrong type", SiteArgs, { siteName: 5 }, ["siteName must be text, not a number."]],
  ["a missing argument", SiteArgs, {}, ["siteName is missing."]],
  ["an empty text", SiteArgs, { siteName: "" }, ["siteName must not be empty."]],
  [
    "a text that is too long",
    SiteArgs,
    { siteName: "x".repeat(256) },
    ["siteName must be at most 255 characters long."],
  ],
  ["another value", SiteArgs, { siteName: "x", routingMethod: "dns" }, ['routingMethod must be "DNS" or "HTTP".']],
  [
    "a list that holds another type",
    SiteCertificateLinkArgs,
    { ...link, hosts: ["a", 4] },
    ["hosts.1 must be text, not a number."],
  ],
  [
    "an inner value",
    SitePublicationArgs,
    { ...publication, timeouts: { update: "soon" } },
    ["timeouts.update must be a number, not text."],
  ],
  [
    "a limit",
    SitePublicationArgs,
    { ...publication, timeouts: { update: 0 } },
    ["timeouts.update must be more than 0."],
  ],
  [
    "an inner name that is not known",
    SitePublicationArgs,
    { ...publication, timeouts: { updaet: 1 } },
    ['timeouts has "updaet", which is not supported there.'],
  ],
  [
    "text that is no number",
    SiteCertificateLinkArgs,
    { ...link, certificateId: "abc" },
    ["certificateId must be a certificate id, a number."],
  ],
  [
    "a type that no way allows",
    SiteCertificateLinkArgs,
    { ...link, certificateId: true },
    ["certificateId must be a number or text, not true or false."],
  ],
  [
    "text that is no JSON",
    SiteConfigurationArgs,
    { siteId: "s", hostIndex: "{not" },
    [expect.stringMatching(/^hostIndex is not JSON/)],
  ],
  [
    "a list for an object",
    SiteConfigurationArgs,
    { siteId: "s", hostIndex: [] },
    ["hostIndex must be an object or text, not a list."],
  ],
  [
    "a mistyped name",
    SiteCertificateLinkArgs,
    { ...link, replaceExistin: true },
    ["replaceExistin is not an argument of this resource. Did you mean replaceExisting?"],
  ],
  [
    "several mistakes",
    SiteArgs,
    { siteName: 5, routingMethod: "dns" },
    ["siteName must be text, not a number.", 'routingMethod must be "DNS" or "HTTP".'],
  ],
])("%s is described", (_title, schema, args, reasons) => {
  expect(validateArgs(schema, args).failures.map(({ reason }) => reason)).toEqual(reasons);
});

const RESOURCES = { SiteArgs, SiteConfigurationArgs, SitePublicationArgs, SiteCertificateLinkArgs, CertificateArgs };

test.each(Object.entries(RESOURCES))("an unknown in place of any argument of %s is not a mistake", (_name, schema) => {
  const args = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, UNKNOWN_VALUE]));
  expect(validateArgs(schema, args).failures).toEqual([]);
  for (const name of Object.keys(schema.shape)) {
    const inner = validateArgs(schema, { ...args, [name]: [UNKNOWN_VALUE] }).failures;
    expect(inner.every(({ property }) => property === name)).toBe(true);
  }
});

test("an unknown inside a value is skipped, and the mistake next to it is reported", () => {
  const { known, failures } = validateArgs(SiteCertificateLinkArgs, { ...link, hosts: [UNKNOWN_VALUE, 4] });
  expect(typeof known.hosts).toBe("symbol");
  expect(failures).toEqual([{ property: "hosts", reason: "hosts.1 must be text, not a number." }]);
});
