// A CNAME in the emulator's DNS, so that the example runs on one machine. Use your DNS provider's package instead.
import * as pulumi from "@pulumi/pulumi";

interface Inputs {
  control: string;
  name: string;
  value: string;
  ttl: number;
}

const provider: pulumi.dynamic.ResourceProvider = {
  async create(inputs: Inputs) {
    const answer = await fetch(`${inputs.control}/dns/${inputs.name}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "CNAME", value: inputs.value, ttl: inputs.ttl }),
    });
    if (!answer.ok) throw new Error(`the emulator's DNS answered ${answer.status}`);
    return { id: inputs.name, outs: inputs };
  },
  async delete(id: string, inputs: Inputs) {
    await fetch(`${inputs.control}/dns/${id}`, { method: "DELETE" });
  },
};

export class LocalDnsRecord extends pulumi.dynamic.Resource {
  constructor(
    name: string,
    args: {
      control: pulumi.Input<string>;
      name: pulumi.Input<string>;
      value: pulumi.Input<string>;
      ttl: pulumi.Input<number>;
    },
    opts?: pulumi.CustomResourceOptions,
  ) {
    super(provider, name, { ...args }, opts, "example", "LocalDnsRecord");
  }
}
