/** The provider text is public API: states of every release hold it, and run it by `require` in later ones. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/dynamic-process.ts";
import { providerText as serialize } from "../support/provider-text.ts";

const KINDS = [
  "Certificate",
  "CertificateIssuance",
  "CertificateTemplate",
  "Site",
  "SiteCertificateLink",
  "SiteConfiguration",
  "SitePublication",
];
const texts = new Map<string, string>();
function providerText(kind: string): string {
  const text = texts.get(kind) ?? serialize(kind);
  texts.set(kind, text);
  return text;
}
const golden = (kind: string) => join(ROOT, "tests/golden/provider-text", `${kind}.js.txt`);

test.each(KINDS)("the text of %s is byte for byte what earlier releases wrote into states", (kind) => {
  const text = providerText(kind);
  // A new kind writes its text once; a text that was released never changes.
  if (!existsSync(golden(kind))) {
    if (process.env.CI) throw new Error(`${golden(kind)} is missing: run the test outside CI and commit it`);
    writeFileSync(golden(kind), text);
  }
  expect(text).toBe(readFileSync(golden(kind), "utf8"));
});

test("the text holds nothing but its kind: no path, no version, no secret", () => {
  const texts = KINDS.map((kind) => providerText(kind).replaceAll(`"${kind}"`, '"KIND"'));
  expect(new Set(texts).size).toBe(1);
  expect(texts[0]).not.toContain(ROOT);
  expect(texts[0]?.match(/require\("([^"]+)"\)/g)).toEqual(Array(7).fill('require("pulumi-qwilt/provider")'));
});
