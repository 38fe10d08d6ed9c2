/** The same material as bundles of CAs, Windows tools, secret stores and editors deliver it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Member } from "../pki.ts";
import { ca, leaf, root } from "./path-world.ts";

export interface Material {
  readonly root: string;
  readonly leaf: string;
  readonly chain: string;
  readonly key: string;
}

export interface TextCase {
  readonly title: string;
  /** Bytes, because not all of them are UTF-8. */
  readonly leaf: Buffer;
  readonly chain: Buffer;
  readonly key: Buffer;
  /** Why our verdict differs from what the others' verdicts suggest. */
  readonly note?: string;
}

export function newMaterial(): Material {
  const top = root();
  const upper = ca(top, "Upper");
  const lower = ca(upper, "Lower");
  const made = leaf(lower);
  const { certificate, privateKey } = made;
  return { root: top.certificate, leaf: certificate, chain: lower.certificate + upper.certificate, key: privateKey };
}

type Change = (text: string) => string;

const linesOf = (text: string) => text.trimEnd().split("\n");
const eachBlock =
  (change: (lines: string[]) => readonly string[]): Change =>
  (text) =>
    (text.match(/-----BEGIN [\s\S]*?-----END [^\n]*\n/g) ?? [])
      .map((block) => `${change(linesOf(block)).join("\n")}\n`)
      .join("");
const body = (change: (body: readonly string[]) => readonly string[]): Change =>
  eachBlock((lines) => [lines[0] ?? "", ...change(lines.slice(1, -1)), lines.at(-1) ?? ""]);
const wrapped = (width: number) => body((lines) => lines.join("").match(new RegExp(`.{1,${width}}`, "g")) ?? []);
const SECOND = 1;
const inserted = (at: number, ...what: readonly string[]) => body((lines) => lines.toSpliced(at, 0, ...what));

const CHANGES: readonly (readonly [title: string, change: Change, note?: string])[] = [
  ["as openssl writes it", (text) => text],
  ["CRLF (Windows editors)", (text) => text.replaceAll("\n", "\r\n")],
  ["CR alone (old Mac tools)", (text) => text.replaceAll("\n", "\r")],
  ["CR CR LF (a text upload of a CRLF file)", (text) => text.replaceAll("\n", "\r\r\n")],
  ["LF CR", (text) => text.replaceAll("\n", "\n\r")],
  ["an empty line before END", (text) => text.replaceAll("\n-----END", "\n\n-----END")],
  ["an empty line in the middle", inserted(SECOND, "")],
  ["a line of blanks in the middle", inserted(SECOND, "   ")],
  ["an empty line after BEGIN", inserted(0, "")],
  ["an empty line after every line (YAML, folded)", (text) => text.replaceAll("\n", "\n\n")],
  ["a header `Comment: x`", inserted(0, "Comment: x")],
  ["a header and an empty line", inserted(0, "Comment: x", "")],
  ["a header in the middle", inserted(SECOND, "Comment: x")],
  ["a comment in the middle", inserted(SECOND, "# x")],
  ["base64 indented (YAML block)", body((lines) => lines.map((line) => `  ${line}`))],
  ["everything indented (YAML block)", (text) => text.replace(/^/gm, "    ").trimEnd()],
  ["tabs before base64", body((lines) => lines.map((line) => `\t${line}`))],
  ["trailing blanks", (text) => text.replaceAll("\n", "  \n")],
  ["trailing tabs", (text) => text.replaceAll("\n", "\t\n")],
  ["lines of 76 letters (Java keytool)", wrapped(76)],
  ["lines of 48 letters", wrapped(48)],
  ["base64 on one line (AWS, Azure Key Vault)", wrapped(1_000_000)],
  ["blanks inside base64", body((lines) => lines.map((line) => `${line.slice(0, 30)} ${line.slice(30)}`))],
  ["no line break at the end", (text) => text.trimEnd()],
  [
    "Bag Attributes (PFX export)",
    eachBlock((lines) => [
      "Bag Attributes",
      "    localKeyID: 01 00 00 00 ",
      "    friendlyName: www",
      "subject=CN = www",
      ...lines,
    ]),
  ],
  [
    "openssl x509 -text before the block",
    eachBlock((lines) => ["Certificate:", "    Data:", "        Version: 3 (0x2)", ...lines]),
  ],
  ["comments between blocks (CA bundle)", eachBlock((lines) => ["# Issued by Example CA", "", ...lines, ""])],
  ["words behind the last block", (text) => `${text}That is all.\n`],
  ["a zero byte at the end", (text) => `${text}\0`],
  ["Ctrl-Z at the end (DOS)", (text) => `${text}\u001a`],
  ["a byte order mark (Windows editors)", (text) => `\ufeff${text}`, "OpenSSL passes over it, Go does not"],
  ["a no-break space behind BEGIN", (text) => text.replace("-----\n", "-----\u00a0\n")],
  ["a no-break space in base64", body((lines) => lines.map((line, at) => (at === SECOND ? `${line}\u00a0` : line)))],
  ["a zero-width space in base64", body((lines) => lines.map((line, at) => (at === SECOND ? `\u200b${line}` : line)))],
  ["a vertical tab in base64", body((lines) => lines.map((line, at) => (at === SECOND ? `${line}\v` : line)))],
  ["\\n escaped (environment variable)", (text) => text.replaceAll("\n", "\\n")],
  ["\\r\\n escaped", (text) => text.replaceAll("\n", "\\r\\n")],
  ["a JSON string", (text) => JSON.stringify(text)],
  ["in quotes, \\n escaped (.env file)", (text) => `'${text.replaceAll("\n", "\\n")}'`],
  ["in quotes", (text) => `"${text.trimEnd()}"\n`],
  ["blanks for line breaks (unquoted shell variable)", (text) => text.trim().replaceAll("\n", " ")],
  ["no line breaks at all", (text) => text.replaceAll("\n", "")],
  ["no line break before END", (text) => text.replaceAll("\n-----END", "-----END")],
  ["base64 of the PEM text (Kubernetes secret)", (text) => Buffer.from(text).toString("base64")],
  [
    "base64 of the PEM text, wrapped (certutil -encode of a PEM)",
    (text) => Buffer.from(text).toString("base64").replace(/.{64}/g, "$&\n"),
  ],
  ["the URL-safe alphabet", body((lines) => lines.map((line) => line.replaceAll("+", "-").replaceAll("/", "_")))],
  ["+ became a blank (form upload)", body((lines) => lines.map((line) => line.replaceAll("+", " ")))],
  ["cut off before END", (text) => text.trimEnd().replace(/\n-----END [^\n]*$/, "\n")],
  ["cut off in the middle", (text) => text.slice(0, text.length - 120)],
  ["five dashes became dashes of a word processor", (text) => text.replaceAll("-----", "\u2014\u2014-")],
  ["four dashes", (text) => text.replaceAll("-----BEGIN", "----BEGIN")],
  ["lower-case BEGIN", (text) => text.replaceAll("BEGIN", "begin").replaceAll("END", "end")],
  ["quoted in a mail (> )", (text) => text.replace(/^(?=.)/gm, "> ")],
];

export function textCases({ leaf: certificate, chain, key }: Material): readonly TextCase[] {
  const utf8 = (title: string, change: Change, note?: string): TextCase => ({
    title,
    leaf: Buffer.from(change(certificate)),
    chain: Buffer.from(change(chain)),
    key: Buffer.from(change(key)),
    ...(note === undefined ? {} : { note }),
  });
  const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, "utf16le");
  const der = (text: string) => Buffer.from(text.replace(/-----[^-]+-----/g, ""), "base64");
  const as = (title: string, of: (text: string) => Buffer): TextCase => ({
    title,
    leaf: of(certificate),
    chain: of(chain),
    key: of(key),
  });
  const label = (title: string, from: string, to: string, note?: string) =>
    utf8(title, (text) => text.replaceAll(`${from}-----`, `${to}-----`), note);
  return [
    ...CHANGES.map(([title, change, note]) => utf8(title, change, note)),
    label("the label X509 CERTIFICATE", "CERTIFICATE", "X509 CERTIFICATE"),
    label(
      "the label TRUSTED CERTIFICATE",
      "CERTIFICATE",
      "TRUSTED CERTIFICATE",
      "an error: what follows the certificate in it is OpenSSL's own",
    ),
    label("the label PKCS7 on certificates", "CERTIFICATE", "PKCS7"),
    as("UTF-16 with a byte order mark (PowerShell >)", utf16),
    as("DER (certutil, .cer)", der),
    { ...utf8("PKCS#7 (certutil, .p7b)", (text) => text), ...pkcs7(certificate, chain) },
    {
      ...utf8("PFX export: key, leaf and chain in one file, passed thrice", (text) => text),
      ...pfx({ certificate, privateKey: key }, chain),
      note: "an error: each field takes its own part",
    },
    {
      ...utf8("the chain glued without a line break", (text) => text),
      chain: Buffer.from(chain.replace("-----\n-----BEGIN", "----------BEGIN")),
    },
    { ...utf8("the traditional form of the key", (text) => text), key: openssl(["pkey", "-traditional"], key) },
    {
      ...utf8("EC PARAMETERS before the key", (text) => text),
      key: Buffer.concat([
        Buffer.from("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"),
        openssl(["pkey", "-traditional"], key),
      ]),
    },
  ];
}

function openssl(args: readonly string[], input: string): Buffer {
  return execFileSync("openssl", args, { input, stdio: ["pipe", "pipe", "pipe"] });
}

function pkcs7(certificate: string, chain: string) {
  return inFolder((file) => {
    const made = (text: string) => openssl(["crl2pkcs7", "-nocrl", "-certfile", file("certs.pem", text)], "");
    return { leaf: made(certificate), chain: made(chain) };
  });
}

function pfx({ certificate, privateKey }: Member, chain: string) {
  return inFolder((file) => {
    const inputs = [
      "-inkey",
      file("key.pem", privateKey),
      "-in",
      file("leaf.pem", certificate),
      "-certfile",
      file("chain.pem", chain),
    ];
    const exported = openssl(["pkcs12", "-export", ...inputs, "-name", "www", "-passout", "pass:x"], "");
    const all = execFileSync("openssl", ["pkcs12", "-nodes", "-passin", "pass:x"], { input: exported });
    return { leaf: all, chain: all, key: all };
  });
}

function inFolder<Result>(work: (file: (name: string, text: string) => string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "texts-"));
  try {
    return work((name, text) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
