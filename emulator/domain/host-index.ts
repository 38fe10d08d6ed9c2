/**
 * The parts of a `hostIndex` (docs/qwilt-api.md 4.5) that decide whether it may be saved, which names it serves, and
 * which of them are secured.
 */
import { domainToASCII } from "node:url";
import type { Assumptions } from "../assumptions.ts";
import { ApiProblem } from "./api-problem.ts";
import { canonicalJson, isObject, type JsonObject } from "./json.ts";

export interface ConfiguredHost {
  /** A-labels, lower case, no trailing dot. */
  readonly host: string;
  /** Serves every name below it too (`QW.AllowWildcardSubdomain`). */
  readonly withSubdomains: boolean;
  /** From the effective `MI.ProtocolACL`; null if there is none. */
  readonly secured: boolean | null;
}

const originType = "MI.SourceMetadataExtended";
const trafficType = "MI.TrafficType";
const protocolType = "MI.ProtocolACL";
const wildcardNames = ["QW.AllowWildcardSubdomain", "QW.AllowDnsSuffixMatch"];
/** Private objects have Qwilt's prefix on the wire; the documentation uses the short name. */
const wildcardTypes = wildcardNames.flatMap((name) => [name, `MI.PrivateFeature.Qwilt.${name}`]);

/**
 * The quick validation of a save: hosts, an origin for each (its own or the site's), one traffic type.
 *
 * @throws ApiProblem with the status that the assumptions define
 */
export function validateHostIndex(
  hostIndex: unknown,
  rules: Pick<Assumptions, "missingTrafficType" | "invalidConfigurationStatus">,
): JsonObject {
  try {
    return validated(hostIndex, rules);
  } catch (error) {
    throw error instanceof ApiProblem ? new ApiProblem(rules.invalidConfigurationStatus, error.message) : error;
  }
}

function validated(hostIndex: unknown, options: Pick<Assumptions, "missingTrafficType">): JsonObject {
  if (!isObject(hostIndex)) throw invalid("hostIndex is required and must be an object");
  const site = metadataOf(hostIndex, "hostIndex");
  const hosts = hostsOf(hostIndex);
  if (hosts.length === 0) throw invalid("hosts must name at least one host");
  const traffic = new Set(valuesOf(site, trafficType).map(trafficName));
  const siteTraffic = traffic.size > 0;
  for (const [index, host] of hosts.entries()) {
    const name = hostName(host, index);
    const own = hostMetadata(host, `hosts[${index}]`);
    if (!hasOrigin(own) && !hasOrigin(site)) throw invalid(`host ${name} has no origin (${originType})`);
    const ownTraffic = valuesOf(own, trafficType).map(trafficName);
    for (const name of ownTraffic) traffic.add(name);
    if (options.missingTrafficType === "refuse" && !siteTraffic && ownTraffic.length === 0) {
      throw invalid(`host ${name} has no traffic type (${trafficType})`);
    }
  }
  if (traffic.size > 1) {
    throw invalid(`all hosts must share one traffic type, found ${[...traffic].sort().join(", ")}`);
  }
  return hostIndex;
}

/** Names and properties of the hosts of a saved `hostIndex`. A name that is listed twice counts once. */
export function configuredHosts(hostIndex: JsonObject, routingMethod: "DNS" | "HTTP"): readonly ConfiguredHost[] {
  const site = metadataOf(hostIndex, "hostIndex");
  const found = new Map<string, ConfiguredHost>();
  for (const [index, host] of hostsOf(hostIndex).entries()) {
    const own = hostMetadata(host, `hosts[${index}]`);
    const name = inDns(hostName(host, index));
    const wildcard = wildcardSetting(own) ?? wildcardSetting(site) ?? false;
    found.set(name, {
      host: name,
      // 4.5: not for HTTP routing.
      withSubdomains: wildcard && routingMethod === "DNS",
      secured: protocolSetting(own) ?? protocolSetting(site),
    });
  }
  return [...found.values()];
}

/** As a client sends it in a handshake: A-labels, lower case, no trailing dot. */
function inDns(name: string): string {
  const plain = name.trim().replace(/\.$/, "");
  return domainToASCII(plain) || plain.toLowerCase();
}

function invalid(reason: string): ApiProblem {
  return new ApiProblem(400, `Invalid Site Configuration: ${reason}.`);
}

function hostsOf(hostIndex: JsonObject): readonly unknown[] {
  const hosts = hostIndex.hosts;
  if (!Array.isArray(hosts)) throw invalid("hosts is required and must be an array");
  return hosts;
}

function hostName(host: unknown, index: number): string {
  const name = isObject(host) ? host.host : undefined;
  if (typeof name !== "string" || name.trim() === "" || name.length > 253) {
    throw invalid(`hosts[${index}].host must be a host name`);
  }
  return name;
}

function hostMetadata(host: unknown, where: string): readonly JsonObject[] {
  if (!isObject(host)) throw invalid(`${where} must be an object`);
  const own = host["host-metadata"];
  if (own === undefined || own === null) return [];
  if (!isObject(own)) throw invalid(`${where}.host-metadata must be an object`);
  return metadataOf(own, `${where}.host-metadata`);
}

function metadataOf(holder: JsonObject, where: string): readonly JsonObject[] {
  const metadata = holder.metadata;
  if (metadata === undefined || metadata === null) return [];
  if (!Array.isArray(metadata)) throw invalid(`${where}.metadata must be an array`);
  return metadata.map((entry: unknown, index) => {
    if (isObject(entry) && typeof entry["generic-metadata-type"] === "string") return entry;
    throw invalid(`${where}.metadata[${index}] must have a generic-metadata-type`);
  });
}

function valuesOf(metadata: readonly JsonObject[], ...types: string[]): readonly unknown[] {
  return metadata
    .filter((entry) => types.includes(String(entry["generic-metadata-type"])))
    .map((entry) => entry["generic-metadata-value"]);
}

function hasOrigin(metadata: readonly JsonObject[]): boolean {
  return valuesOf(metadata, originType).some(
    (value) => isObject(value) && !(Array.isArray(value.sources) && value.sources.length === 0),
  );
}

function trafficName(value: unknown): string {
  const name = isObject(value) ? (value["traffic-type"] ?? value) : value;
  return typeof name === "string" ? name : canonicalJson(name);
}

function wildcardSetting(metadata: readonly JsonObject[]): boolean | null {
  const last = valuesOf(metadata, ...wildcardTypes).at(-1);
  return isObject(last) ? last.enable === true : null;
}

/** Whether the ACL allows `https/1.1` or `http/2`. A denial overrides an allowance. */
function protocolSetting(metadata: readonly JsonObject[]): boolean | null {
  const value = valuesOf(metadata, protocolType).at(-1);
  if (!isObject(value) || !Array.isArray(value["protocol-acl"])) return null;
  const offered = new Set<unknown>();
  for (const rule of value["protocol-acl"]) {
    if (!isObject(rule) || !Array.isArray(rule.protocols)) continue;
    for (const protocol of rule.protocols) {
      if (rule.action === "deny") offered.delete(protocol);
      else offered.add(protocol);
    }
  }
  return offered.has("https/1.1") || offered.has("http/2");
}
