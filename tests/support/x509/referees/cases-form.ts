/** How a certificate is encoded: RFC 5280 sections 4.1 and 4.2. */
import { parseCertificate } from "../../../../provider/x509/certificate.ts";
import { children, readDer } from "../../../../provider/x509/der.ts";
import type { Member } from "../pki.ts";
import {
  derOf,
  element,
  extension,
  generalizedTime,
  integer,
  oid,
  sequence,
  type TbsFields,
  utcTime,
} from "./der-edit.ts";
import { ca, HOST, leaf, type MemberOptions, type PathCase, path, root } from "./path-world.ts";

const NO_NAME = sequence();

export function formCases(): readonly PathCase[] {
  const top = root();
  const lower = ca(top, "Lower");
  const cases: PathCase[] = [];
  const add = (title: string, made: ReturnType<typeof path>, more: Partial<PathCase> = {}) =>
    void cases.push({ group: "form", title, ...made, ...more });
  const ofLeaf = (title: string, change: MemberOptions | ((fields: TbsFields) => void), more: Partial<PathCase> = {}) =>
    add(title, path(top, [lower], leaf(lower, typeof change === "function" ? { edit: change } : change)), more);
  const ofSigner = (
    title: string,
    change: MemberOptions | ((fields: TbsFields) => void),
    more: Partial<PathCase> = {},
  ) => {
    const signer = ca(top, "Signer", typeof change === "function" ? { edit: change } : change);
    add(title, path(top, [signer], leaf(signer)), more);
  };
  const nameless = { note: "an error: it has no names, and clients ignore the common name" };
  const bare = (fields: TbsFields) => {
    fields.extensions = [];
  };
  ofLeaf("a version 3 number on a leaf without extensions", bare, nameless);
  const old = (fields: TbsFields) => {
    fields.version = undefined;
    fields.extensions = [];
  };
  ofLeaf("a version 1 leaf", old, nameless);
  ofLeaf("version 1 with extensions", (fields) => {
    fields.version = undefined;
  });
  ofLeaf("a serial number of 1", { extraArguments: ["-set_serial", "1"] });
  ofLeaf("a serial number of 0", { extraArguments: ["-set_serial", "0"] });
  ofLeaf("a negative serial number", (fields) => {
    fields.serial = integer("80");
  });
  ofLeaf("a serial number of 20 octets", (fields) => {
    fields.serial = integer(`7f${"11".repeat(19)}`);
  });
  ofLeaf("a serial number of 21 octets", (fields) => {
    fields.serial = integer(`7f${"11".repeat(20)}`);
  });
  ofSigner("a CA with a negative serial number", (fields) => {
    fields.serial = integer("80");
  });
  const twice = (fields: TbsFields) => void fields.extensions.push(...fields.extensions.slice(-1));
  ofLeaf("an extension twice in the leaf", twice);
  ofSigner("an extension twice in a CA", twice);
  ofLeaf(
    "an unknown extension twice in the leaf",
    (fields) => {
      const one = extension("1.3.6.1.4.1.99999.1", Buffer.from("0500", "hex"));
      fields.extensions.push(one, one);
    },
    { browsers: "refuse" },
  );
  ofLeaf("an extension that cannot be read", { lines: ["2.5.29.19 = DER:0102", "basicConstraints ="] });
  ofLeaf("subject alternative names that cannot be read", { lines: ["2.5.29.17 = DER:300402", "subjectAltName ="] });
  ofLeaf("an empty subject, critical names", {
    subject: "/",
    lines: [`subjectAltName = critical,DNS:${HOST}`],
  });
  ofLeaf("an authority key identifier that cannot be read", {
    lines: ["authorityKeyIdentifier =", "2.5.29.35 = DER:3005"],
  });
  ofSigner("name constraints that cannot be read", { lines: ["2.5.29.30 = critical,DER:3003a001"] });
  ofLeaf("an empty subject, names that are not critical", { subject: "/" });
  ofLeaf("a subject and critical names", { lines: [`subjectAltName = critical,DNS:${HOST}`] });
  ofLeaf("an empty issuer", (fields) => {
    fields.issuer = NO_NAME;
  });
  const anonymous = ca(top, "Nameless", {
    edit: (fields) => {
      fields.subject = NO_NAME;
    },
  });
  add("a CA with an empty subject", path(top, [anonymous], leaf(anonymous)));
  ofLeaf("a leaf without authority key identifier", { lines: ["authorityKeyIdentifier ="] });
  ofLeaf("a leaf without subject key identifier", { lines: ["subjectKeyIdentifier ="] });
  ofSigner("a CA without subject key identifier", (fields) => drop(fields, "2.5.29.14"));
  ofSigner("a CA without authority key identifier", { lines: ["authorityKeyIdentifier ="] });
  ofLeaf("an authority key identifier of another key", (fields) => {
    drop(fields, "2.5.29.35");
    fields.extensions.push(extension("2.5.29.35", sequence(element(0x80, Buffer.alloc(20, 7)))));
  });
  ofLeaf("a critical authority key identifier", (fields) => {
    drop(fields, "2.5.29.35");
    fields.extensions.push(extension("2.5.29.35", sequence(element(0x80, Buffer.alloc(20, 7))), true));
  });
  ofSigner("a critical subject key identifier", (fields) => {
    drop(fields, "2.5.29.14");
    fields.extensions.push(extension("2.5.29.14", element(0x04, Buffer.alloc(20, 7)), true));
  });
  ofLeaf("a critical authority key identifier of the right key", (fields) => makeCritical(fields, "2.5.29.35"));
  ofLeaf("an authority key identifier with issuer and number", (fields) => byIssuer(fields, lower, false));
  ofLeaf("an authority key identifier with another number", (fields) => byIssuer(fields, lower, true));
  ofLeaf("critical CRL distribution points", {
    lines: ["crlDistributionPoints = critical,URI:http://crl.example.com/a.crl"],
  });
  ofLeaf("critical authority information access", {
    lines: ["authorityInfoAccess = critical,OCSP;URI:http://ocsp.example.com"],
  });
  ofLeaf("critical certificate policies", { lines: ["certificatePolicies = critical,1.2.3.4"] });
  ofLeaf("must-staple (TLS feature)", { lines: ["tlsfeature = status_request"] });
  ofLeaf("must-staple (TLS feature), critical", { lines: ["tlsfeature = critical,status_request"] });
  ofSigner("basic constraints of a CA that are not critical", { lines: ["basicConstraints = CA:TRUE"] });
  ofSigner("a CA without key usage", { lines: ["keyUsage ="] });
  ofSigner("a CA with key usage that is not critical", { lines: ["keyUsage = keyCertSign, cRLSign"] });
  ofLeaf("a leaf without basic constraints", { lines: ["basicConstraints ="] });
  ofLeaf("a path length in a leaf", (fields) => {
    drop(fields, "2.5.29.19");
    fields.extensions.push(extension("2.5.29.19", sequence(integer("00")), true));
  });
  ofSigner("a path length in a CA that may not sign", {
    lines: ["keyUsage = critical,cRLSign", "basicConstraints = critical,CA:TRUE,pathlen:0"],
  });
  ofLeaf("the two algorithm fields differ", (fields) => {
    fields.algorithm = sequence(oid("1.2.840.10045.4.3.3"));
  });
  const now = new Date();
  const yy = String(now.getUTCFullYear());
  const next = String(now.getUTCFullYear() + 1);
  const times = (from: Buffer, to: Buffer) => (fields: TbsFields) => {
    fields.validity = sequence(from, to);
  };
  const start = utcTime(`${yy.slice(2)}0101000000Z`);
  ofLeaf("dates before 2050 as GeneralizedTime", times(start, generalizedTime(`${next}0101000000Z`)));
  ofLeaf("a date without seconds", times(start, utcTime(`${next.slice(2)}01010000Z`)));
  ofLeaf("a date with an offset", times(start, utcTime(`${next.slice(2)}0101000000+0100`)));
  ofLeaf("a date with fractions of a second", times(start, generalizedTime(`${next}0101000000.5Z`)));
  ofLeaf("an impossible date", times(start, utcTime(`${next.slice(2)}0230000000Z`)));
  ofSigner("the end of time", times(start, generalizedTime("99991231235959Z")));
  return cases;
}

function makeCritical(fields: TbsFields, id: string): void {
  const old = fields.extensions.find((raw) => raw.includes(oid(id)));
  const value = old === undefined ? undefined : children(readDer(old)).at(-1)?.content;
  if (value === undefined) throw new Error("there is no such extension");
  drop(fields, id);
  fields.extensions.push(extension(id, value, true));
}

/** The name of the CA's issuer and the CA's serial number instead of the key identifier. */
function byIssuer(fields: TbsFields, { certificate }: Member, wrong: boolean): void {
  const { issuerDer, serial } = parseCertificate(derOf(certificate));
  const number = wrong ? Buffer.from([1, 2, 3]) : serial;
  drop(fields, "2.5.29.35");
  const issuer = element(0xa1, element(0xa4, issuerDer));
  fields.extensions.push(extension("2.5.29.35", sequence(issuer, element(0x82, number))));
}

function drop(fields: TbsFields, id: string): void {
  const name = oid(id);
  fields.extensions = fields.extensions.filter((raw) => !raw.includes(name));
}
