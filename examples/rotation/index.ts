// A live site whose certificate follows the files in one folder: put a new certificate there, run `pulumi up`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as qwilt from "pulumi-qwilt";

const config = new pulumi.Config();
const name = config.get("siteName") ?? "www.example.com";
const hosts = config.getObject<string[]>("hosts") ?? ["www.example.com", "shop.example.com"];
const origin = config.get("origin") ?? "origin.example.com";
// leaf.pem, chain.pem and key.pem, as your CA or ACME client writes them.
const folder = config.get("certificateFolder") ?? "certificate";
const pem = (file: string) => readFileSync(join(folder, file), "utf8");

const site = new qwilt.Site("www", { siteName: name });

const configuration = new qwilt.SiteConfiguration("www", {
  siteId: site.siteId,
  hostIndex: {
    hosts: hosts.map((host) => ({
      host,
      "host-metadata": {
        metadata: [
          {
            "generic-metadata-type": "MI.SourceMetadataExtended",
            "generic-metadata-value": { sources: [{ protocol: "https/1.1", endpoints: [origin] }] },
          },
          {
            "generic-metadata-type": "MI.ProtocolACL",
            "generic-metadata-value": {
              "protocol-acl": [{ action: "allow", protocols: ["http/1.1", "https/1.1", "http/2"] }],
            },
          },
        ],
      },
    })),
  },
  changeDescription: "rotation example",
});

const certificate = new qwilt.Certificate("www", {
  certificate: pem("leaf.pem"),
  certificateChain: pem("chain.pem"),
  privateKey: pulumi.secret(pem("key.pem")),
  description: config.get("description") ?? "rotation example",
});

const link = new qwilt.SiteCertificateLink("www", {
  siteId: site.siteId,
  certificate,
  hosts: configuration.securedHosts,
  revisionId: configuration.revisionId,
});

// The first publication activates the linked certificate. Later the link publishes a certificate and a revision that change
// together in one publish; the publication then has nothing to do. It publishes a revision that changes alone.
const publication = new qwilt.SitePublication(
  "www",
  { siteId: site.siteId, revisionId: configuration.revisionId, target: "ga" },
  { dependsOn: [link] },
);

export const pointYourHostsTo = site.delegationTarget;
export const certificateId = link.linkedCertificateId;
export const validUntil = certificate.notAfter;
export const published = publication.publishStatus;
