/**
 * Checks the snippets of docs/dns.md against the real DNS packages, which are too large to be dependencies of this
 * repository.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/engine/dynamic-process.ts";

const PACKAGES = ["@pulumi/aws@7", "@pulumi/cloudflare@6", "@pulumi/gcp@9", "@pulumi/azure@6"];
jest.setTimeout(15 * 60_000);

const page = readFileSync(join(ROOT, "docs/dns.md"), "utf8");
const snippets = [...page.matchAll(/^## (.+)\n\n```ts\n([\s\S]*?)```/gm)].map(([, title, code]) => ({ title, code }));

test("there is a snippet for each of the four", () => {
  expect(snippets.map(({ title }) => title)).toEqual([
    "Amazon Route 53",
    "Cloudflare",
    "Google Cloud DNS",
    "Azure DNS",
  ]);
});

test("every snippet compiles against its package", () => {
  const folder = mkdtempSync(join(tmpdir(), "dns-snippets-"));
  try {
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "snippets", private: true }));
    const npm = [
      "install",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      "@pulumi/pulumi@3.259.0",
      "typescript@6.0.3",
      ...PACKAGES,
    ];
    execFileSync("npm", npm, { cwd: folder, stdio: "pipe" });
    symlinkSync(ROOT, join(folder, "node_modules/pulumi-qwilt"), "dir");
    mkdirSync(join(folder, "src"));
    for (const [index, { code }] of snippets.entries())
      writeFileSync(join(folder, `src/snippet-${index}.ts`), code ?? "");
    const options = {
      module: "node20",
      moduleResolution: "node16",
      target: "ES2022",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: [],
      preserveSymlinks: true,
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["src"] }));
    // Prints the errors if it fails.
    execFileSync(process.execPath, [join(folder, "node_modules/typescript/bin/tsc"), "-p", folder], {
      cwd: folder,
      stdio: "inherit",
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
