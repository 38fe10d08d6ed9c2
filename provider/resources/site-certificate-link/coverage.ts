/** Hosts that the wanted certificate does not cover: what the program declares, and what an earlier run read. */
import { isCallError } from "../../api/http/api-error.ts";
import { COVERAGE_STEPS, type CoverageGap, coverageLost, describeGap } from "../../core/errors/coverage-errors.ts";
import { coverageGap } from "../../rotation/coverage-guard.ts";
import { type Context, type MaybeUnknown, UNKNOWN } from "../../run/lifecycle.ts";
import { hostsNow } from "../../site/site-facts.ts";
import {
  type SiteCertificateLinkArgs as Args,
  activation,
  revisionsToPublish,
  type SiteCertificateLinkState as State,
} from "./args.ts";

/** Coverage of what the program declares; undefined if all is well or nothing can be said yet. */
export function declaredGap(
  args: MaybeUnknown<Args>,
  olds: Readonly<Record<string, unknown>>,
): CoverageGap | undefined {
  if (args.coverage === "off" || !Array.isArray(args.hosts) || !Array.isArray(args.dnsNames)) return undefined;
  // Qwilt did not return the text of the certificate: the operation checks it and reports.
  if (args.fingerprint === "") return undefined;
  const hosts: readonly string[] = args.hosts;
  const wanted = { dnsNames: texts(args.dnsNames), ipAddresses: texts(args.ipAddresses) };
  const outgoing = Array.isArray(olds.dnsNames)
    ? { dnsNames: texts(olds.dnsNames), ipAddresses: texts(olds.ipAddresses) }
    : undefined;
  return coverageGap({ wanted, outgoing, hosts });
}

/**
 * The same for hosts that an earlier run read from the site's configuration. A host that seems to lose coverage may
 * have been removed since, so it is looked up before anything is refused; a preview with nothing to refuse sends no
 * request. Only for a change that keeps the site.
 */
export async function refuseRememberedHosts(state: State, inputs: MaybeUnknown<Args>, ctx: Context): Promise<string[]> {
  const remembered = state.observedHosts;
  const { hosts: declared, coverage = "require" } = inputs;
  if (remembered === undefined || declared === UNKNOWN || coverage !== "require") return [];
  const outgoing = { dnsNames: state.dnsNames, ipAddresses: state.ipAddresses };
  // `check` has judged what the program declares.
  const gapOf = (hosts: readonly string[]) =>
    declaredGap({ ...inputs, hosts: hosts.filter((host) => declared?.includes(host) !== true) }, outgoing);
  const lastGap = gapOf(remembered.hosts);
  if (lastGap === undefined) return [];
  const coming = activation(inputs) === "now" ? revisionsToPublish(inputs)?.ga : undefined;
  // The revision that goes live with the certificate is not saved yet: its hosts are those that the program declares.
  if (coming === null) return [];
  let hosts: readonly string[];
  try {
    hosts = (await hostsNow(state.siteId, remembered, ctx, coming))?.hosts ?? [];
  } catch (thrown) {
    if (!isCallError(thrown)) throw thrown;
    return [
      `${describeGap(lastGap)} This is based on the configuration as last observed; \`pulumi up\` checks again before it changes anything.`,
    ];
  }
  const gap = gapOf(hosts);
  if (gap === undefined) return [];
  // A program can have the configuration published before this link, which a preview cannot see.
  if (declared !== undefined)
    return [
      `${describeGap(gap)} The program no longer has this host, but the published configuration does: \`pulumi up\` will fail. ${COVERAGE_STEPS}`,
    ];
  throw coverageLost({ siteId: state.siteId, ...gap, duringUpdate: false, removedFromProgram: false });
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
}
