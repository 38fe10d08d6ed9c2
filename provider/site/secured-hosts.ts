/** Hosts of a site configuration that serve TLS once a certificate is linked (docs/qwilt-api.md 4.5, derived rule). */

export interface ConfiguredHosts {
  /** Every host, lower case, without duplicates, in the order of the configuration. */
  readonly hosts: readonly string[];
  /** Those of them that a certificate must cover. */
  readonly secured: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

const SECURE_PROTOCOLS = ["https/1.1", "http/2"];
/** With and without the private prefix; the second is the old name of the first. */
const WILDCARD_TYPES = ["QW.AllowWildcardSubdomain", "QW.AllowDnsSuffixMatch"];

/**
 * A host with wildcard subdomains counts twice, as itself and as `*.` of itself. Anything that does not have the shape
 * of a `hostIndex` counts as absent: validating the configuration is Qwilt's task.
 *
 * @param hostIndex the object, or its JSON text
 */
export function securedHosts(hostIndex: unknown): ConfiguredHosts {
  const index = asObject(typeof hostIndex === "string" ? parseJson(hostIndex) : hostIndex);
  const siteLevel = asList(index.metadata);
  const hosts = new Set<string>();
  const secured = new Set<string>();
  for (const entry of asList(index.hosts).map(asObject)) {
    if (typeof entry.host !== "string" || entry.host === "") continue;
    const name = entry.host.toLowerCase();
    const hostLevel = asList(asObject(entry["host-metadata"]).metadata);
    const names = hasWildcardSubdomains(hostLevel, siteLevel) && !name.startsWith("*.") ? [name, `*.${name}`] : [name];
    const acl = metadataValue(hostLevel, ["MI.ProtocolACL"]) ?? metadataValue(siteLevel, ["MI.ProtocolACL"]);
    for (const each of names) {
      hosts.add(each);
      if (acl === undefined || allowsTls(acl)) secured.add(each);
    }
  }
  return { hosts: [...hosts], secured: [...secured] };
}

/**
 * The first rule that names a protocol decides (RFC 8006 section 4.2.7). A protocol that no rule names is denied,
 * unless all rules are denials: a configuration that only denies `http/1.1` wants TLS only. An empty list allows
 * everything.
 */
function allowsTls(acl: Json): boolean {
  const rules = asList(acl["protocol-acl"]).map(asObject);
  const unnamed = rules.every((rule) => rule.action === "deny");
  return SECURE_PROTOCOLS.some((protocol) => {
    const rule = rules.find(({ protocols }) => asList(protocols).some((name) => sameWord(name, protocol)));
    return rule === undefined ? unnamed : rule.action !== "deny";
  });
}

function hasWildcardSubdomains(hostLevel: readonly unknown[], siteLevel: readonly unknown[]): boolean {
  const value = metadataValue(hostLevel, WILDCARD_TYPES) ?? metadataValue(siteLevel, WILDCARD_TYPES);
  return value !== undefined && (value.enable === true || value.enable === "true");
}

/** Value of the first generic metadata of one of the types, with or without the prefix of private features. */
function metadataValue(metadata: readonly unknown[], types: readonly string[]): Json | undefined {
  for (const entry of metadata.map(asObject)) {
    const type = entry["generic-metadata-type"];
    if (typeof type !== "string") continue;
    if (types.includes(type.replace(/^MI\.PrivateFeature\.Qwilt\./, "")))
      return asObject(entry["generic-metadata-value"]);
  }
  return undefined;
}

function sameWord(value: unknown, word: string): boolean {
  return typeof value === "string" && value.toLowerCase() === word;
}

function asObject(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
