/** Which private key a certificate is uploaded with, and from where it is fetched. */
import { QwiltError } from "../../core/errors.ts";
import type { KeyReference } from "../../run/key-source.ts";
import { type CheckContext, type Context, type Failure, type MaybeUnknown, UNKNOWN } from "../../run/lifecycle.ts";
import { publicKeyHashOfPrivateKey } from "../../x509/facts.ts";
import { FindingError } from "../../x509/finding.ts";
import type { CertificateArgs, CertificateInputs } from "./args.ts";

const SOURCES = ["privateKey", "privateKeyFrom", "csrId"] as const;
const CHOICE = "set exactly one of privateKey, privateKeyFrom, or csrId if Qwilt created the key.";

/** Exactly one source; a source that is not known yet may still turn out to be none. */
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
  readonly pem?: string;
  /** Why a key that could be looked for was not found. */
  readonly absent?: string;
}

/** The key as far as a preview may look for it. */
export function availableKey(args: MaybeUnknown<CertificateArgs>, ctx: CheckContext): AvailableKey {
  if (typeof args.privateKey === "string") return { pem: args.privateKey };
  if (args.privateKeyFrom === undefined || args.privateKeyFrom === UNKNOWN) return {};
  const look = ctx.keys.look(args.privateKeyFrom);
  if (look.kind === "found") return { pem: look.pem };
  return look.kind === "absent" ? { absent: look.why } : {};
}

/**
 * The key of these inputs, before any call is made.
 *
 * @returns undefined when Qwilt holds it
 * @throws QWILT_KEY_MISSING, QWILT_KEY_UNUSABLE
 */
export async function fetchKey(inputs: CertificateInputs, ctx: Context): Promise<string | undefined> {
  if (inputs.csrId !== undefined) return undefined;
  const known = ctx.keys.get(inputs.publicKeyHash);
  if (known !== undefined) return known;
  const where = `certificate ${inputs.commonName}`;
  const reference = inputs.privateKeyFrom;
  if (reference === undefined) {
    throw new QwiltError({
      code: "QWILT_KEY_MISSING",
      what: "The private key is not available: it is never kept in the state.",
      where,
      todo: "run `pulumi up` with the program that gives privateKey or privateKeyFrom",
    });
  }
  const fetched = await ctx.keys.fetch(reference, ctx.signal);
  if (fetched.kind === "absent") {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    throw new QwiltError({
      code: "QWILT_KEY_MISSING",
      what: `The private key is not available: ${fetched.why}.`,
      where: `${where}, privateKeyFrom`,
      todo: "bring the key to where privateKeyFrom looks for it, then run `pulumi up` again",
    });
  }
  refuseUnusable(fetched.pem, inputs, reference);
  ctx.keys.put(inputs.publicKeyHash, fetched.pem);
  return fetched.pem;
}

function refuseUnusable(pem: string, inputs: CertificateInputs, reference: KeyReference): void {
  const unusable = (what: string, todo: string) =>
    new QwiltError({
      code: "QWILT_KEY_UNUSABLE",
      what: `What ${nameOf(reference)} holds ${what}`,
      where: `certificate ${inputs.commonName}, privateKeyFrom`,
      todo,
    });
  let hash: string;
  try {
    hash = publicKeyHashOfPrivateKey(pem);
  } catch (thrown) {
    if (!(thrown instanceof FindingError)) throw thrown;
    const { message, fix, code } = thrown.finding;
    throw unusable(`is not a usable key: ${message} [${code}]`, fix);
  }
  if (hash === inputs.publicKeyHash) return;
  throw unusable(
    "is the key of another certificate.",
    "bring the key and the certificate of the same issuance together, then run `pulumi up` again",
  );
}

function nameOf({ env, file, command }: KeyReference): string {
  if (env !== undefined) return `the variable ${env}`;
  return file !== undefined ? `the file ${file}` : `the command ${command?.[0] ?? ""}`;
}
