/**
 * What a stack's state contains about its sites, read from the file backend: what the program wants and what the last
 * run recorded.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { kindOfType } from "../../../provider/core/resource-type.ts";

export interface StackSite {
  readonly siteId: string;
  readonly certificateId: number;
  readonly fingerprint: string;
  /** Hosts with a certificate that production serves; empty if the site is not in production. */
  readonly hosts: readonly string[];
}

interface Resource {
  readonly type: string;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** Sites with a link. A folder without a state, or with one that is being written, has none. */
export function stackSites(folder: string): readonly StackSite[] {
  const resources = readResources(folder);
  const of = (kind: string, siteId: unknown) =>
    resources.filter(({ type, outputs }) => kindOfType(type) === kind && outputs.siteId === siteId);
  return resources
    .filter(({ type }) => kindOfType(type) === "SiteCertificateLink")
    .flatMap(({ outputs }): StackSite[] => {
      const { siteId, linkedCertificateId, fingerprint, activate, targets } = outputs;
      if (typeof siteId !== "string" || typeof linkedCertificateId !== "number" || typeof fingerprint !== "string")
        return [];
      const published = of("SitePublication", siteId).some((one) => (one.outputs.target ?? "ga") === "ga");
      const live = activate !== "next-publish" && (published || hasGa(targets));
      const hosts = live ? of("SiteConfiguration", siteId).flatMap((one) => texts(one.outputs.securedHosts)) : [];
      return [{ siteId, certificateId: linkedCertificateId, fingerprint, hosts }];
    });
}

/** Every fingerprint in a stack's state. */
export function stackFingerprints(folder: string): readonly string[] {
  return readResources(folder).flatMap(({ outputs }) =>
    typeof outputs.fingerprint === "string" ? [outputs.fingerprint] : [],
  );
}

/** Where the file backend keeps the state of each stack. */
export function stateFiles(folder: string): readonly string[] {
  const stacks = join(folder, "state/.pulumi/stacks");
  if (!existsSync(stacks)) return [];
  return readdirSync(stacks, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".json"))
    .map((name) => join(stacks, name));
}

function readResources(folder: string): readonly Resource[] {
  return stateFiles(folder).flatMap(resourcesIn);
}

function resourcesIn(file: string): readonly Resource[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return [];
  }
  const list = field(field(field(parsed, "checkpoint"), "latest"), "resources");
  return (Array.isArray(list) ? list : []).flatMap((one: unknown): Resource[] => {
    const [type, outputs] = [field(one, "type"), field(one, "outputs")];
    // A replaced object that waits for its deletion is no longer what the program wants.
    if (typeof type !== "string" || typeof outputs !== "object" || outputs === null || field(one, "delete") === true)
      return [];
    return [{ type, outputs: { ...outputs } }];
  });
}

function hasGa(targets: unknown): boolean {
  return field(targets, "ga") !== undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
