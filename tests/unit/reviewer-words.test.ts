/** What a reviewer reads, before a run, about resources whose change affects live traffic. */

import { certificate } from "../../provider/resources/certificate/resource.ts";
import { site } from "../../provider/resources/site.ts";
import { sitePublication } from "../../provider/resources/site-publication.ts";
import { UNKNOWN } from "../../provider/run/lifecycle.ts";
import { checkContextAt } from "../support/engine/check-context.ts";
import { type Material, materials } from "../support/x509/materials.ts";

const ctx = checkContextAt(Date.now());
const SITE = { siteName: "www", siteId: "s", delegationTarget: "d.example.net", ownerOrgId: "o" };
const publication = { siteId: "s", revisionId: "r" };

test.each([
  ["ga when no target is named", publication, "publish the site to ga"],
  ["the target that is named", { ...publication, target: "staging" as const }, "publish the site to staging"],
  ["no target while it is not known", { ...publication, target: UNKNOWN } as const, "publish the site"],
])("a new publication is planned to %s", (_title, args, plan) => {
  expect(sitePublication.check(args, {}, ctx).plan).toBe(plan);
});

test("nothing is served while a site is replaced under its name, and the plan says so", () => {
  expect(site.diff(SITE, { siteName: "www", routingMethod: "HTTP" }, ctx)).toMatchObject({
    kind: "replace",
    order: "delete-first",
    plan: expect.stringMatching(/not served in the meantime.*another delegationTarget/),
  });
});

test("a site that is replaced under another name gets another delegationTarget, and the plan says so", () => {
  expect(site.diff(SITE, { siteName: "new", routingMethod: "HTTP" }, ctx)).toMatchObject({
    kind: "replace",
    order: "create-first",
    plan: expect.stringMatching(/^a new site is created, .*another delegationTarget/),
  });
});

describe("a certificate without a key", () => {
  const missing = [{ property: "privateKey", reason: expect.stringContaining("privateKey is missing") }];
  const given = ({ leaf, chain }: Material) => ({ certificate: leaf, certificateChain: chain });
  let deployed: Material;
  let other: Material;
  let olds: Record<string, unknown>;

  beforeAll(async () => {
    const [one, two] = await materials(2);
    if (one === undefined || two === undefined) throw new Error("two were asked for");
    [deployed, other] = [one, two];
    const { facts } = certificate.check({ ...given(deployed), privateKey: deployed.key }, {}, ctx);
    olds = { ...given(deployed), ...facts };
  });

  test("is a finding when it is new", () => {
    expect(certificate.check(given(deployed), {}, ctx).failures).toEqual(missing);
    expect(certificate.check(given(other), olds, ctx).failures).toEqual(missing);
  });

  test("is none if it is the deployed one, whose key ignoreChanges removed", () => {
    expect(certificate.check(given(deployed), olds, ctx).failures).toEqual([]);
  });

  test("is a finding if the deployed one belongs to a signing request, and none if its key was a reference", () => {
    expect(certificate.check(given(deployed), { ...olds, csrId: 4 }, ctx).failures).toEqual(missing);
    const reference = { privateKeyFrom: { env: "KEY" } };
    expect(certificate.check(given(deployed), { ...olds, ...reference }, ctx).failures).toEqual([]);
  });
});
