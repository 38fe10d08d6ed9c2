/** The command line of `pulumi-qwilt lint`, parsed; reads no file. */
import { isLintCode } from "../x509/finding-catalog.ts";
import { canonicalHost, canonicalIp } from "../x509/names.ts";
import { parseCommandLine } from "./command-line.ts";

export interface LintArguments {
  readonly kind: "lint";
  readonly certificate: string;
  readonly chain: string | undefined;
  readonly key: string | undefined;
  readonly hosts: readonly string[];
  readonly allow: readonly string[];
  readonly json: boolean;
  /** Epoch milliseconds; undefined: the time of the machine. */
  readonly now: number | undefined;
}

export type LintRequest = LintArguments | { readonly kind: "help" } | { readonly kind: "wrong"; readonly why: string };

export const LINT_USAGE = `Usage: pulumi-qwilt lint --certificate FILE [options]

Checks a certificate before it is sent to Qwilt: PEM text, chain, key, dates, strength, names.
Works offline; nothing leaves this machine.

  --certificate FILE  the certificate of the site (PEM)
  --chain FILE        its intermediates (PEM), issuer of the certificate first
  --key FILE          its private key (PEM, without passphrase)
  --host NAME         a host that the certificate must cover; may be repeated
  --allow CODE        the code of a finding to ignore; may be repeated
  --now TIME          evaluate as of this time (ISO 8601) instead of now
  --json              print {"findings": [...]} instead of text
  --help              print this

Exit code: 0 without errors (warnings do not count), 1 with errors, 2 for invalid usage.
`;

const OPTIONS = {
  certificate: { type: "string", multiple: true },
  chain: { type: "string", multiple: true },
  key: { type: "string", multiple: true },
  host: { type: "string", multiple: true },
  allow: { type: "string", multiple: true },
  now: { type: "string", multiple: true },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

const ONCE = ["certificate", "chain", "key", "now"] as const;

export function parseLintArguments(args: readonly string[]): LintRequest {
  const parsed = parseCommandLine(args, OPTIONS, false);
  if ("why" in parsed) return { kind: "wrong", why: parsed.why };
  const { values } = parsed;
  if (values.help === true) return { kind: "help" };
  const twice = ONCE.find((name) => (values[name]?.length ?? 0) > 1);
  if (twice !== undefined) return wrong(`--${twice} may be given only once`);
  const certificate = values.certificate?.[0];
  if (certificate === undefined) return wrong("--certificate is missing");
  const { host: hosts = [], allow = [] } = values;
  const noHost = hosts.find((host) => canonicalHost(host) === undefined && canonicalIp(host) === undefined);
  if (noHost !== undefined) return wrong(`--host takes a host name without scheme, port or path, not "${noHost}"`);
  const noCode = allow.find((code) => !isLintCode(code));
  if (noCode !== undefined) return wrong(`--allow takes the code of a finding, not "${noCode}"`);
  const time = values.now?.[0];
  const now = time === undefined ? undefined : Date.parse(time);
  if (Number.isNaN(now)) return wrong(`--now takes a time in ISO 8601, not "${time}"`);
  return {
    kind: "lint",
    certificate,
    chain: values.chain?.[0],
    key: values.key?.[0],
    hosts,
    allow,
    json: values.json === true,
    now,
  };
}

function wrong(why: string): LintRequest {
  return { kind: "wrong", why };
}
