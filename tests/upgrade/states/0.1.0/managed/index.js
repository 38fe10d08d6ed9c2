/** Qwilt makes key and certificate. Another `rotation` has another name: a new template and a new certificate. */
const pulumi = require("@pulumi/pulumi");
const q = require("pulumi-qwilt");

const rotation = new pulumi.Config().require("rotation");
const hosts = ["www.example.com", "shop.example.com"];
const names = [...hosts, `name-${rotation}.example.com`];

/** Not a resource: the state would hold its code, and the address of the emulator. */
async function createRecord({ fromDomain, toDomain }) {
  const answer = await fetch(`${process.env.EMULATOR_CONTROL}/dns/${fromDomain}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ type: "CNAME", value: toDomain, ttl: 3600 }),
  });
  if (!answer.ok) throw new Error(`the emulator's DNS answered ${answer.status}`);
}

const template = new q.CertificateTemplate("www", {
  commonName: names[0],
  subjectAlternativeNames: names.slice(1),
});
const records = q.delegationNames(names).map((name) => template.delegationRecord(name).apply(createRecord));
const issuance = new q.CertificateIssuance("www", {
  certificateTemplateId: pulumi.all([template.certificateTemplateId, ...records]).apply(([id]) => id),
});
const site = new q.Site("www", { siteName: "www.example.com" });
const configuration = new q.SiteConfiguration("www", {
  siteId: site.siteId,
  hostIndex: require("./host-index.json"),
});
const { revisionId } = configuration;
const link = new q.SiteCertificateLink("www", {
  siteId: site.siteId,
  certificate: issuance,
  hosts: configuration.securedHosts,
  revisionId,
});
new q.SitePublication("www", { siteId: site.siteId, revisionId }, { dependsOn: [link] });
