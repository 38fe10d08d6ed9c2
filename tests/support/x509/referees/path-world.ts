/** The material of the cases: a root, CAs below it and leaves, all from openssl, each case changed in one thing. */
import { execFileSync } from "node:child_process";
import { sharedKeys } from "../factory.ts";
import { namesLine, type OpensslOptions, opensslCertificate } from "../openssl.ts";
import type { Member } from "../pki.ts";
import { derOf, edited, oid, type TbsFields } from "./der-edit.ts";

export const HOST = "www.example.com";

/** One broken (or allowed) thing, to be judged by all validators. */
export interface PathCase {
  readonly group: "path" | "usage" | "form" | "keys" | "names";
  readonly title: string;
  readonly leaf: string;
  readonly chain: string;
  readonly root: string;
  readonly host?: string;
  /** What browsers do, if it is known from their sources or documents and differs from OpenSSL. */
  readonly browsers?: "refuse" | "accept";
  /** Why our verdict differs from what the others' verdicts suggest. */
  readonly note?: string;
}

export interface MemberOptions extends Partial<Omit<OpensslOptions, "extensions" | "issuer">> {
  /** Replace the usual line of the same extension; "NAME =" alone removes it. */
  readonly lines?: readonly string[];
  readonly edit?: (fields: TbsFields) => void;
}

const IDS = ["subjectKeyIdentifier = hash", "authorityKeyIdentifier = keyid"];
const CA = ["basicConstraints = critical, CA:TRUE", "keyUsage = critical, keyCertSign, cRLSign", ...IDS];
const LEAF = [
  "basicConstraints = critical, CA:FALSE",
  "keyUsage = critical, digitalSignature",
  "extendedKeyUsage = serverAuth",
  namesLine([HOST]),
  ...IDS,
];

let keys = 200;

export function root(options: MemberOptions = {}): Member {
  return member(undefined, "/O=Referee/CN=Root", [...CA.slice(0, 3)], options);
}

export function ca(issuer: Member, name: string, options: MemberOptions = {}): Member {
  return member(issuer, `/O=Referee/CN=${name}`, CA, options);
}

export function leaf(issuer: Member, options: MemberOptions = {}): Member {
  return member(issuer, `/CN=${HOST}`, LEAF, options);
}

function member(issuer: Member | undefined, subject: string, usual: readonly string[], options: MemberOptions): Member {
  const { lines = [], edit, privateKey = sharedKeys("EC-P256", keys++).privateKey, ...rest } = options;
  const nameOf = (line: string) => line.slice(0, line.indexOf("=")).trim();
  const changed = new Set(lines.map(nameOf));
  const extensions = [...usual.filter((line) => !changed.has(nameOf(line))), ...lines].map((line) =>
    // openssl would otherwise add these two.
    /^(subject|authority)KeyIdentifier =$/.test(line.trim()) ? `${line.trim()} none` : line,
  );
  const made = opensslCertificate({
    subject,
    days: issuer === undefined ? 3650 : 90,
    ...rest,
    privateKey,
    extensions: extensions
      .filter((line) => !/=\s*$/.test(line))
      .map((line) => (line === IDS[1] && !hasKeyId(issuer) ? "authorityKeyIdentifier = none" : line)),
    ...(issuer === undefined ? {} : { issuer }),
  });
  const certificate = edit === undefined ? made : edited(made, issuer?.privateKey ?? privateKey, edit);
  return { certificate, privateKey };
}

/** A leaf of these CAs, its issuer first, without the root. */
export function path(top: Member, signers: readonly Member[], of: Member) {
  return { root: top.certificate, chain: signers.map(({ certificate }) => certificate).join(""), leaf: of.certificate };
}

function hasKeyId(issuer: Member | undefined): boolean {
  return issuer === undefined || derOf(issuer.certificate).includes(oid("2.5.29.14"));
}

/** A key with explicit curve parameters. */
export function explicitCurve(): string {
  const options = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"];
  return execFileSync("openssl", ["genpkey", ...options], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
