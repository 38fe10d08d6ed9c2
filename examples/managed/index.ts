// Managed: Qwilt creates the key and the request, has Let's Encrypt sign it, and renews automatically. You keep one CNAME record per name.
import * as pulumi from "@pulumi/pulumi";
import * as qwilt from "pulumi-qwilt";
import { LocalDnsRecord } from "./local-dns";

const config = new pulumi.Config();
const hosts = config.getObject<string[]>("hosts") ?? ["www.example.com", "shop.example.com"];
const origin = config.get("origin") ?? "origin.example.com";

const template = new qwilt.CertificateTemplate("www", {
  commonName: hosts[0] ?? "www.example.com",
  subjectAlternativeNames: hosts.slice(1),
});

// With a real zone this is a record of your DNS package: docs/dns.md has Route 53, Cloudflare, Google Cloud and Azure.
const records = qwilt.delegationNames(hosts).map((name) => {
  const record = template.delegationRecord(name);
  return new LocalDnsRecord(name, {
    control: config.require("dnsControl"),
    name: record.fromDomain,
    value: record.toDomain,
    ttl: record.ttl,
  });
});

// Waits until the certificate can be linked, usually 30 to 60 minutes.
const issuance = new qwilt.CertificateIssuance(
  "www",
  { certificateTemplateId: template.certificateTemplateId },
  { dependsOn: records },
);

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
  certificate: issuance,
  hosts: configuration.securedHosts,
  revisionId: configuration.revisionId,
});
new qwilt.SitePublication("www", { siteId: site.siteId, revisionId: configuration.revisionId }, { dependsOn: [link] });

export const certificateId = issuance.certificateId;
export const validUntil = issuance.notAfter;
export const delegation = template.delegationRecords;
