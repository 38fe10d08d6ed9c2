/** Resources inside a component: their hidden URN must not make them wait for each other. */
import { stackOfFile } from "../support/engine/file-stack.ts";
import { hostIndex } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

const HOST = "www.example.com";
const on = stackOfFile();

test("a component may contain a whole live site, and the plan is shown on the row of its link", async () => {
  const [, material] = await materials(2, [HOST]);
  if (material === undefined) throw new Error("two certificates were asked for");
  on.stack.write(`
class Web extends pulumi.ComponentResource {
  constructor(name, host) {
    super("acme:edge:Web", name);
    const parent = this;
    const site = new q.Site(name, { siteName: host }, { parent });
    const configuration = new q.SiteConfiguration(name, { siteId: site.siteId, hostIndex: ${JSON.stringify(hostIndex([HOST]))} }, { parent });
    const certificate = new q.Certificate(name, {
      certificate: ${JSON.stringify(material.leaf)}, certificateChain: ${JSON.stringify(material.chain)}, privateKey: ${JSON.stringify(material.key)},
    }, { parent });
    const link = new q.SiteCertificateLink(name, { siteId: site.siteId, certificate, hosts: configuration.securedHosts, revisionId: configuration.revisionId }, { parent });
    new q.SitePublication(name, { siteId: site.siteId, revisionId: configuration.revisionId }, { parent, dependsOn: [link] });
  }
}
new Web("www", ${JSON.stringify(HOST)});
`);
  const preview = await on.stack.preview();
  expect(preview.all).toMatch(
    /SiteCertificateLink www create link the new certificate -> publish the new revision where live/,
  );
  await on.stack.up();
  expect((await on.emulator.edgeNow()).map(({ fingerprint }) => fingerprint)).toEqual([material.fingerprint]);
  await on.stack.up("--expect-no-changes");
});
