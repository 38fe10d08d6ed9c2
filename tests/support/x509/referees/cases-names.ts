/** Names that seem to cover a host. */
import { element, extension, oid, sequence } from "./der-edit.ts";
import { ca, leaf, type PathCase, path, root } from "./path-world.ts";

export function nameCases(): readonly PathCase[] {
  const top = root();
  const lower = ca(top, "Lower");
  const cases: PathCase[] = [];
  const add = (title: string, host: string, lines: readonly string[], more: Partial<PathCase> = {}) =>
    void cases.push({ group: "names", title, host, ...path(top, [lower], leaf(lower, { lines })), ...more });
  const san = (title: string, host: string, names: string, more: Partial<PathCase> = {}) =>
    add(title, host, [`subjectAltName = ${names}`], more);
  san("the name itself", "www.example.com", "DNS:www.example.com");
  san("another case", "www.example.com", "DNS:WWW.Example.COM");
  san("the host is only the common name", "www.example.com", "DNS:other.example.com");
  add("the common name alone, no subject alternative names", "www.example.com", ["subjectAltName ="], {
    browsers: "refuse",
    note: "OpenSSL falls back to the common name, browsers do not",
  });
  san("e-mail names alone, the host as common name", "www.example.com", "email:a@example.com", { browsers: "refuse" });
  san("a wildcard one label above", "a.example.com", "DNS:*.example.com");
  san("a wildcard two labels above", "a.b.example.com", "DNS:*.example.com");
  san("a wildcard and the bare domain", "example.com", "DNS:*.example.com");
  san("a wildcard as a part of a label", "www.example.com", "DNS:w*.example.com", { browsers: "refuse" });
  san("two wildcards", "a.b.example.com", "DNS:*.*.example.com");
  san("a wildcard that is not left-most", "www.a.example.com", "DNS:www.*.example.com");
  san("a wildcard directly below a top-level domain", "example.com", "DNS:*.com", { browsers: "refuse" });
  san("a wildcard alone", "localhost", "DNS:*");
  san("an underscore in the host", "my_host.example.com", "DNS:my_host.example.com");
  san("an underscore below a wildcard", "my_host.example.com", "DNS:*.example.com", {
    note: "a warning: browsers and Go match it",
  });
  san("an IP address as DNS name", "192.0.2.1", "DNS:192.0.2.1");
  san("an IP address as IP name", "192.0.2.1", "IP:192.0.2.1");
  san("a dot at the end of the name", "www.example.com", "DNS:www.example.com.");
  san("an A-label", "xn--bcher-kva.example.com", "DNS:xn--bcher-kva.example.com");
  san("a blank in a name beside a good one", "www.example.com", "DNS:www.example.com,DNS:bad name.example.com");
  san("an URL as DNS name beside a good one", "www.example.com", "DNS:www.example.com,DNS:https://www.example.com/");
  const raw = (title: string, host: string, bytes: Buffer, more: Partial<PathCase> = {}) => {
    const edit = (fields: { extensions: Buffer[] }) => {
      fields.extensions = fields.extensions.filter((one) => !one.includes(oid("2.5.29.17")));
      fields.extensions.push(
        extension("2.5.29.17", sequence(element(0x82, Buffer.from("www.example.com")), element(0x82, bytes))),
      );
    };
    cases.push({ group: "names", title, host, ...path(top, [lower], leaf(lower, { edit })), ...more });
  };
  raw("an empty name beside a good one", "www.example.com", Buffer.alloc(0));
  raw("a name in UTF-8 beside a good one", "www.example.com", Buffer.from("bücher.example.com"));
  raw("a name with a zero byte beside a good one", "www.example.com", Buffer.from("www.example.com\0.evil.example"));
  return cases;
}
