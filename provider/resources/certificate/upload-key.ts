/** Which private key a certificate is uploaded with, and where it comes from. */
import { keyMissing, keyUnusable } from "../../core/errors/object-errors.ts";
import type { KeyMaterial } from "../../run/key-material.ts";
import type { KeyReference } from "../../run/key-source.ts";
import { type CheckContext, type Context, type Failure, type MaybeUnknown, UNKNOWN } from "../../run/lifecycle.ts";
import type { CertificateArgs, CertificateInputs } from "./args.ts";

const SOURCES = ["privateKey", "privateKeyFrom", "csrId"] as const;
const CHOICE = "set exactly one of privateKey, privateKeyFrom, or csrId if Qwilt created the key.";

/** Exactly one source; a source that is not known yet may still turn out to be absent. */
export function sourceFailures(
  args: MaybeUnknown<CertificateArgs>,
  olds: Readonly<Record<string, unknown>>,
): Failure[] {
  const given = SOURCES.filter((source) => args[source] !== undefined);
  if (given.length === 0) {
    const exists = olds.fingerprint !== undefined;
    const hint = exists ? " If ignoreChanges contains privateKey, remove it for this run." : "";
    return [{ property: "privateKey", reason: `privateKey is missing: ${CHOICE}${hint}` }];
  }
  const sure = given.filter((source) => args[source] !== UNKNOWN);
  const last = sure.at(-1);
  if (sure.length < 2 || last === undefined) return [];
  return [{ property: last, reason: `${sure.join(" and ")} are mutually exclusive: ${CHOICE}` }];
}

export interface AvailableKey {
  readonly key?: KeyMaterial;
  /** Why a key was not found where it was looked up. */
  readonly absent?: string;
}

/** The key, as far as a preview may look it up. */
export function availableKey(args: MaybeUnknown<CertificateArgs>, ctx: CheckContext): AvailableKey {
  if (typeof args.privateKey === "string") return { key: ctx.keys.given(args.privateKey) };
  if (args.privateKeyFrom === undefined || args.privateKeyFrom === UNKNOWN) return {};
  const look = ctx.keys.look(args.privateKeyFrom);
  if (look.kind === "found") return { key: look.key };
  return look.kind === "absent" ? { absent: look.why } : {};
}

/**
 * The key of these inputs, before any call is made.
 *
 * @returns undefined if Qwilt holds it
 * @throws QWILT_KEY_MISSING, QWILT_KEY_UNUSABLE
 */
export async function fetchKey(inputs: CertificateInputs, ctx: Context): Promise<KeyMaterial | undefined> {
  if (inputs.csrId !== undefined) return undefined;
  const known = ctx.keys.of(inputs.publicKeyHash);
  if (known !== undefined) return known;
  const { commonName } = inputs;
  const reference = inputs.privateKeyFrom;
  if (reference === undefined) {
    throw keyMissing({ reason: "not-given", commonName });
  }
  const fetched = await ctx.keys.fetch(reference, ctx.signal);
  if (fetched.kind === "absent") {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    throw keyMissing({ reason: "not-found", commonName, why: fetched.why });
  }
  refuseUnusable(fetched.key, inputs, reference);
  return fetched.key;
}

function refuseUnusable(key: KeyMaterial, inputs: CertificateInputs, reference: KeyReference): void {
  const about = { commonName: inputs.commonName, source: nameOf(reference) };
  const { fault } = key.read;
  if (fault !== undefined) {
    const { code, message, fix } = fault;
    throw keyUnusable({ ...about, reason: "not-a-key", finding: { code, message, fix } });
  }
  if (key.publicKeyHash === inputs.publicKeyHash) return;
  throw keyUnusable({ ...about, reason: "other-certificate" });
}

function nameOf({ env, file, command }: KeyReference): string {
  if (env !== undefined) return `the variable ${env}`;
  return file !== undefined ? `the file ${file}` : `the command ${command?.[0] ?? ""}`;
}
