// Has an ACME CA sign a request, proven by DNS-01. The challenges go into the emulator's DNS: put your DNS API there.
import * as pulumi from "@pulumi/pulumi";

interface Inputs {
  csrPem: string;
  names: string[];
  directory: string;
  caFile: string;
  dnsControl: string;
}

const provider: pulumi.dynamic.ResourceProvider = {
  async diff(_id: string, olds: Inputs, news: Inputs) {
    const same = olds.csrPem === news.csrPem;
    return { changes: !same, replaces: same ? [] : ["csrPem"] };
  },
  async create(inputs: Inputs) {
    const acme = require("acme-client");
    const { readFileSync } = require("node:fs");
    const { Agent } = require("node:https");
    if (inputs.caFile !== "") acme.axios.defaults.httpsAgent = new Agent({ ca: readFileSync(inputs.caFile) });

    const record = async (method: string, name: string, value?: string) => {
      const answer = await fetch(`${inputs.dnsControl}/dns/${name}`, {
        method,
        headers: { "content-type": "application/json" },
        ...(value === undefined ? {} : { body: JSON.stringify({ type: "TXT", value, ttl: 60 }) }),
      });
      if (!answer.ok) throw new Error(`the DNS answered ${answer.status} for ${name}`);
    };
    const client = new acme.Client({
      directoryUrl: inputs.directory,
      accountKey: await acme.crypto.createPrivateEcdsaKey(),
    });
    const chain: string = await client.auto({
      csr: inputs.csrPem,
      termsOfServiceAgreed: true,
      skipChallengeVerification: true,
      challengePriority: ["dns-01"],
      challengeCreateFn: (authz: { identifier: { value: string } }, _challenge: unknown, key: string) =>
        record("PUT", `_acme-challenge.${authz.identifier.value}`, key),
      challengeRemoveFn: (authz: { identifier: { value: string } }) =>
        record("DELETE", `_acme-challenge.${authz.identifier.value}`),
    });
    const [certificate, ...issuers] =
      chain.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/g) ?? [];
    return { id: `signature-${Date.now()}`, outs: { ...inputs, certificate, certificateChain: issuers.join("") } };
  },
};

export class AcmeSignature extends pulumi.dynamic.Resource {
  declare readonly certificate: pulumi.Output<string>;
  declare readonly certificateChain: pulumi.Output<string>;

  constructor(
    name: string,
    args: {
      csrPem: pulumi.Input<string>;
      names: pulumi.Input<string[]>;
      directory: pulumi.Input<string>;
      caFile: pulumi.Input<string>;
      dnsControl: pulumi.Input<string>;
    },
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(
      provider,
      name,
      { certificate: undefined, certificateChain: undefined, ...args },
      opts,
      "example",
      "AcmeSignature",
    );
  }
}
