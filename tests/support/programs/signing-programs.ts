/**
 * Programs whose certificates are issued from a template, as a user would write them; the examples are the same in
 * TypeScript.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../engine/dynamic-process.ts";
import { HOSTS, hostIndex } from "./site-program.ts";

const names = `commonName: ${JSON.stringify(HOSTS[0])}, subjectAlternativeNames: ${JSON.stringify(HOSTS.slice(1))}`;

const SITE = `
const site = new q.Site("www", { siteName: "www.example.com" });
const configuration = new q.SiteConfiguration("www", { siteId: site.siteId, hostIndex: ${JSON.stringify(hostIndex(HOSTS))} });
`;
const PUBLICATION = `
new q.SitePublication("www", { siteId: site.siteId, revisionId: configuration.revisionId }, { dependsOn: [link] });
`;

/** The record is created in the emulator's zone (EMULATOR_CONTROL), where it stays, as the guide requires. */
const DNS = `
class DnsRecord extends pulumi.dynamic.Resource {
  constructor(name, args) {
    super({
      async create(inputs) {
        const answer = await fetch(inputs.control + "/dns/" + inputs.name, {
          method: "PUT",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ type: "CNAME", value: inputs.value, ttl: 3600 }),
        });
        if (!answer.ok) throw new Error("the emulator's DNS answered " + answer.status);
        return { id: inputs.name, outs: inputs };
      },
      async delete() {},
    }, name, args, undefined, "test", "DnsRecord");
  }
}
`;

/** Template, records, issuance, link and publication. */
export function managedProgram(link: "issuance" | "template"): string {
  const wanted =
    link === "issuance" ? "certificate: issuance" : "certificateTemplateId: issuance.certificateTemplateId";
  return `${DNS}
const template = new q.CertificateTemplate("www", { ${names} });
const records = ${JSON.stringify(HOSTS)}.map((host) => {
  const record = template.delegationRecord(host);
  return new DnsRecord(host, { control: process.env.EMULATOR_CONTROL, name: record.fromDomain, value: record.toDomain });
});
const issuance = new q.CertificateIssuance("www", { certificateTemplateId: template.certificateTemplateId }, { dependsOn: records });
${SITE}
const link = new q.SiteCertificateLink("www", { siteId: site.siteId, ${wanted}, hosts: configuration.securedHosts, revisionId: configuration.revisionId });
${PUBLICATION}`;
}

let ca: string | undefined;

/** A folder with ca.pem and ca-key.pem, created by openssl once per test file. */
export function corporateCa(): string {
  ca ??= makeCa();
  return ca;
}

function makeCa(): string {
  mkdirSync(join(ROOT, ".work"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".work", "corporate-ca-"));
  const subject = ["-subj", "/CN=Corporate CA", "-days", "3650"];
  const out = ["-keyout", join(folder, "ca-key.pem"), "-out", join(folder, "ca.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", ...subject, ...out], { stdio: "pipe" });
  return folder;
}

/** Signs inside the program, as ./examples/self-managed/openssl-ca.ts does. */
const SIGNATURE = `
class Signature extends pulumi.dynamic.Resource {
  constructor(name, args) {
    super({
      async diff(id, olds, news) {
        const same = olds.csrPem === news.csrPem;
        return { changes: !same, replaces: same ? [] : ["csrPem"] };
      },
      async create({ csrPem, caFolder }) {
        const { execFileSync } = require("node:child_process");
        const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
        const folder = mkdtempSync(caFolder + "/signing-");
        const file = (name) => folder + "/" + name;
        writeFileSync(file("request.pem"), csrPem);
        writeFileSync(file("usage.ext"), "basicConstraints=critical,CA:FALSE\\nkeyUsage=critical,digitalSignature,keyEncipherment\\nextendedKeyUsage=serverAuth\\n");
        execFileSync("openssl", ["x509", "-req", "-in", file("request.pem"), "-out", file("leaf.pem"), "-sha256", "-days", "47",
          "-CA", caFolder + "/ca.pem", "-CAkey", caFolder + "/ca-key.pem", "-CAcreateserial", "-CAserial", file("serial"),
          "-copy_extensions", "copyall", "-extfile", file("usage.ext")], { stdio: "pipe" });
        const certificate = readFileSync(file("leaf.pem"), "utf8");
        rmSync(folder, { recursive: true });
        return { id: "signature", outs: { csrPem, caFolder, certificate, certificateChain: readFileSync(caFolder + "/ca.pem", "utf8") } };
      },
    }, name, { certificate: undefined, certificateChain: undefined, ...args }, undefined, "test", "Signature");
  }
}
`;

/** @param rotation another text gives a new key and signing request */
export function selfManagedProgram(caFolder: string, rotation: string): string {
  return `${SIGNATURE}
const template = new q.CertificateTemplate("www", { ${names}, autoManaged: false, rotation: ${JSON.stringify(rotation)} });
const signature = new Signature("www", { csrPem: template.csrPem, caFolder: ${JSON.stringify(caFolder)} });
const certificate = new q.Certificate("www", {
  certificate: signature.certificate,
  certificateChain: signature.certificateChain,
  csrId: template.csrId,
  csrPem: template.csrPem,
});
${SITE}
const link = new q.SiteCertificateLink("www", { siteId: site.siteId, certificate, hosts: configuration.securedHosts, revisionId: configuration.revisionId });
${PUBLICATION}`;
}
