/** The program of a live site, as a user would write it, with what the test varies. */
export interface SiteProgram {
  readonly material: { readonly leaf: string; readonly chain: string; readonly key: string };
  readonly hosts?: readonly string[];
  readonly siteName?: string;
  /** Of the certificate; false: none. */
  readonly description?: string | false;
  /** Extra link options as JavaScript, for example `replaceExisting: true,`. */
  readonly link?: string | false;
  readonly publication?: boolean;
  readonly origin?: string;
  readonly names?: { readonly link?: string; readonly certificate?: string; readonly publication?: string };
}

export const HOSTS = ["www.example.com", "shop.example.com"];

export function hostIndex(hosts: readonly string[], origin = "origin.example.com") {
  return {
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
            "generic-metadata-value": { "protocol-acl": [{ action: "allow", protocols: ["http/1.1", "https/1.1"] }] },
          },
        ],
      },
    })),
  };
}

export function siteProgram(options: SiteProgram): string {
  const { material, hosts = HOSTS, siteName = "www.example.com", description = "web", origin } = options;
  const linkName = JSON.stringify(options.names?.link ?? "www");
  const certificateName = JSON.stringify(options.names?.certificate ?? "www");
  const link =
    options.link === false
      ? ""
      : `const link = new q.SiteCertificateLink(${linkName}, { siteId: site.siteId, certificate, hosts: configuration.securedHosts, revisionId: configuration.revisionId, ${options.link ?? ""} });`;
  const publication =
    options.publication === false
      ? ""
      : `new q.SitePublication(${JSON.stringify(options.names?.publication ?? "www")}, { siteId: site.siteId, revisionId: configuration.revisionId }, { dependsOn: [${options.link === false ? "" : "link"}] });`;
  return `
const site = new q.Site("www", { siteName: ${JSON.stringify(siteName)} });
const configuration = new q.SiteConfiguration("www", { siteId: site.siteId, hostIndex: ${JSON.stringify(hostIndex(hosts, origin))} });
const certificate = new q.Certificate(${certificateName}, {
  certificate: ${JSON.stringify(material.leaf)},
  certificateChain: ${JSON.stringify(material.chain)},
  privateKey: pulumi.secret(${JSON.stringify(material.key)}),
  ${description === false ? "" : `description: ${JSON.stringify(description)},`}
});
${link}
${publication}
`;
}
