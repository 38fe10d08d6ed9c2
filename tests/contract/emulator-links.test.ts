import { field, frozenEmulator, newLeaf, send } from "./emulator-harness.ts";

const emulator = frozenEmulator();
const path = (siteId: string) => `/api/v2/sites/${siteId}/certificates`;
const linked = (certificateId: string, state = "LINKED") => [
  { certificateId, certificateType: "CDN", target: "ga", state },
];

async function siteAndCertificates() {
  const siteId = await emulator().newSite("a");
  const one = await emulator().newCertificate(await newLeaf("www.example.com"));
  const two = await emulator().newCertificate(await newLeaf("www.example.com"));
  return { siteId, one, two };
}

test("a link returns 201 with a list of one, and is visible at once", async () => {
  const { siteId, one } = await siteAndCertificates();
  expect(await emulator().call("GET", path(siteId))).toMatchObject({ status: 200, json: [] });
  const answer = await emulator().link(siteId, one);
  expect(answer.status).toBe(201);
  expect(answer.json).toEqual(linked("1"));
  expect((await emulator().call("GET", path(siteId))).json).toEqual(linked("1"));
});

test("a numeric id is accepted too, and returned as a string", async () => {
  const { siteId } = await siteAndCertificates();
  expect(await emulator().call("POST", path(siteId), { certificateId: 1 })).toMatchObject({ json: linked("1") });
});

test("a second certificate, or the same again, is rejected with 409", async () => {
  const { siteId, one, two } = await siteAndCertificates();
  await emulator().link(siteId, one);
  expect((await emulator().link(siteId, two)).status).toBe(409);
  expect((await emulator().link(siteId, one)).status).toBe(409);
  expect((await emulator().call("GET", path(siteId))).json).toEqual(linked("1"));
});

test("an unlink allows another certificate, and leaves the first in the pool", async () => {
  const { siteId, one, two } = await siteAndCertificates();
  await emulator().link(siteId, one);
  expect((await emulator().call("DELETE", `${path(siteId)}/${one}`)).status).toBe(200);
  expect((await emulator().call("GET", path(siteId))).json).toEqual([]);
  expect((await emulator().link(siteId, two)).json).toEqual(linked("2"));
  expect((await emulator().call("GET", `/api/v2/certificates/${one}`)).status).toBe(200);
});

test("an unlink of what is not linked is a 404", async () => {
  const { siteId, one, two } = await siteAndCertificates();
  await emulator().link(siteId, one);
  for (const id of [two, "99", "abc"]) {
    expect((await emulator().call("DELETE", `${path(siteId)}/${id}`)).status).toBe(404);
  }
});

test.each([
  ["a certificate that does not exist", { certificateId: "99" }, 404],
  ["an id that is no number", { certificateId: "abc" }, 404],
  ["no id", {}, 400],
  ["an empty id", { certificateId: "" }, 400],
  ["an id of another type", { certificateId: [1] }, 400],
])("a link to %s is refused", async (_title, body, status) => {
  const { siteId } = await siteAndCertificates();
  expect(await emulator().call("POST", path(siteId), body)).toMatchObject({ status, json: { status } });
});

test("one certificate may be linked to several sites", async () => {
  const { siteId, one } = await siteAndCertificates();
  const other = await emulator().newSite("b");
  expect((await emulator().link(siteId, one)).status).toBe(201);
  expect((await emulator().link(other, one)).status).toBe(201);
});

test("the state becomes ACTIVE once the link is published", async () => {
  const { one, two } = await siteAndCertificates();
  const { siteId } = await emulator().liveSite("live", ["www.example.com"], one);
  expect((await emulator().call("GET", path(siteId))).json).toEqual(linked("1", "ACTIVE"));
  await emulator().call("DELETE", `${path(siteId)}/${one}`);
  expect((await emulator().link(siteId, two)).json).toEqual(linked("2"));
  await emulator().republish(siteId);
  emulator().emulator.clock.advance(300);
  expect((await emulator().call("GET", path(siteId))).json).toEqual(linked("2", "ACTIVE"));
});

test("siteRevisionId shows what that revision was last published with, or the link if it never was", async () => {
  const { one, two } = await siteAndCertificates();
  const { siteId, revisionId } = await emulator().liveSite("live", ["www.example.com"], one);
  const unpublished = await emulator().newRevision(siteId, "www.example.com");
  await emulator().call("DELETE", `${path(siteId)}/${one}`);
  await emulator().link(siteId, two);
  const of = async (revision: string) =>
    (await emulator().call("GET", `${path(siteId)}?siteRevisionId=${revision}`)).json;
  expect(await of(revisionId)).toEqual(linked("1", "ACTIVE"));
  expect(await of(unpublished)).toEqual(linked("2"));
  expect((await emulator().call("GET", `${path(siteId)}?siteRevisionId=none`)).status).toBe(404);
});

test("a link changes nothing on the edge until the site is published again", async () => {
  const { one, two } = await siteAndCertificates();
  const { siteId } = await emulator().liveSite("live", ["www.example.com"], one);
  const served = async () => (await emulator().control("GET", "/edge")).json;
  const first = [expect.objectContaining({ certificateId: 1 })];
  expect(await served()).toEqual(first);
  await emulator().call("DELETE", `${path(siteId)}/${one}`);
  expect(await served()).toEqual(first);
  await emulator().link(siteId, two);
  expect(await served()).toEqual(first);
  await emulator().republish(siteId);
  expect(await served()).toEqual(first);
  emulator().emulator.clock.advance(300);
  expect(await served()).toEqual([expect.objectContaining({ certificateId: 2 })]);
});

test("an unlink right after un-publish is accepted", async () => {
  const { one } = await siteAndCertificates();
  const { siteId } = await emulator().liveSite("live", ["www.example.com"], one);
  await emulator().unpublish(siteId);
  expect((await emulator().call("DELETE", `${path(siteId)}/${one}`)).status).toBe(200);
});

test("objects of another organization give the same responses as objects that do not exist", async () => {
  const { siteId, one } = await siteAndCertificates();
  const { revisionId, publishId } = await emulator().liveSite("live", ["www.example.com"]);
  const { api, username, password } = emulator().emulator;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  const login = await send(api, { method: "GET", target: "/login?orgId=devorg-2", headers: { authorization } });
  const cookie = login.headers["set-cookie"]?.[0] ?? "";
  const other = emulator().as({ authorization: `Bearer ${/cqloudLoginToken=([^;]+)/.exec(cookie)?.[1]}` });
  const own = await other.newSite("a");

  expect((await other.link(own, one)).status).toBe(404);
  for (const [method, target] of [
    ["GET", `/api/v2/certificates/${one}`],
    ["DELETE", `/api/v2/certificates/${one}`],
    ["GET", `/api/v2/sites/${siteId}`],
    ["PUT", `/api/v2/sites/${siteId}`],
    ["DELETE", `/api/v2/sites/${siteId}`],
    ["GET", path(siteId)],
    ["POST", path(siteId)],
    ["GET", `/api/1/sites/${siteId}/configurations`],
    ["GET", `/api/1/sites/${siteId}/configurations/${revisionId}`],
    ["GET", `/api/v2/sites/${siteId}/publishing-operations`],
    ["GET", `/api/v2/sites/${siteId}/publishing-operations/${publishId}`],
  ] as const) {
    expect((await other.call(method, target, method === "GET" ? undefined : {})).status).toBe(404);
  }
  expect((await other.call("GET", "/api/v2/certificates")).json).toEqual([]);
  expect((await other.call("GET", "/api/v2/sites")).json).toEqual([expect.objectContaining({ siteId: own })]);
  expect(field(await emulator().call("GET", `/api/v2/certificates/${one}`), "certId")).toBe(one);
});
