/** Outputs of the classes: a list checked against the state's type, and each output exists at run time. */
import { isSecret, Output, runtime } from "@pulumi/pulumi";
import type { CertificateState } from "../../provider/resources/certificate/args.ts";
import type { SiteState } from "../../provider/resources/site.ts";
import type { Outputs } from "../../sdk/dynamic-resource.ts";
import * as sdk from "../../sdk/index.ts";
import { outputsOf } from "./class-types.ts";

const COMPUTED = { siteId: "0123456789abcdef01234567", delegationTarget: "t.example.net", ownerOrgId: "org" };

beforeAll(() =>
  runtime.setMocks({
    newResource: ({ inputs }) => ({ id: "31", state: { ...inputs, ...COMPUTED } }),
    call: () => ({}),
  }),
);

const pem = { certificate: "PEM", certificateChain: "PEM" };
const made = {
  Certificate: () => new sdk.Certificate("it", { ...pem, privateKey: "PEM" }),
  CertificateTemplate: () => new sdk.CertificateTemplate("it", { commonName: "www.example.com" }),
  CertificateIssuance: () => new sdk.CertificateIssuance("it", { certificateTemplateId: 1 }),
  Site: () => new sdk.Site("it", { siteName: "www" }),
  SiteConfiguration: () => new sdk.SiteConfiguration("it", { siteId: "s", hostIndex: {} }),
  SiteCertificateLink: () => new sdk.SiteCertificateLink("it", { siteId: "s", certificateId: 31 }),
  SitePublication: () => new sdk.SitePublication("it", { siteId: "s", revisionId: "r" }),
} as const satisfies { readonly [Kind in keyof typeof sdk as Kind extends "delegationNames" ? never : Kind]: unknown };

test.each(Object.entries(made))("each output that the type of %s has is an Output at run time", (kind, make) => {
  const resource = make();
  const names = outputsOf(kind).map(({ name }) => name);
  expect(names.length).toBeGreaterThan(4);
  expect(names.filter((name) => !Output.isInstance(Reflect.get(resource, name)))).toEqual([]);
});

test("an omitted optional argument is an output without a value", async () => {
  const { description } = made.Certificate();
  expect(await new Promise((resolve) => description.apply(resolve))).toBeUndefined();
});

test("the certificate's id is a number, and the key stays secret", async () => {
  const certificate = made.Certificate();
  expect(await new Promise((resolve) => certificate.certificateId.apply(resolve))).toBe(31);
  expect(await isSecret(Reflect.get(certificate, "privateKey"))).toBe(true);
});

test("outputs take names and types from the state", () => {
  const read = (given: Outputs<CertificateState, "dnsNames" | "notAfter">) => {
    const names: Output<string[]> = given.dnsNames;
    // @ts-expect-error the state has a text
    const expiry: Output<number> = given.notAfter;
    return [names, expiry];
  };
  // @ts-expect-error the state has no such property
  const wrong: Outputs<SiteState, "siteIdd"> | undefined = undefined;
  expect([typeof read, wrong]).toEqual(["function", undefined]);
});
