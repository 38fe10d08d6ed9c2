// Signs a request with openssl, as a corporate CA would. Use your own CA's API instead; the shape stays the same.
import * as pulumi from "@pulumi/pulumi";

interface Inputs {
  csrPem: string;
  caFolder: string;
  days: number;
}

const provider: pulumi.dynamic.ResourceProvider = {
  async diff(_id: string, olds: Inputs, news: Inputs) {
    return { changes: olds.csrPem !== news.csrPem, replaces: olds.csrPem === news.csrPem ? [] : ["csrPem"] };
  },
  async create(inputs: Inputs) {
    const { execFileSync } = require("node:child_process");
    const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require("node:fs");
    const { tmpdir } = require("node:os");
    const { join } = require("node:path");
    const folder = mkdtempSync(join(tmpdir(), "openssl-ca-"));
    try {
      writeFileSync(join(folder, "request.pem"), inputs.csrPem);
      const usage = `basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
`;
      writeFileSync(join(folder, "usage.ext"), usage);
      execFileSync("openssl", [
        ...["x509", "-req", "-in", join(folder, "request.pem"), "-out", join(folder, "leaf.pem"), "-sha256"],
        ...["-CA", join(inputs.caFolder, "ca.pem"), "-CAkey", join(inputs.caFolder, "ca-key.pem"), "-CAcreateserial"],
        ...["-CAserial", join(folder, "serial"), "-days", String(inputs.days)],
        ...["-copy_extensions", "copyall", "-extfile", join(folder, "usage.ext")],
      ]);
      const certificate = readFileSync(join(folder, "leaf.pem"), "utf8");
      const certificateChain = readFileSync(join(inputs.caFolder, "ca.pem"), "utf8");
      return { id: `signature-${Date.now()}`, outs: { ...inputs, certificate, certificateChain } };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

export class OpensslSignature extends pulumi.dynamic.Resource {
  declare readonly certificate: pulumi.Output<string>;
  declare readonly certificateChain: pulumi.Output<string>;

  constructor(
    name: string,
    args: { csrPem: pulumi.Input<string>; caFolder: pulumi.Input<string>; days: pulumi.Input<number> },
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(
      provider,
      name,
      { certificate: undefined, certificateChain: undefined, ...args },
      opts,
      "example",
      "OpensslSignature",
    );
  }
}
