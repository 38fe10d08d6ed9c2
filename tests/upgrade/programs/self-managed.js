/** Qwilt makes the key, a CA of the user signs. Another `rotation` is a new key and a new signature. */
const { execFileSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const pulumi = require("@pulumi/pulumi");
const q = require("pulumi-qwilt");

const DAY_MS = 86_400_000;
const rotation = new pulumi.Config().require("rotation");
const hosts = ["www.example.com", "shop.example.com"];
const at = (file) => join(__dirname, file);

/** One signature a request: it is kept, so that every run of the program has the same one. */
function sign(csrPem) {
  const leaf = at(`signed-${createHash("sha256").update(csrPem).digest("hex").slice(0, 16)}.pem`);
  if (!existsSync(leaf)) {
    writeFileSync(at("request.pem"), csrPem);
    writeFileSync(at("usage.ext"), "basicConstraints=critical,CA:FALSE\nextendedKeyUsage=serverAuth\n");
    const days = String(Math.floor((Date.UTC(2049, 11, 30) - Date.now()) / DAY_MS));
    const files = ["-in", at("request.pem"), "-out", leaf, "-CA", at("ca.pem"), "-CAkey", at("ca.key")];
    const more = ["-sha256", "-days", days, "-copy_extensions", "copyall", "-extfile", at("usage.ext")];
    execFileSync("openssl", ["x509", "-req", ...files, ...more], { stdio: "pipe" });
  }
  return readFileSync(leaf, "utf8");
}

const template = new q.CertificateTemplate("www", {
  commonName: hosts[0],
  subjectAlternativeNames: hosts.slice(1),
  autoManaged: false,
  rotation,
  renewBefore: 30,
  lifetimeDays: 8000,
});
const certificate = new q.Certificate("www", {
  certificate: template.csrPem.apply(sign),
  certificateChain: readFileSync(at("ca.pem"), "utf8"),
  csrId: template.csrId,
  csrPem: template.csrPem,
});
const site = new q.Site("www", { siteName: "www.example.com" });
const configuration = new q.SiteConfiguration("www", {
  siteId: site.siteId,
  hostIndex: require("./host-index.json"),
});
const { revisionId } = configuration;
const link = new q.SiteCertificateLink("www", {
  siteId: site.siteId,
  certificate,
  hosts: configuration.securedHosts,
  revisionId,
});
new q.SitePublication("www", { siteId: site.siteId, revisionId }, { dependsOn: [link] });
