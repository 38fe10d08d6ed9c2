/** Reads at the same time, and lists that one run shares. */
import type http from "node:http";
import { json, rawClient } from "./raw-client.ts";

const { served, seen } = rawClient();
const upload = { certificate: "-----BEGIN X-----", certificateChain: "-----BEGIN X-----", privateKey: "planted-key" };

test("identical concurrent reads are one request", async () => {
  const client = await served((response) => json(response, []));
  await Promise.all([client.certificates.list(), client.certificates.list(), client.sites.list(), client.sites.list()]);
  expect(seen.map(({ line }) => line).sort()).toEqual([
    "GET /api/v2/certificates",
    "GET /api/v2/sites?includePublishDetails=true",
  ]);
});

test("consecutive reads are two requests: a plain list is always fresh", async () => {
  const client = await served((response) => json(response, []));
  await client.certificates.list();
  await client.certificates.list();
  expect(seen).toHaveLength(2);
});

test("a read that begins after a change does not join one that began before it", async () => {
  let held: http.ServerResponse | undefined;
  const client = await served((response, { line }, nth) => {
    if (nth === 1) held = response;
    else json(response, line.startsWith("GET") ? [{ certificateId: "31" }] : [{ certificateId: "31" }]);
  });
  const before = client.siteCertificates.list("s");
  await client.siteCertificates.link("s", 31);
  const after = await client.siteCertificates.list("s");
  if (held !== undefined) json(held, []);
  expect([await before, after?.[0]?.certificateId]).toEqual([[], 31]);
});

test("shared lists cost one request until an own change", async () => {
  const client = await served((response, { line }) => {
    if (line.startsWith("GET")) json(response, []);
    else if (line.includes("publishing")) json(response, { publishId: "p" });
    else json(response, { certId: 1 });
  });
  for (let i = 0; i < 10; i++) {
    await client.certificates.listShared();
    await client.sites.listShared();
    await client.sites.listShared({ publishTarget: "staging" });
  }
  expect(seen).toHaveLength(3);
  await client.certificates.upload(upload);
  await client.publishing.republish("s", "ga");
  await client.certificates.listShared();
  await client.sites.listShared();
  expect(seen).toHaveLength(7);
});
