/** Bundles without a mistake: the linter may find nothing in them. */
import { createPrivateKey } from "node:crypto";
import type { LintInput } from "../../../provider/x509/lint/lint.ts";
import { type Ca, chainOf, type KeyType, makeCa, makeLeaf, sharedKeys } from "./factory.ts";
import { FROM, NAMES, opensslLeaf, type Pki, TO } from "./pki.ts";
import { leaf as leafOf, type MemberOptions, ca as opensslCa, root as opensslRoot } from "./referees/path-world.ts";

export interface GoodBundle {
  readonly title: string;
  readonly input: LintInput;
}

const DAY_MS = 86_400_000;

/** Encodings of the same material that all strict parsers accept. */
export function goodTexts(pki: Pki, now: number): readonly GoodBundle[] {
  const { leaf, lower, upper } = pki;
  const chain = lower.certificate + upper.certificate;
  const good: LintInput = { certificate: leaf.certificate, certificateChain: chain, privateKey: leaf.privateKey, now };
  const bag = (text: string) => `Bag Attributes\n    localKeyID: 01 02\nsubject=CN = www\n${text}\n# end\n`;
  const legacyType = pki.keyType.startsWith("RSA") ? ("pkcs1" as const) : ("sec1" as const);
  const legacy = createPrivateKey(leaf.privateKey).export({ type: legacyType, format: "pem" }).toString();
  const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
  const rows: readonly (readonly [string, Partial<LintInput>])[] = [
    ["leaf, two intermediates, key", {}],
    ["one intermediate", { certificateChain: lower.certificate }],
    [
      "CRLF",
      {
        certificate: leaf.certificate.replaceAll("\n", "\r\n"),
        certificateChain: chain.replaceAll("\n", "\r\n"),
        privateKey: leaf.privateKey.replaceAll("\n", "\r\n"),
      },
    ],
    [
      "bag attributes",
      { certificate: bag(leaf.certificate), certificateChain: bag(chain), privateKey: bag(leaf.privateKey) },
    ],
    ["no line break at the end", { certificate: leaf.certificate.trimEnd(), privateKey: leaf.privateKey.trimEnd() }],
    [
      "white space around",
      { certificate: `\n\n${leaf.certificate}\n \n`, certificateChain: `${lower.certificate}\n\n${upper.certificate}` },
    ],
    ["trailing blanks", { certificate: leaf.certificate.replaceAll("\n", "  \n") }],
    ["the traditional form of the key", { privateKey: legacyType === "sec1" ? parameters + legacy : legacy }],
    ["hosts", { hosts: ["www.example.com", "WWW.Example.COM.", "a.cdn.example.com", "*.cdn.example.com"] }],
  ];
  const unknown: readonly GoodBundle[] = [
    {
      title: `the key is not known (${pki.title})`,
      input: { certificate: leaf.certificate, certificateChain: chain, now },
    },
    {
      title: `the chain is not known (${pki.title})`,
      input: { certificate: leaf.certificate, privateKey: leaf.privateKey, now },
    },
  ];
  return [
    ...rows.map(([title, change]) => ({ title: `${title} (${pki.title})`, input: { ...good, ...change } })),
    ...unknown,
  ];
}

/** Rules of a CA that this leaf satisfies. */
export function goodPaths(now: number): readonly GoodBundle[] {
  const top = opensslRoot();
  const bundles: GoodBundle[] = [];
  const add = (title: string, options: MemberOptions, of: MemberOptions = {}) => {
    const upper = opensslCa(top, "Upper", options);
    const lower = opensslCa(upper, "Lower", { lines: ["basicConstraints = critical,CA:TRUE,pathlen:0"] });
    const { certificate, privateKey } = leafOf(lower, of);
    const certificateChain = lower.certificate + upper.certificate;
    bundles.push({ title: `${title} (path)`, input: { certificate, certificateChain, privateKey, now } });
  };
  add("pathlen:1 above pathlen:0", { lines: ["basicConstraints = critical,CA:TRUE,pathlen:1"] });
  add("name constraints that are kept", {
    lines: ["nameConstraints = critical,permitted;DNS:example.com,excluded;DNS:x.example.com"],
  });
  add("a CA for servers and clients", { lines: ["extendedKeyUsage = serverAuth,clientAuth"] });
  add("a critical extended key usage", {}, { lines: ["extendedKeyUsage = critical,serverAuth"] });
  add(
    "key usage with more than is needed",
    {},
    { lines: ["keyUsage = critical,digitalSignature,keyEncipherment,keyAgreement"] },
  );
  add("no key usage", {}, { lines: ["keyUsage ="] });
  add(
    "policies and points of a public CA",
    { lines: ["certificatePolicies = 2.5.29.32.0"] },
    {
      lines: [
        "certificatePolicies = 2.23.140.1.2.1",
        "authorityInfoAccess = caIssuers;URI:http://ca.example.com/r.crt,OCSP;URI:http://ocsp.example.com",
        "crlDistributionPoints = URI:http://crl.example.com/1.crl",
        "tlsfeature = status_request",
      ],
    },
  );
  add("no subject, critical names", {}, { subject: "/", lines: ["subjectAltName = critical,DNS:www.example.com"] });
  add("a serial number of 20 octets", {}, { extraArguments: ["-set_serial", `0x7f${"ab".repeat(19)}`] });
  return bundles;
}

const KEY_TYPES: readonly KeyType[] = ["RSA-2048", "RSA-3072", "EC-P256", "EC-P384", "EC-P521", "Ed25519"];

/** Kinds of keys, names and chains. */
export async function goodShapes(now: number): Promise<readonly GoodBundle[]> {
  const bundles: GoodBundle[] = [];
  const ca = (commonName: string, options: Parameters<typeof makeCa>[0] = {}) =>
    makeCa({ commonName, notBefore: FROM, notAfter: TO, ...options });
  const add = async (
    title: string,
    signer: Ca,
    options: Partial<Parameters<typeof makeLeaf>[0]> = {},
    change: Partial<LintInput> = {},
  ) => {
    const leaf = await makeLeaf({ names: NAMES, ca: signer, ...options });
    const judged = options.notBefore === undefined ? now : options.notBefore.getTime() + DAY_MS;
    const { certificate, privateKey } = leaf;
    bundles.push({
      title,
      input: { certificate, certificateChain: chainOf(signer), privateKey, now: judged, ...change },
    });
  };
  const root = await ca("Root");
  const signer = await ca("Signer", { issuer: root });
  for (const keyType of KEY_TYPES) {
    await add(`a key of ${keyType}`, signer, { keyType });
    const ownRoot = await ca(`Root ${keyType}`, { keyType });
    await add(`a chain of ${keyType}`, await ca(`Signer ${keyType}`, { keyType, issuer: ownRoot }), { keyType });
  }
  await add("a root that signs leaves", root);

  let deep = signer;
  for (let depth = 2; depth <= 8; depth += 1) {
    deep = await ca(`Signer ${depth}`, { issuer: deep });
    await add(`a chain of ${depth}`, deep);
  }

  // One key and name, certified by two roots: clients that trust either root find a path.
  const [first, second] = [await ca("First Root"), await ca("Second Root")];
  const crossKeys = sharedKeys("EC-P256", 80);
  const crossed = await ca("Crossed", { keys: crossKeys, issuer: first });
  const crossedToo = await ca("Crossed", { keys: crossKeys, issuer: second });
  await add(
    "a signer with two issuers",
    crossed,
    {},
    { certificateChain: crossed.certificate + crossedToo.certificate },
  );
  const firstBySecond = await ca("First Root", { keys: first.keys, issuer: second });
  await add(
    "a root that another root vouches for",
    crossed,
    {},
    { certificateChain: crossed.certificate + firstBySecond.certificate },
  );
  await add(
    "both ways at once",
    crossed,
    {},
    { certificateChain: crossed.certificate + crossedToo.certificate + firstBySecond.certificate },
  );
  const below = await ca("Below Crossed", { issuer: crossed });
  await add(
    "a crossed certificate above the signer",
    below,
    {},
    { certificateChain: below.certificate + crossed.certificate + crossedToo.certificate },
  );

  await add(
    "a name in another script",
    signer,
    { names: ["xn--bcher-kva.example"] },
    { hosts: ["bücher.example", "BÜCHER.example."] },
  );
  await add("a wildcard above another script", signer, { names: ["*.example.com"] }, { hosts: ["bücher.example.com"] });
  await add(
    "IP addresses alone",
    signer,
    { names: ["192.0.2.1", "2001:db8::1"] },
    { hosts: ["192.0.2.1", "2001:DB8:0::1", "[2001:db8::1]"] },
  );
  await add("a wildcard alone", signer, { names: ["*.example.com"] }, { hosts: ["a.example.com", "*.example.com"] });
  const many = Array.from({ length: 100 }, (_, index) => `host-${index}.example.com`);
  await add("a hundred names", signer, { names: many }, { hosts: many });
  await add("no common name", signer, { commonName: "" });
  await add("server and client authentication", signer, { usages: ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"] });
  await add("server authentication and any usage", signer, { usages: ["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"] });
  for (const keyType of ["RSA-2048", "EC-P256", "Ed25519"] as const) {
    for (const days of [6, 7, 10, 45, 47, 90, 100, 199]) {
      const notBefore = new Date(Math.floor(now / 1000) * 1000 - 3_600_000);
      const notAfter = new Date(notBefore.getTime() + days * DAY_MS - 1000);
      await add(`${days} days with a key of ${keyType}`, signer, { keyType, notBefore, notAfter }, { now });
    }
  }
  for (const [from, days] of [
    ["2020-09-01", 398],
    ["2026-03-14", 398],
    ["2026-03-15", 200],
    ["2027-03-14", 200],
    ["2027-03-15", 100],
    ["2029-03-14", 100],
    ["2029-03-15", 47],
  ] as const) {
    const notBefore = new Date(`${from}T00:00:00Z`);
    const notAfter = new Date(notBefore.getTime() + days * DAY_MS - 1000);
    await add(`${days} days to the second from ${from}`, signer, { notBefore, notAfter });
  }
  await add("the last second", signer, {}, { now: Math.floor(now / 1000) * 1000 });
  await add("a clock that is a minute slow", signer, { notBefore: new Date(now + 60_000) }, { now });
  const openssl = opensslLeaf(signer, ["www.example.com"], sharedKeys("EC-P256", 81));
  bundles.push({
    title: "a leaf of openssl under a CA of @peculiar/x509",
    input: {
      certificate: openssl.certificate,
      certificateChain: signer.certificate,
      privateKey: openssl.privateKey,
      now,
    },
  });
  return bundles;
}
