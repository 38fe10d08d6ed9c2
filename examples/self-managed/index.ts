// Self-managed: the key is created at Qwilt and never leaves it, any CA signs the request. Here: openssl as a corporate CA.
import * as pulumi from "@pulumi/pulumi";
import * as qwilt from "pulumi-qwilt";
import { OpensslSignature } from "./openssl-ca";

const config = new pulumi.Config();
const hosts = config.getObject<string[]>("hosts") ?? ["www.example.com", "shop.example.com"];
const origin = config.get("origin") ?? "origin.example.com";
const lifetimeDays = config.getNumber("lifetimeDays") ?? 47;

const template = new qwilt.CertificateTemplate("www", {
  commonName: hosts[0] ?? "www.example.com",
  subjectAlternativeNames: hosts.slice(1),
  autoManaged: false,
  organizationName: "Example Ltd",
  country: "DE",
  // How long before expiry ("15 days", or a share of the lifetime) a run creates a new request; change `rotation` to do it now.
  lifetimeDays,
  renewBefore: config.get("renewBefore") ?? "1/3",
  rotation: config.get("rotation") ?? "1",
});

const signature = new OpensslSignature("www", {
  csrPem: template.csrPem,
  // ca.pem and ca-key.pem of the CA that signs.
  caFolder: config.require("caFolder"),
  days: lifetimeDays,
});

const certificate = new qwilt.Certificate("www", {
  certificate: signature.certificate,
  certificateChain: signature.certificateChain,
  csrId: template.csrId,
  csrPem: template.csrPem,
});

const site = new qwilt.Site("www", { siteName: config.get("siteName") ?? hosts[0] ?? "www.example.com" });
const configuration = new qwilt.SiteConfiguration("www", {
  siteId: site.siteId,
  hostIndex: {
    metadata: [
      {
        "generic-metadata-type": "MI.SourceMetadataExtended",
        "generic-metadata-value": { sources: [{ protocol: "https/1.1", endpoints: [origin] }] },
      },
    ],
    hosts: hosts.map((host) => ({ host, "host-metadata": { metadata: [] } })),
  },
});
const link = new qwilt.SiteCertificateLink("www", {
  siteId: site.siteId,
  certificate,
  hosts: configuration.securedHosts,
  revisionId: configuration.revisionId,
});
new qwilt.SitePublication("www", { siteId: site.siteId, revisionId: configuration.revisionId }, { dependsOn: [link] });

export const csrPem = template.csrPem;
export const validUntil = certificate.notAfter;
