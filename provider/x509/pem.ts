/**
 * Tolerant parsing of PEM text (RFC 7468), the same for certificates, chains and keys: comments, "Bag Attributes" and
 * CRLF around blocks are fine. What strict parsers (OpenSSL, Go) reject is repaired and reported: as a fault if part of
 * the text may be lost, as an oddity if the block is complete. The result is what the linter checks, and what is sent
 * (sent.ts).
 */
import { invisibleAt, oddLineEnds, oddLines } from "./pem-oddities.ts";

export type PemKind =
  | "certificate"
  | "private-key"
  | "encrypted-private-key"
  | "public-key"
  | "certificate-request"
  | "parameters"
  | "other";

export interface PemBlock {
  /** The words between BEGIN and the dashes, for example "RSA PRIVATE KEY". */
  readonly label: string;
  readonly kind: PemKind;
  readonly der: Buffer;
  /** The block alone in its standard form: LF, 64 characters per line. Unchanged if a passphrase protects it. */
  readonly text: string;
}

export interface PemFault {
  readonly kind: "empty" | "not-pem" | "base64-of-pem" | "broken";
  /** A clause that follows the name of the field: "is ...", "has ...". Never quotes the text. */
  readonly what: string;
  /** What to do, if it differs from the general fix for the kind. */
  readonly fix?: string;
}

export interface PemText {
  readonly blocks: readonly PemBlock[];
  readonly faults: readonly PemFault[];
  /** What OpenSSL or Go rejects although no data is lost: clauses that follow the name of the field. */
  readonly oddities: readonly string[];
}

export function readPem(text: string): PemText {
  if (text.trim() === "") return { blocks: [], faults: [{ kind: "empty", what: "is empty" }], oddities: [] };
  if (!text.includes("-----BEGIN ")) return withoutArmour(text);
  const { repaired, faults } = repair(text);
  const { blocks, faults: broken, oddities } = splitBlocks(repaired);
  return { blocks, faults: [...faults, ...broken], oddities: [...oddLineEnds(text), ...oddities] };
}

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** Nothing looks like PEM: reports what it looks like instead, which is most of the fix. */
function withoutArmour(text: string): PemText {
  const dense = text.replace(/\s+/g, "");
  if (BASE64.test(dense)) {
    const decoded = Buffer.from(dense, "base64");
    const inner = decoded.toString("utf8");
    if (inner.includes("-----BEGIN ")) {
      const fault: PemFault = { kind: "base64-of-pem", what: "is PEM text that is base64-encoded a second time" };
      return { blocks: readPem(inner).blocks, faults: [fault], oddities: [] };
    }
    if (decoded[0] === 0x30 && dense.length > 64) return notPem("is base64 without the BEGIN and END lines of PEM");
  }
  if (/^\s*0[\u0080-\uffff]/.test(text) || text.includes("\u0000") || text.includes("\ufffd")) {
    return notPem(
      "is binary (DER, PKCS#12 or UTF-16), not PEM text",
      "Convert it to PEM first, for example with `openssl x509 -inform der`, `openssl pkcs12 -nodes` or `iconv -f utf-16 -t utf-8`.",
    );
  }
  if (!text.trim().includes("\n") && /\.(pem|crt|cer|cert|key|der|p12|pfx|txt)$/i.test(text.trim())) {
    return notPem("is the name of a file, not its content", 'Pass the content: `fs.readFileSync(path, "utf8")`.');
  }
  return notPem("is not PEM: there is no BEGIN line");
}

function notPem(what: string, fix?: string): PemText {
  const fault: PemFault = fix === undefined ? { kind: "not-pem", what } : { kind: "not-pem", what, fix };
  return { blocks: [], faults: [fault], oddities: [] };
}

/** Each repair is for a mistake seen in practice that OpenSSL's and Go's parsers reject. */
const REPAIRS: readonly { apply(text: string): string; readonly what: string; readonly fix: string }[] = [
  {
    apply: (text) => text.replace(/^\ufeff/, ""),
    what: "starts with a byte order mark, which hides its first BEGIN line",
    fix: "Save the file as UTF-8 without a byte order mark.",
  },
  {
    // Only between dashes and base64: a comment may contain C:\\new. A look-behind for the dashes would scan a long
    // line once per character.
    apply: (text) => text.replace(/-----BEGIN [^\n]*/g, (line) => line.replace(/(?:\\r)?\\n/g, "\n")),
    what: "has the two characters \\n instead of line breaks",
    fix: 'Convert them to line breaks: `text.replaceAll("\\\\n", "\\n")`.',
  },
  {
    apply: (text) => text.replace(/^(["'`])(-----BEGIN [\s\S]*-----)\s*\1[,;]?\s*$/, "$2\n"),
    what: "is in quotes",
    fix: "Pass the value without its quotes, for example through `JSON.parse` or `jq -r`.",
  },
  {
    apply: (text) => text.replace(/(-----END [A-Z0-9 ]+-----)[ \t]*(?=-----BEGIN )/g, "$1\n"),
    what: "has an END and a BEGIN line joined together",
    fix: "Put a line break between the files when joining them.",
  },
  {
    apply: (text) =>
      text.replace(
        /(-----BEGIN [A-Z0-9 ]+-----)[ \t]*(?=[^\s-])|([^\s-])[ \t]*(?=-----END [A-Z0-9 ]+-----)/g,
        "$1$2\n",
      ),
    what: "has lost its line breaks",
    fix: "Keep the line breaks of the PEM text (quote the variable that carries it).",
  },
  {
    apply: (text) => text.replace(/^[ \t]+(?=-----(?:BEGIN|END) )/gm, ""),
    what: "has indented BEGIN or END lines",
    fix: "Remove the indentation: the dashes start in the first column.",
  },
];

function repair(text: string): { repaired: string; faults: readonly PemFault[] } {
  let repaired = text.replace(/\r+\n|\r/g, "\n");
  const faults: PemFault[] = [];
  for (const { apply, what, fix } of REPAIRS) {
    const next = apply(repaired);
    if (next !== repaired) faults.push({ kind: "broken", what, fix });
    repaired = next;
  }
  return { repaired, faults };
}

function splitBlocks(text: string): PemText {
  const blocks: PemBlock[] = [];
  const faults: PemFault[] = [];
  const oddities: string[] = [];
  let open: { label: string; line: number; body: string[] } | undefined;
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trimEnd();
    const armour = /^-----(BEGIN|END) ([A-Z0-9 ]+)-----$/.exec(line);
    const [, word, label = ""] = armour ?? [];
    if (word !== undefined && /[^ -~\t]/.test(raw)) oddities.push(invisibleAt(index + 1));
    if (word === "BEGIN") {
      if (open !== undefined) faults.push(broken(`has a BEGIN line without an END line (line ${open.line})`));
      open = { label, line: index + 1, body: [] };
    } else if (word === "END") {
      if (open === undefined || open.label !== label) {
        faults.push(broken(`has an END line that belongs to no BEGIN line (line ${index + 1})`));
      } else {
        const der = decodeBody(open.body);
        const kind = kindOf(label, open.body);
        if (der === undefined) {
          const line = open.line + 1 + open.body.findIndex((each) => !BODY_LINE.test(each));
          faults.push(broken(`has a block that is not valid base64 (line ${line})`));
        } else {
          blocks.push({ label, kind, der, text: blockText(label, kind, open.body, der) });
          if (kind !== "encrypted-private-key") oddities.push(...oddLines(open.body, open.line));
          if (label === "X509 CERTIFICATE") oddities.push(`has the old label X509 CERTIFICATE (line ${open.line})`);
        }
      }
      open = undefined;
    } else if (/-----(BEGIN|END) /.test(line)) {
      faults.push(broken(`has a malformed BEGIN or END line (line ${index + 1})`));
    } else {
      open?.body.push(raw);
    }
  }
  if (open !== undefined) faults.push(broken(`is truncated: a block has no END line (line ${open.line})`));
  return {
    blocks,
    faults,
    oddities: [...new Map(oddities.map((each) => [each.replace(/ \(line.*/, ""), each])).values()],
  };
}

function broken(what: string): PemFault {
  return { kind: "broken", what };
}

/** The standard form of a block. */
export function armour(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

function blockText(label: string, kind: PemKind, body: readonly string[], der: Buffer): string {
  if (kind !== "encrypted-private-key") return armour(label, der);
  return [`-----BEGIN ${label}-----`, ...body.map((line) => line.trimEnd()), `-----END ${label}-----`, ""].join("\n");
}

/** Base64, white space or a header. */
const BODY_LINE = /^[A-Za-z0-9+/=\s]*$|:/;

/** Headers of old encrypted keys (RFC 1421: `Proc-Type: 4,ENCRYPTED`) come before the base64. */
function decodeBody(body: readonly string[]): Buffer | undefined {
  const data = body
    .filter((line) => !line.includes(":"))
    .join("")
    .replace(/\s+/g, "");
  if (data === "" || data.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(data)) return undefined;
  return Buffer.from(data, "base64");
}

function kindOf(label: string, body: readonly string[]): PemKind {
  if (label === "CERTIFICATE" || label === "X509 CERTIFICATE") return "certificate";
  if (label === "ENCRYPTED PRIVATE KEY") return "encrypted-private-key";
  if (label.endsWith("PRIVATE KEY")) {
    return body.some((line) => /^Proc-Type:.*ENCRYPTED/.test(line)) ? "encrypted-private-key" : "private-key";
  }
  if (label.endsWith("PUBLIC KEY")) return "public-key";
  if (label.endsWith("CERTIFICATE REQUEST")) return "certificate-request";
  if (label.endsWith("PARAMETERS")) return "parameters";
  return "other";
}
