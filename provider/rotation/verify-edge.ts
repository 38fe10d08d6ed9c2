/**
 * The last step of a rotation: verifies that every secured host serves the wanted certificate, if the edge can be
 * reached.
 */
import { type EdgeDiffersDetails, edgeDiffers, edgeUnreachable } from "../core/errors/rotation-errors.ts";
import { poll } from "../core/poll.ts";
import { proxyName } from "../core/proxies.ts";
import type { Context } from "../run/lifecycle.ts";
import { canonicalHost } from "../x509/names.ts";
import { type Handshake, probeTls } from "./probe-tls.ts";
import type { ServedVerdict } from "./reconcile.ts";

export interface VerifyEdgeOptions {
  readonly siteId: string;
  readonly hosts: readonly string[];
  /** SHA-256 of the wanted certificate, lower-case hex. */
  readonly fingerprint: string;
  /** SHA-256 of each issuer that has to be sent with it, without the root; undefined: not checked. */
  readonly issuers?: readonly string[] | undefined;
  /** Address of the edge; undefined: not known. */
  readonly address: string | undefined;
}

export type Seen = "handshake" | "api";

const HANDSHAKE_LIMIT_MS = 3_000;
/** Success is reported when the roll-out is done, so this is enough for stragglers. */
const SETTLE_LIMIT_MS = 30_000;

/** @throws QWILT_EDGE_DIFFERS if the edge serves something else; QWILT_EDGE_UNREACHABLE if a proof is required */
export async function verifyEdge(options: VerifyEdgeOptions, ctx: Context): Promise<Seen> {
  // Without host names there is nothing to verify.
  const names = askable(options.hosts);
  if (ctx.config.edgeProbe === "off") return "api";
  if (options.address === undefined || names.length === 0)
    return unreachable(options, "its address or its hosts are not known", ctx);
  const { address, fingerprint } = options;

  let last: { readonly host: string; readonly seen: Handshake } | undefined;
  const proven = await poll({
    clock: ctx.clock,
    signal: ctx.signal,
    deadlineMs: ctx.clock.now() + SETTLE_LIMIT_MS,
    intervalMs: (looks) => Math.min(2_000, 100 * 2 ** looks),
    probe: async (): Promise<"proven" | "unreachable" | undefined> => {
      last = await firstDifference(names, address, ({ fingerprint: seen }) => seen === fingerprint, ctx);
      if (last === undefined) return "proven";
      if (last.seen.kind === "unreachable") return "unreachable";
      ctx.row.status(`waiting for the edge to serve the certificate on ${last.host}`);
      return undefined;
    },
  });
  if (proven.kind === "done" && proven.value === "proven") return "handshake";
  if (last === undefined) return unreachable(options, "the run was interrupted", ctx);
  if (last.seen.kind === "unreachable") return unreachable(options, last.seen.why, ctx);
  throw edgeDiffers({ siteId: options.siteId, address, host: last.host, served: servedOf(last.seen), fingerprint });
}

/** Pause before another handshake: a publish that just ended may not have reached every server. */
const SECOND_LOOK_MS = 2_000;

/**
 * Whether every host serves the certificate with its issuers; used to avoid a publish that would change nothing. A
 * repaired chain has the same leaf as the one that is served, so the leaf alone is not enough.
 */
export async function servesAlready(options: VerifyEdgeOptions, ctx: Context): Promise<ServedVerdict> {
  const { address, fingerprint, issuers } = options;
  const names = askable(options.hosts);
  if (ctx.config.edgeProbe === "off" || address === undefined || names.length === 0) return "unknown";
  const isWanted = (seen: ServedAnswer) =>
    seen.fingerprint === fingerprint && (issuers === undefined || sameSet(seen.issuers, issuers));
  const look = () => firstDifference(names, address, isWanted, ctx);
  let different = await look();
  if (different !== undefined && different.seen.kind !== "unreachable") {
    await ctx.clock.sleep(SECOND_LOOK_MS, ctx.signal);
    different = await look();
  }
  if (different === undefined) return "yes";
  return different.seen.kind === "unreachable" ? "unknown" : "no";
}

/**
 * Host names as a client sends them: A-labels without the final dot (RFC 6066 section 3). Wildcards and IP addresses
 * cannot be sent as SNI.
 */
export function askable(hosts: readonly string[]): readonly string[] {
  const names = hosts.flatMap((host) => (host.startsWith("*.") ? [] : (canonicalHost(host) ?? [])));
  return [...new Set(names)];
}

type ServedAnswer = Extract<Handshake, { readonly kind: "served" }>;

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.every((one) => b.includes(one)) && b.every((one) => a.includes(one));
}

async function firstDifference(
  names: readonly string[],
  address: string,
  isWanted: (seen: ServedAnswer) => boolean,
  ctx: Context,
) {
  const looked = await Promise.all(
    names.map(async (host) => ({
      host,
      seen: await probeTls({ address, serverName: host, timeoutMs: HANDSHAKE_LIMIT_MS, signal: ctx.signal }),
    })),
  );
  const different = looked.filter(({ seen }) => !(seen.kind === "served" && isWanted(seen)));
  return different.find(({ seen }) => seen.kind !== "unreachable") ?? different[0];
}

function unreachable(options: VerifyEdgeOptions, why: string, ctx: Context): Seen {
  const proxy = proxyName(ctx.config.proxies);
  const straight = proxy === undefined ? "" : ` Handshakes go directly to the edge, not through the proxy ${proxy}.`;
  if (ctx.config.edgeProbe !== "require") {
    // Without a proxy, the edge of a new site is commonly not reachable yet, and proof.seen is enough.
    if (proxy !== undefined && options.address !== undefined) {
      ctx.row.info(
        `no TLS handshake with the edge ${options.address}: ${why}.${straight} That the certificate is served is known only from Qwilt's API; ` +
          "set qwilt:edgeProbe to off to skip handshakes",
      );
    }
    return "api";
  }
  throw edgeUnreachable({ siteId: options.siteId, address: options.address, why, proxy });
}

function servedOf(seen: Handshake): EdgeDiffersDetails["served"] {
  if (seen.kind === "served") return { kind: "certificate", fingerprint: seen.fingerprint };
  return { kind: "failure", why: seen.why };
}
