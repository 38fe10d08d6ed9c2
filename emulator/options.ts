import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { readTime } from "./clock.ts";
import type { EmulatorOptions } from "./emulator.ts";

/** A wrong option. The message is shown to the user. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

type OptionName =
  | "port"
  | "control-port"
  | "edge-port"
  | "edge-staging-port"
  | "dns-port"
  | "proxy-port"
  | "data"
  | "strict"
  | "publish-ms"
  | "issue-ms"
  | "certificate-days"
  | "now"
  | "organization"
  | "acme-directory"
  | "acme-ca";

interface Option {
  /** Name of the value in the help; none for a switch. */
  readonly value?: string;
  readonly help: string;
}

const portHelp = "on 127.0.0.1; 0, the default, is any free one";
const options: Readonly<Record<OptionName, Option>> = {
  port: { value: "PORT", help: `API port ${portHelp}` },
  "control-port": { value: "PORT", help: "port of clock, ledger, faults and so on" },
  "edge-port": { value: "PORT", help: "port of the TLS edge, target ga" },
  "edge-staging-port": { value: "PORT", help: "port of the TLS edge, target staging" },
  "dns-port": { value: "PORT", help: "port of the DNS server, UDP and TCP" },
  "proxy-port": { value: "PORT", help: "port of the HTTP CONNECT proxy for *.cqloud.com" },
  data: { value: "DIR", help: "folder that keeps everything; in memory when left out" },
  strict: { help: "refuse what the reference leaves open and a careful server would refuse" },
  "publish-ms": { value: "N", help: "milliseconds from a publish request to Success, default 300" },
  "issue-ms": {
    value: "N",
    help: "milliseconds from a good CNAME to a certificate, default 2000 (frozen clock: 30 to 60 min)",
  },
  "certificate-days": { value: "N", help: "days of a certificate that Qwilt manages, default 90" },
  now: { value: "ISO", help: "freeze the clock at a time, until it is advanced" },
  organization: { value: "NAME", help: "default devorg; NAME-2 is a second one, reached by login with orgId" },
  "acme-directory": { value: "URL", help: "CA that signs managed certificates, by ACME" },
  "acme-ca": { value: "FILE", help: "root certificate of that CA's own HTTPS" },
};

export const help = `Usage: qwilt-emulator [options]

Qwilt's control plane and edge on this machine. When ready, it prints one line of JSON with addresses and credentials.

Options:
${Object.entries(options)
  .map(([name, { value, help }]) => `  ${`--${name}${value === undefined ? "" : ` ${value}`}`.padEnd(26)}${help}`)
  .join("\n")}
  --help                    this text

Each option can be an environment variable too: --publish-ms is QWILT_EMULATOR_PUBLISH_MS. The command line wins.
`;

/**
 * Reads the command line, and the environment for omitted options.
 *
 * @throws UsageError
 */
export function readOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): EmulatorOptions | "help" {
  const given = { ...fromEnvironment(environment), ...fromCommandLine(argv) };
  if (given.help === true) return "help";
  const read = <Value>(name: OptionName, parse: (text: string, option: string) => Value): Value | undefined => {
    const text = given[name];
    return typeof text === "string" ? parse(text, `--${name}`) : undefined;
  };
  return withoutUndefined({
    port: read("port", port),
    controlPort: read("control-port", port),
    edgePort: read("edge-port", port),
    edgeStagingPort: read("edge-staging-port", port),
    dnsPort: read("dns-port", port),
    proxyPort: read("proxy-port", port),
    data: read("data", nonEmpty),
    strict: given.strict === true ? true : read("strict", truth),
    publishMs: read("publish-ms", milliseconds),
    issueMs: read("issue-ms", milliseconds),
    certificateDays: read("certificate-days", days),
    now: read("now", time),
    organization: read("organization", nonEmpty),
    acmeDirectory: read("acme-directory", url),
    acmeCa: read("acme-ca", file),
  });
}

function fromCommandLine(argv: readonly string[]): Readonly<Record<string, string | boolean | undefined>> {
  const known = Object.entries(options).map(([name, { value }]): [string, { type: "string" | "boolean" }] => [
    name,
    { type: value === undefined ? "boolean" : "string" },
  ]);
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { ...Object.fromEntries(known), help: { type: "boolean", short: "h" } },
      strict: true,
      allowPositionals: false,
    });
    return Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, Array.isArray(value) ? undefined : value]),
    );
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function fromEnvironment(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of Object.keys(options)) {
    const text = environment[`QWILT_EMULATOR_${name.replaceAll("-", "_").toUpperCase()}`];
    if (text !== undefined && text !== "") found[name] = text;
  }
  return found;
}

function port(text: string, option: string): number {
  const value = wholeNumber(text);
  if (value === undefined || value > 65_535) throw new UsageError(`${option} must be a port from 0 to 65535.`);
  return value;
}

function milliseconds(text: string, option: string): number {
  const value = wholeNumber(text);
  if (value === undefined) throw new UsageError(`${option} must be a whole number of milliseconds.`);
  return value;
}

function days(text: string, option: string): number {
  const value = wholeNumber(text);
  if (value === undefined || value < 1 || value > 20_000) throw new UsageError(`${option} must be 1 to 20000 days.`);
  return value;
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

function nonEmpty(text: string, option: string): string {
  if (text.trim() === "") throw new UsageError(`${option} must not be empty.`);
  return text;
}

function truth(text: string, option: string): boolean {
  if (/^(1|true|yes)$/i.test(text)) return true;
  if (/^(0|false|no)$/i.test(text)) return false;
  throw new UsageError(`${option} must be true or false.`);
}

function time(text: string, option: string): string {
  try {
    readTime(text, option);
    return text;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function url(text: string, option: string): string {
  if (!URL.canParse(text)) throw new UsageError(`${option} must be a URL.`);
  return text;
}

function file(text: string, option: string): string {
  if (!existsSync(text)) throw new UsageError(`${option}: there is no file ${text}.`);
  return text;
}

/** Omitted options must be absent, not undefined. */
function withoutUndefined<Value extends object>(
  value: Value,
): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } {
  const kept = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return Object.fromEntries(kept) as { [Key in keyof Value]?: Exclude<Value[Key], undefined> };
}
