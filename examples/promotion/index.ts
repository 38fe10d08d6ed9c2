// One program for dev, staging and prod: each stack has its own site and settings (Pulumi.STACK.yaml). They share one certificate,
// which production takes only after staging has served it for a while.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as qwilt from "pulumi-qwilt";

const config = new pulumi.Config();
const hosts = config.requireObject<string[]>("hosts");
const target = config.require<"ga" | "staging">("target");
const origin = config.get("origin") ?? "origin.example.com";
// leaf.pem, chain.pem and key.pem: one certificate with the hosts of all stacks.
const folder = config.get("certificateFolder") ?? "certificate";
const pem = (file: string) => readFileSync(join(folder, file), "utf8");

const site = new qwilt.Site("www", { siteName: hosts[0] ?? "www.example.com" });

const metadata = [
  {
    "generic-metadata-type": "MI.SourceMetadataExtended",
    "generic-metadata-value": { sources: [{ protocol: "https/1.1", endpoints: [origin] }] },
  },
];
const configuration = new qwilt.SiteConfiguration("www", {
  siteId: site.siteId,
  hostIndex: { hosts: hosts.map((host) => ({ host, "host-metadata": { metadata } })) },
});

// The first stack uploads the certificate, the others adopt it. It stays at Qwilt when a stack rotates to the next one or is
// destroyed: another stack can still serve it.
const certificate = new qwilt.Certificate(
  "www",
  {
    certificate: pem("leaf.pem"),
    certificateChain: pem("chain.pem"),
    privateKey: pulumi.secret(pem("key.pem")),
  },
  { retainOnDelete: true },
);

const link = new qwilt.SiteCertificateLink("www", {
  siteId: site.siteId,
  certificate,
  hosts: configuration.securedHosts,
  revisionId: configuration.revisionId,
  requires: proofOf(config.get("proofFrom")),
});

new qwilt.SitePublication(
  "www",
  { siteId: site.siteId, revisionId: configuration.revisionId, target },
  { dependsOn: [link] },
);

function proofOf(stack: string | undefined): qwilt.Requires | undefined {
  if (stack === undefined) return undefined;
  const other = new pulumi.StackReference(`${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`);
  const minAgeMinutes = config.getNumber("minAgeMinutes") ?? 0;
  const seenBy = config.get<"api" | "handshake">("seenBy") ?? "api";
  return { proof: other.getOutput("wwwProof"), minAgeMinutes, seenBy, stack };
}

export const wwwProof = link.proof;
export const validUntil = certificate.notAfter;
