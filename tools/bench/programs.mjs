// The two programs that are compared: sites as users write them, and the same number of resources that do nothing.

const hostIndex = (host) => ({
  hosts: [
    {
      host,
      "host-metadata": {
        metadata: [
          {
            "generic-metadata-type": "MI.SourceMetadataExtended",
            "generic-metadata-value": { sources: [{ protocol: "https/1.1", endpoints: ["origin.example.com"] }] },
          },
          {
            "generic-metadata-type": "MI.ProtocolACL",
            "generic-metadata-value": { "protocol-acl": [{ action: "allow", protocols: ["http/1.1", "https/1.1"] }] },
          },
        ],
      },
    },
  ],
});

const PRELUDE = `
const pulumi = require("@pulumi/pulumi");
const { materials, hostIndexes } = JSON.parse(require("node:fs").readFileSync("sites.json", "utf8"));
`;

/** Five resources per site. */
export const SITES_PROGRAM = `${PRELUDE}
const q = require("pulumi-qwilt");
materials.forEach(({ name, leaf, chain, key }, index) => {
  const site = new q.Site(name, { siteName: name });
  const configuration = new q.SiteConfiguration(name, { siteId: site.siteId, hostIndex: hostIndexes[index] });
  const certificate = new q.Certificate(name, { certificate: leaf, certificateChain: chain, privateKey: pulumi.secret(key) });
  const link = new q.SiteCertificateLink(name, {
    siteId: site.siteId,
    certificate,
    hosts: configuration.securedHosts,
    revisionId: configuration.revisionId,
  });
  new q.SitePublication(name, { siteId: site.siteId, revisionId: configuration.revisionId }, { dependsOn: [link] });
});
`;

/**
 * The engine's floor: the same number of dynamic resources with the same dependencies, the same inputs, the same kinds
 * of step (a replacement for a replacement) and a provider text of the same length. Their provider does nothing.
 *
 * @param textLength bytes of the provider text in the other program's state
 */
export const floorProgram = (textLength) => `${PRELUDE}
const text = 'exports.handler = () => require("qwilt-floor");'.padEnd(${textLength}, " ");
class Nothing extends pulumi.CustomResource {
  constructor(kind, name, inputs, opts) {
    super("pulumi-nodejs:dynamic/floor:" + kind, name, { made: undefined, ...inputs, __provider: text }, opts);
  }
}
materials.forEach(({ name, leaf, chain }, index) => {
  const site = new Nothing("Site", name, { siteName: name });
  const configuration = new Nothing("SiteConfiguration", name, { siteId: site.made, hostIndex: hostIndexes[index] });
  const certificate = new Nothing("Certificate", name, { replaceBy: leaf, certificateChain: chain });
  const link = new Nothing("SiteCertificateLink", name, {
    siteId: site.made,
    certificateId: certificate.made,
    hosts: [name],
    revisionId: configuration.made,
  });
  new Nothing("SitePublication", name, { siteId: site.made, revisionId: configuration.made }, { dependsOn: [link] });
});
`;

/** The package "qwilt-floor" of the floor program. */
export const FLOOR_PROVIDER = `
const { randomUUID } = require("node:crypto");
const plain = (properties) => JSON.stringify(Object.entries(properties).filter(([key]) => key !== "made" && !key.startsWith("__")).sort());
module.exports = {
  check: async (olds, news) => ({ inputs: news }),
  diff: async (id, olds, news) => {
    const replaces = olds.replaceBy === news.replaceBy ? [] : ["replaceBy"];
    return { changes: plain(olds) !== plain(news), replaces, deleteBeforeReplace: false };
  },
  create: async (inputs) => {
    const made = randomUUID();
    return { id: made, outs: { ...inputs, made } };
  },
  read: async (id, props) => ({ id, props }),
  update: async (id, olds, news) => ({ outs: { ...news, made: olds.made } }),
  delete: async () => {},
};
`;

/** @param issue issues a certificate for host names */
export async function sitesFile(count, issue) {
  const materials = [];
  const hostIndexes = [];
  for (let index = 0; index < count; index++) {
    const name = `www${index}.example.com`;
    materials.push({ name, ...(await issue([name])) });
    hostIndexes.push(hostIndex(name));
  }
  return JSON.stringify({ materials, hostIndexes });
}
