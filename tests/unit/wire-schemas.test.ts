import { ApiKey } from "../../provider/wire/api-key.ts";
import { Certificate, CertificateList } from "../../provider/wire/certificate.ts";
import { CertificateTemplate } from "../../provider/wire/certificate-template.ts";
import { readLoginToken } from "../../provider/wire/login.ts";
import { OriginAllowList } from "../../provider/wire/origin-allow-list.ts";
import { decodePem, encodePem, findPem } from "../../provider/wire/pem-encoding.ts";
import { PublishingOperation, publishPhase } from "../../provider/wire/publishing-operation.ts";
import { CertificateSigningRequest } from "../../provider/wire/signing-request.ts";
import { classifySigningState, SIGNING_STATES } from "../../provider/wire/signing-state.ts";
import { Site } from "../../provider/wire/site.ts";
import { LinkAnswer, SiteCertificateList } from "../../provider/wire/site-certificate.ts";
import { SiteConfiguration } from "../../provider/wire/site-configuration.ts";

const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const base64 = encodePem(pem);

describe("identifiers", () => {
  test.each([25, "25", " 25 "])("certId %j is the number 25", (certId) => {
    expect(Certificate.parse({ certId }).certId).toBe(25);
  });
  test.each([
    ["102", 102],
    [102, 102],
    [null, undefined],
    [undefined, undefined],
    ["", undefined],
  ])("csrId %j of a certificate is %j", (csrId, expected) =>
    expect(Certificate.parse({ certId: 1, csrId }).csrId).toBe(expected),
  );
  test.each(["abc", "1.5", -1, 1.5, null, undefined, {}])("certId %j is refused", (certId) => {
    expect(Certificate.safeParse({ certId }).success).toBe(false);
  });
  test("a link's certificateId is parsed as a number, whatever it is on the wire", () => {
    expect(
      SiteCertificateList.parse([{ certificateId: "103" }, { certificateId: 104 }]).map((link) => link.certificateId),
    ).toEqual([103, 104]);
  });
  test("a template reference in decimal text is parsed as a number", () => {
    expect(
      CertificateSigningRequest.parse({ csrId: 9, certificateTemplateIdRef: "101" }).certificateTemplateIdRef,
    ).toBe(101);
  });
});

describe("tolerance", () => {
  test("a field that this release does not know is ignored", () => {
    expect(Certificate.parse({ certId: 1, novelty: { deep: true } }).certId).toBe(1);
  });
  test("null and absent scalars are undefined", () => {
    const one = Certificate.parse({ certId: 1, description: null, domain: null, status: null, certificate: null });
    expect([one.description, one.domain, one.status, one.certificate, one.tenant]).toEqual(Array(5).fill(undefined));
  });
  test("null is an empty list", () => expect(CertificateList.parse(null)).toEqual([]));
  test("an unknown certificate status is kept as text", () => {
    expect(Certificate.parse({ certId: 1, status: "SUSPENDED" }).status).toBe("SUSPENDED");
  });
  test("null sans and csrIds are empty lists", () => {
    expect(
      CertificateTemplate.parse({ certificateTemplateId: 1, commonName: "a", sans: null, csrIds: null }),
    ).toMatchObject({
      sans: [],
      csrIds: [],
    });
  });
  test("the guide's single csrId is used in place of csrIds", () => {
    expect(CertificateTemplate.parse({ certificateTemplateId: 1, commonName: "a", csrId: "7" }).csrIds).toEqual([7]);
  });
  test.each([
    [{ isDeleted: true }, true],
    [{ IsDeleted: true }, true],
    [{ isDeleted: null }, false],
    [{}, false],
  ])("the deletion flag of %j is %s", (flag, expected) => {
    expect(Site.parse({ siteId: "a", siteName: "s", ...flag }).isDeleted).toBe(expected);
  });
  test("a site's publish details may be absent, null, or contain nulls", () => {
    const site = (details: unknown) =>
      Site.parse({ siteId: "a", siteName: "s", activeAndLastPublishingOperation: details })
        .activeAndLastPublishingOperation;
    expect(site(undefined)).toBeUndefined();
    expect(site(null)).toBeUndefined();
    expect(site({ active: null, last: null })).toEqual({ active: undefined, last: undefined });
    expect(site({ active: { publishId: "p" } })?.active?.publishId).toBe("p");
  });
  test("a hostIndex is read as an object or as its JSON text, and may be absent", () => {
    const read = (hostIndex: unknown) => SiteConfiguration.parse({ revisionId: "r", hostIndex }).hostIndex;
    expect([read({ hosts: [] }), read('{"hosts":[]}'), read(null), read(undefined)]).toEqual([
      { hosts: [] },
      { hosts: [] },
      undefined,
      undefined,
    ]);
    expect(SiteConfiguration.safeParse({ revisionId: "r", hostIndex: "{broken" }).success).toBe(false);
  });
  test("a link answer is a list, or a single link", () => {
    expect(LinkAnswer.parse([{ certificateId: "1" }])).toHaveLength(1);
    expect(LinkAnswer.parse({ certificateId: "1" })).toHaveLength(1);
    expect(LinkAnswer.parse([])).toEqual([]);
  });
  test("an allow list without networks is empty", () => {
    expect(OriginAllowList.parse({ md5: "x", ipData: null }).ipData).toEqual({});
    expect(OriginAllowList.parse({ ipData: { net: { ipv4: ["10.0.0.0/8"], ipv6: null } } }).ipData).toEqual({
      net: { ipv4: ["10.0.0.0/8"], ipv6: [] },
    });
  });
  test("the documented API key is read", () => {
    expect(ApiKey.parse({ keyId: "2", ttl: 30, createdAt: "2025-01-07T15:37:36.228Z" })).toMatchObject({
      keyId: "2",
      ttl: 30,
    });
  });
});

describe("publishing operations", () => {
  test("values are compared without spaces and case", () => {
    expect(
      PublishingOperation.parse({
        publishId: "p",
        publishAcceptanceStatus: "In progress",
        publishStatus: "IN_PROGRESS",
        target: "GA",
      }),
    ).toMatchObject({ publishAcceptanceStatus: "InProgress", publishStatus: "InProgress", target: "ga" });
  });
  test("statusLine is tolerated as null and as text", () => {
    expect(PublishingOperation.parse({ publishId: "p", statusLine: null }).statusLine).toEqual([]);
    expect(PublishingOperation.parse({ publishId: "p", statusLine: "text" }).statusLine).toEqual([]);
  });
  test.each([
    ["Pending", "InProgress", "running"],
    ["In progress", "InProgress", "running"],
    ["Accepted", "InProgress", "running"],
    ["Accepted", "Success", "done"],
    ["Accepted", "Failed", "failed"],
    ["Accepted", "Aborted", "failed"],
    ["Invalid", "InProgress", "failed"],
    ["Dismissed", "InProgress", "failed"],
    ["Aborted", "Success", "failed"],
    ["", "Success", "done"],
    ["", "InProgress", "running"],
    ["Accepted", "Postponed", { unknown: 'publishStatus "Postponed"' }],
    ["Parked", "InProgress", { unknown: 'publishAcceptanceStatus "Parked"' }],
    ["Accepted", "", { unknown: 'publishStatus ""' }],
  ])("acceptance %j and status %j mean %j", (publishAcceptanceStatus, publishStatus, expected) => {
    expect(publishPhase(PublishingOperation.parse({ publishId: "p", publishAcceptanceStatus, publishStatus }))).toEqual(
      expected,
    );
  });
});

describe("signing states", () => {
  test("the usable ones are those the guide allows to link", () => {
    expect(SIGNING_STATES.filter((state) => classifySigningState(state).kind === "usable")).toEqual([
      "NOTIFY_SITES",
      "NOTIFIED_SITES",
    ]);
  });
  test("every failure has a remedy", () => {
    const failures = [...SIGNING_STATES, "DELIVERY_FAILURE"]
      .map(classifySigningState)
      .filter(({ kind }) => kind === "failed");
    expect(failures).toHaveLength(5);
    for (const { remedy } of failures) expect(remedy).not.toBe("");
  });
  test.each([
    ["DELIVERY_FAILURE", "failed"],
    ["RESTING", "unknown"],
    ["NOTIFIED_SITES_AGAIN", "unknown"],
    ["", "unknown"],
  ])("the unknown state %j is %s, by its name", (text, kind) => {
    const { signingState } = CertificateSigningRequest.parse({ csrId: 1, signingState: text });
    expect(classifySigningState(signingState)).toMatchObject({ state: text, kind, issued: "unknown" });
  });
});

describe("PEM", () => {
  test("a whole text is encoded once, in the standard alphabet", () => {
    expect(Buffer.from(base64, "base64").toString()).toBe(pem);
    expect(encodePem("-----BEGIN X-----?>~\n")).not.toMatch(/[-_\n]/);
  });
  test.each([
    ["base64", base64],
    ["base64 with line breaks", base64.replace(/(.{20})/g, "$1\r\n")],
    ["base64 without padding", base64.replace(/=+$/, "")],
    ["the URL-safe alphabet", Buffer.from(pem).toString("base64url")],
    ["the PEM itself", pem],
  ])("%s is decoded", (_title, text) => expect(decodePem(text)).toBe(pem));
  test.each(["", "hello", "%%%", Buffer.from("hello").toString("base64")])("%j contains none", (text) => {
    expect(decodePem(text)).toBeUndefined();
  });
  test("a certificate is read as PEM, and a malformed one unchanged", () => {
    expect(Certificate.parse({ certId: 1, certificate: base64, certificateChain: "odd" })).toMatchObject({
      certificate: pem,
      certificateChain: "odd",
    });
  });
  test.each([
    ["raw", pem],
    ["base64", `${base64}\n`],
    ["a JSON text", JSON.stringify(pem)],
    ["a JSON text of base64", JSON.stringify(base64)],
    ["an object", JSON.stringify({ csrId: 1, csr: pem })],
    ["an object of base64", JSON.stringify({ csrId: 1, content: base64 })],
  ])("a signing request is found in %s", (_title, answer) => expect(findPem(answer)).toBe(pem));
  test.each(["", "{}", "null", "[]", '{"csr":5}', "<html>"])("%j contains no signing request", (answer) => {
    expect(findPem(answer)).toBeUndefined();
  });
});

test.each([
  [["cqloudLoginToken=abc; Path=/; domain=cqloud.com; Max-Age=21600; HttpOnly; Secure"], "abc"],
  [["other=1", 'cqloudLoginToken="a=b=="; Path=/'], "a=b=="],
  [["cqloudLoginToken=; Path=/"], undefined],
  [["cqloudlogintoken=abc"], undefined],
  [[], undefined],
])("the token in %j is %j", (cookies, expected) => expect(readLoginToken(cookies)).toBe(expected));
