// The two programs that are compared: sites as users write them, and the same number of resources that do nothing.
import { join } from "node:path";
import { root } from "../paths.mjs";

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

/** Resources of this package, or of the floor. */
export const isOurs = ({ type }) => type.startsWith("pulumi-nodejs:dynamic/") || type.startsWith("qwilt:index:");

/** The modules with the classes: the package, or the classes of the native provider. */
const CLASSES = { dynamic: "pulumi-qwilt", native: join(root, "tests/support/programs/native-classes.js") };

/** Five resources per site. @param adapter "dynamic" or "native" */
export const sitesProgram = (adapter) => `${PRELUDE}
const q = require(${JSON.stringify(CLASSES[adapter])});
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
 * The engine's floor: as many dynamic resources with the same properties, dependencies and steps (a replacement for a
 * replacement), whose provider does nothing. Their properties are those that the sites had in the state of the same
 * operation.
 */
export const FLOOR_PROGRAM = `
const pulumi = require("@pulumi/pulumi");
const recorded = JSON.parse(require("node:fs").readFileSync("sites.json", "utf8"));
class Nothing extends pulumi.CustomResource {
  constructor(kind, name, inputs, opts) {
    const { inputs: own, outputs } = recorded[kind + " " + name];
    const declared = Object.fromEntries(Object.keys({ ...outputs, ...own }).map((key) => [key, undefined]));
    super("pulumi-nodejs:dynamic/floor:" + kind, name, { ...declared, ...own, made: undefined, ...inputs }, opts);
  }
}
for (const name of recorded.names) {
  const site = new Nothing("Site", name, {});
  const configuration = new Nothing("SiteConfiguration", name, { siteId: site.made });
  const certificate = new Nothing("Certificate", name, {});
  const link = new Nothing("SiteCertificateLink", name, {
    siteId: site.made,
    certificateId: certificate.made,
    revisionId: configuration.made,
  });
  new Nothing("SitePublication", name, { siteId: site.made, revisionId: configuration.made }, { dependsOn: [link] });
}
`;

/** The package "qwilt-floor" of the floor program. */
export const FLOOR_PROVIDER = `
const { randomUUID } = require("node:crypto");
let recorded;
function outputsOf(inputs, made) {
  recorded ??= JSON.parse(require("node:fs").readFileSync("sites.json", "utf8"));
  const [type, name] = inputs.__urn.split("::").slice(2);
  const { outputs } = recorded[type.slice(type.lastIndexOf(":") + 1) + " " + name];
  // Inputs that the sites' outputs leave out are left out here too.
  return { ...Object.fromEntries(Object.keys(outputs).map((key) => [key, inputs[key] ?? outputs[key]])), made };
}
module.exports = {
  check: async (olds, news) => ({ inputs: news }),
  diff: async (id, olds, news) => {
    const changed = Object.keys(olds).some((key) => key in news && JSON.stringify(news[key]) !== JSON.stringify(olds[key]));
    return { changes: changed, replaces: news.notBefore && olds.fingerprint !== news.fingerprint ? ["fingerprint"] : [] };
  },
  create: async (inputs) => {
    const made = randomUUID();
    return { id: made, outs: outputsOf(inputs, made) };
  },
  read: async (id, props) => ({ id, props }),
  update: async (id, olds, news) => ({ outs: outputsOf(news, olds.made) }),
  delete: async () => {},
};
`;

/**
 * The file that the floor's program reads, made of what the sites have in their state.
 *
 * @param resources of the exported deployment
 */
export function floorFile(resources) {
  const kinds = resources.filter(isOurs);
  const text = 'exports.handler = () => require("qwilt-floor");';
  const recorded = Object.fromEntries(
    kinds.map(({ type, urn, inputs, outputs }) => {
      const provider = text.padEnd(inputs.__provider.length, " ");
      const own = { ...inputs, __provider: provider };
      return [
        `${type.split(":").at(-1)} ${urn.split("::").at(-1)}`,
        { inputs: own, outputs: { ...outputs, __provider: provider } },
      ];
    }),
  );
  const names = kinds.filter(({ type }) => type.endsWith(":Site")).map(({ urn }) => urn.split("::").at(-1));
  return JSON.stringify({ ...recorded, names });
}

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
