/** A live site with an uploaded certificate: five resources. `rotation` chooses the certificate. */
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const pulumi = require("@pulumi/pulumi");
const q = require("pulumi-qwilt");

const rotation = new pulumi.Config().require("rotation");
const read = (file) => readFileSync(join(__dirname, file), "utf8");

const site = new q.Site("www", { siteName: "www.example.com" });
const configuration = new q.SiteConfiguration("www", {
  siteId: site.siteId,
  hostIndex: require("./host-index.json"),
});
const certificate = new q.Certificate("www", {
  certificate: read(`leaf-${rotation}.pem`),
  certificateChain: read("chain.pem"),
  privateKey: pulumi.secret(read(`leaf-${rotation}.key`)),
  description: "web",
});
const { revisionId } = configuration;
const link = new q.SiteCertificateLink("www", {
  siteId: site.siteId,
  certificate,
  hosts: configuration.securedHosts,
  revisionId,
});
new q.SitePublication("www", { siteId: site.siteId, revisionId }, { dependsOn: [link] });
