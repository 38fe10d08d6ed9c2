/** RFC 5280 section 6.1: what makes a path valid, and what a certificate in it may forbid to those below. */
import { extension, sequence, type TbsFields, utcTime } from "./der-edit.ts";
import { ca, leaf, type MemberOptions, type PathCase, path, root } from "./path-world.ts";

const PAST: MemberOptions = {
  edit: (fields) => {
    fields.validity = sequence(utcTime("200101000000Z"), utcTime("210101000000Z"));
  },
};

export function pathCases(): readonly PathCase[] {
  const top = root();
  const upper = ca(top, "Upper");
  const lower = ca(upper, "Lower");
  const good = leaf(lower);
  const cases: PathCase[] = [];
  const add = (title: string, made: ReturnType<typeof path>, more: Partial<PathCase> = {}) =>
    void cases.push({ group: "path", title, ...made, ...more });
  /** The issuer of the leaf is changed, everything else is valid. */
  const signer = (
    title: string,
    options: MemberOptions,
    leafOptions: MemberOptions = {},
    more: Partial<PathCase> = {},
  ) => {
    const changed = ca(top, "Signer", options);
    add(title, path(top, [changed], leaf(changed, leafOptions)), more);
  };
  /** A CA two above the leaf is changed. */
  const above = (title: string, options: MemberOptions, below: MemberOptions = {}, more: Partial<PathCase> = {}) => {
    const changed = ca(top, "Above", options);
    const between = ca(changed, "Between", below);
    add(title, path(top, [between, changed], leaf(between)), more);
  };
  add("nothing wrong, two intermediates", path(top, [lower, upper], good));
  add("an intermediate is missing", path(top, [lower], good), {
    note: "the missing one may be a root that clients know: offline nobody can tell",
  });
  add("no intermediate at all", path(top, [], good), { note: "a missing chain is a warning: CERT_CHAIN_MISSING" });
  const impostor = ca(top, "Lower");
  add("a signer of the right name with another key", path(top, [impostor], good));
  const foreign = ca(top, "Foreign");
  add("a certificate of another chain beside the right ones", path(top, [lower, upper, foreign], good), {
    note: "clients pass over it; in the wrong field it is most often the wrong file",
  });
  add("the right certificates in the wrong order", path(top, [upper, lower], good), {
    note: "TLS 1.2 demands the order, and old clients enforce it",
  });
  signer("the signer of the leaf is expired", PAST);
  above(
    "a CA above the signer is expired",
    PAST,
    {},
    {
      note: "a warning: a client that knows this CA as a root does without it",
    },
  );
  const twinKeys = ca(top, "Twin");
  const expiredTwin = ca(top, "Twin", { ...PAST, privateKey: twinKeys.privateKey });
  const twinLeaf = leaf(twinKeys);
  add("an expired certificate of the same key behind the valid signer", path(top, [twinKeys, expiredTwin], twinLeaf), {
    note: "a warning: it is of no use today",
  });
  add("an expired certificate of the same key before the valid signer", path(top, [expiredTwin, twinKeys], twinLeaf), {
    note: "a warning: it is of no use today",
  });
  const future = (fields: TbsFields) => {
    fields.validity = sequence(utcTime("400101000000Z"), utcTime("410101000000Z"));
  };
  add("the leaf is not yet valid", path(top, [lower, upper], leaf(lower, { edit: future })));
  add("the leaf is expired", path(top, [lower, upper], leaf(lower, PAST)));

  signer("a CA without basic constraints", { lines: ["basicConstraints ="] });
  signer("a CA with basic constraints CA:FALSE", { lines: ["basicConstraints = critical, CA:FALSE"] });
  signer("a CA without keyCertSign", { lines: ["keyUsage = critical, digitalSignature, cRLSign"] });
  signer("a version 1 intermediate", {
    edit: (fields) => {
      fields.version = undefined;
      fields.extensions = [];
    },
  });
  above("a CA below pathlen:0", { lines: ["basicConstraints = critical, CA:TRUE, pathlen:0"] });
  above("one CA below pathlen:1", { lines: ["basicConstraints = critical, CA:TRUE, pathlen:1"] });
  signer("a leaf below pathlen:0", { lines: ["basicConstraints = critical, CA:TRUE, pathlen:0"] });
  const limited = ca(top, "Limited", { lines: ["basicConstraints = critical, CA:TRUE, pathlen:0"] });
  const rolled = ca(limited, "Limited", {});
  // RFC 5280 section 6.1.4 (l): self-issued certificates do not count.
  add("a self-issued CA below pathlen:0 (key rollover)", path(top, [rolled, limited], leaf(rolled)));
  const limitedTwo = ca(top, "Crossed", { lines: ["basicConstraints = critical, CA:TRUE, pathlen:0"] });
  const unlimited = ca(top, "Crossed", { privateKey: limitedTwo.privateKey });
  const belowBoth = ca(limitedTwo, "Below");
  add(
    "pathlen:0 on one of two ways up, the other first",
    path(top, [belowBoth, unlimited, limitedTwo], leaf(belowBoth)),
  );
  add("pathlen:0 on one of two ways up, first", path(top, [belowBoth, limitedTwo, unlimited], leaf(belowBoth)));

  const constraints = (value: string) => ({ lines: [`nameConstraints = ${value}`] });
  const san = (value: string): MemberOptions => ({ lines: [`subjectAltName = ${value}`] });
  signer("name constraints permit another domain", constraints("critical,permitted;DNS:corp.example"));
  signer("name constraints permit the domain", constraints("critical,permitted;DNS:example.com"));
  signer(
    "name constraints with a leading dot permit what is below",
    constraints("critical,permitted;DNS:.example.com"),
  );
  signer("name constraints exclude the domain", constraints("critical,excluded;DNS:example.com"));
  signer("name constraints exclude a sibling", constraints("critical,excluded;DNS:mail.example.com"));
  signer("name constraints that are not critical permit another domain", constraints("permitted;DNS:corp.example"));
  above(
    "name constraints two above the leaf permit another domain",
    constraints("critical,permitted;DNS:corp.example"),
  );
  signer(
    "name constraints permit one of two names",
    constraints("critical,permitted;DNS:www.example.com"),
    san("DNS:www.example.com,DNS:example.org"),
  );
  signer(
    "name constraints permit DNS names, the leaf has an IP address beside",
    constraints("critical,permitted;DNS:example.com"),
    san("DNS:www.example.com,IP:192.0.2.1"),
  );
  signer(
    "name constraints permit another network",
    constraints("critical,permitted;IP:10.0.0.0/255.0.0.0,permitted;DNS:example.com"),
    san("DNS:www.example.com,IP:192.0.2.1"),
  );
  signer(
    "name constraints permit the network",
    constraints("critical,permitted;IP:192.0.2.0/255.255.255.0,permitted;DNS:example.com"),
    san("DNS:www.example.com,IP:192.0.2.1"),
  );
  signer(
    "name constraints exclude all IP addresses",
    constraints("critical,excluded;IP:0.0.0.0/0.0.0.0"),
    san("DNS:www.example.com,IP:192.0.2.1"),
  );
  signer(
    "name constraints exclude a name that the wildcard covers",
    constraints("critical,excluded;DNS:secret.example.com"),
    san("DNS:www.example.com,DNS:*.example.com"),
  );
  signer(
    "name constraints exclude a wildcard's domain",
    constraints("critical,excluded;DNS:example.com"),
    san("DNS:*.example.com"),
  );
  const directory = ["nameConstraints = critical,permitted;dirName:dn", "", "[dn]", "O = Other"].join("\n");
  signer("name constraints permit another organization", { lines: [directory] });
  signer(
    "name constraints of a kind that few know, with such a name",
    constraints("critical,permitted;URI:corp.example"),
    {
      lines: ["subjectAltName = DNS:www.example.com,URI:https://www.example.com/"],
    },
  );
  signer("name constraints for e-mail, none in the leaf", constraints("critical,permitted;email:corp.example"));

  const policy = (id: string) => [`certificatePolicies = ${id}`];
  signer("an explicit policy is required, the leaf has none", {
    lines: ["policyConstraints = critical,requireExplicitPolicy:0", ...policy("1.2.3.4")],
  });
  signer(
    "an explicit policy is required, the leaf has it",
    { lines: ["policyConstraints = critical,requireExplicitPolicy:0", ...policy("1.2.3.4")] },
    { lines: policy("1.2.3.4") },
  );
  signer(
    "an explicit policy is required, the leaf has another",
    { lines: ["policyConstraints = critical,requireExplicitPolicy:0", ...policy("1.2.3.4")] },
    { lines: policy("1.2.3.5") },
  );
  signer(
    "an explicit policy is required, the CA has any policy",
    { lines: ["policyConstraints = critical,requireExplicitPolicy:0", ...policy("2.5.29.32.0")] },
    { lines: policy("1.2.3.5") },
  );
  signer(
    "an explicit policy is required, which the CA maps to that of the leaf",
    {
      lines: [
        "policyConstraints = critical,requireExplicitPolicy:0",
        "policyMappings = 1.2.3.4:1.2.3.5",
        ...policy("1.2.3.4"),
      ],
    },
    { lines: policy("1.2.3.5") },
  );
  signer(
    "an explicit policy is required, any policy of the leaf is inhibited",
    { lines: ["policyConstraints = critical,requireExplicitPolicy:0", "inhibitAnyPolicy = 0", ...policy("1.2.3.4")] },
    { lines: policy("2.5.29.32.0") },
  );
  above(
    "an explicit policy is required two above the leaf, later than the leaf",
    { lines: ["policyConstraints = critical,requireExplicitPolicy:5", ...policy("1.2.3.4")] },
    { lines: policy("1.2.3.4") },
  );
  signer("policies that do not meet, none required", { lines: policy("1.2.3.4") }, { lines: policy("1.2.3.5") });
  signer(
    "any policy is inhibited, none required",
    { lines: ["inhibitAnyPolicy = critical,0", ...policy("1.2.3.4")] },
    { lines: policy("1.2.3.4") },
  );

  const unknown = (critical: boolean): MemberOptions => ({
    edit: (fields) =>
      void fields.extensions.push(extension("1.3.6.1.4.1.99999.1", Buffer.from("0500", "hex"), critical)),
  });
  add("an unknown critical extension in the leaf", path(top, [lower, upper], leaf(lower, unknown(true))));
  add("an unknown extension in the leaf, not critical", path(top, [lower, upper], leaf(lower, unknown(false))));
  signer("an unknown critical extension in a CA", unknown(true));
  return cases;
}
