/** `pulumi-qwilt lint`: runs the linter of the Certificate resource on files. */
import { certificateFacts } from "../x509/facts.ts";
import { type Finding, FindingError } from "../x509/finding.ts";
import { lintCertificate } from "../x509/lint/lint.ts";
import { LINT_USAGE, type LintArguments, parseLintArguments } from "./lint-arguments.ts";
import { reportFindings } from "./lint-report.ts";
import { EXIT, reasonOf, type Terminal } from "./terminal.ts";

/** @returns the exit code (fixed): 0 without errors, 1 with errors, 2 for wrong usage */
export function lintCommand(args: readonly string[], terminal: Terminal): number {
  const request = parseLintArguments(args);
  if (request.kind === "help") {
    terminal.out(LINT_USAGE);
    return EXIT.ok;
  }
  if (request.kind === "wrong") return refuse(request.why, terminal);
  const texts: Partial<Record<"certificate" | "chain" | "key", string>> = {};
  for (const name of ["certificate", "chain", "key"] as const) {
    const path = request[name];
    if (path === undefined) continue;
    try {
      texts[name] = terminal.readFile(path);
    } catch (error) {
      return refuse(`the file of --${name}, ${path}, cannot be read: ${reasonOf(error)}`, terminal);
    }
  }
  return lint(request, { ...texts, certificate: texts.certificate ?? "" }, terminal);
}

interface Texts {
  readonly certificate: string;
  readonly chain?: string;
  readonly key?: string;
}

function lint(request: LintArguments, texts: Texts, terminal: Terminal): number {
  const now = request.now ?? terminal.now();
  const findings = lintCertificate({
    certificate: texts.certificate,
    // On the command line, an omitted chain means that there is none, which is worth a finding.
    certificateChain: texts.chain ?? "",
    ...(texts.key === undefined ? {} : { privateKey: texts.key }),
    hosts: request.hosts,
    allow: request.allow,
    now,
  });
  if (request.json) terminal.out(`${JSON.stringify({ findings: findings.map(fixedFields) }, undefined, 2)}\n`);
  else {
    const files = {
      certificate: request.certificate,
      ...(request.chain === undefined ? {} : { certificateChain: request.chain }),
      ...(request.key === undefined ? {} : { privateKey: request.key }),
    };
    const facts = factsOrNothing(texts.certificate);
    terminal.out(reportFindings(findings, { facts, files, now, colours: terminal.colours }));
  }
  return findings.some(({ severity }) => severity === "error") ? EXIT.errorsFound : EXIT.ok;
}

/** Only the fields of the fixed contract, in its order. */
function fixedFields({ code, severity, property, message, fix }: Finding): Finding {
  return { code, severity, property, message, fix };
}

function factsOrNothing(text: string) {
  try {
    return certificateFacts(text);
  } catch (error) {
    if (error instanceof FindingError) return undefined;
    throw error;
  }
}

function refuse(why: string, terminal: Terminal): number {
  terminal.error(`pulumi-qwilt lint: ${why}.\nTry \`pulumi-qwilt lint --help\`.\n`);
  return EXIT.wrongUsage;
}
