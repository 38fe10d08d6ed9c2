import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { main } from "../../provider/cli/main.ts";
import { type Leaf, makeLeaf, sharedKeys } from "../support/x509/factory.ts";

const ROOT = join(__dirname, "../..");
const NOW = Date.now();
let folder: string;
let leaf: Leaf;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lint-command-"));
  leaf = await makeLeaf({ names: ["www.example.com", "*.cdn.example.com"] });
  const selfSigned = await makeLeaf({ names: ["www.example.com"], ca: "self" });
  write("www.pem", leaf.certificate);
  write("chain.pem", leaf.certificateChain);
  write("www.key", leaf.privateKey);
  write("other.key", sharedKeys("EC-P256", 7).privateKey);
  write("self.pem", selfSigned.certificate);
  write("www.der", Buffer.from(leaf.certificate.replace(/-----[^-]+-----/g, ""), "base64"));
  write("utf16.pem", Buffer.from(`\ufeff${leaf.certificate}`, "utf16le"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, content: string | Buffer) {
  writeFileSync(join(folder, name), content, { mode: 0o600 });
}

/** Runs the command in this process, in the folder. */
function run(line: string, colours = false) {
  let out = "";
  let error = "";
  const code = main(
    line.split(" ").filter((word) => word !== ""),
    {
      readFile: (path) => readFileSync(join(folder, path), "utf8"),
      readInput: () => "",
      writeFile: () => undefined,
      now: () => NOW,
      out: (text) => {
        out += text;
      },
      error: (text) => {
        error += text;
      },
      colours,
    },
  );
  return { code, out, error };
}

const ALL = "lint --certificate www.pem --chain chain.pem --key www.key";

test("a good bundle gives exit code 0 and one line of facts", () => {
  const { code, out, error } = run(`${ALL} --host www.example.com --host a.cdn.example.com`);
  expect({ code, error }).toEqual({ code: 0, error: "" });
  expect(out).toMatch(
    /^No findings: \*\.cdn\.example\.com and 1 more, EC-P256, valid until \d{4}-\d\d-\d\d \(39 days left\), issued by CN=Test Intermediate\.\n$/,
  );
});

test("an error gives exit code 1 and shows where, what and the fix", () => {
  const { code, out } = run("lint --certificate www.pem --chain chain.pem --key other.key");
  expect(code).toBe(1);
  expect(out).toContain(
    [
      "error    privateKey (other.key)  CERT_KEY_MISMATCH",
      "         The private key does not match the certificate.",
      "         fix: Pass the key that the signing request of this certificate was created with.",
    ].join("\n"),
  );
  expect(out).toMatch(/\n1 error: /);
});

test("warnings alone give exit code 0", () => {
  const { code, out } = run("lint --certificate self.pem");
  expect(code).toBe(0);
  expect(out).toContain("warning  certificate (self.pem)  CERT_SELF_SIGNED");
  expect(out).not.toContain("CERT_CHAIN_MISSING");
});

test("an omitted chain is a warning", () => {
  const { code, out } = run("lint --certificate www.pem");
  expect(code).toBe(0);
  expect(out).toContain("CERT_CHAIN_MISSING");
});

test("locations are aligned in one column", () => {
  const { out } = run("lint --certificate www.pem --key other.key --host example.org");
  const columns = out.split("\n").flatMap((line) => (/^(error|warning) /.test(line) ? [line.indexOf("CERT_")] : []));
  expect(columns).toHaveLength(3);
  expect(new Set(columns).size).toBe(1);
});

test("--json prints the findings with exactly the fixed fields", () => {
  const { code, out } = run("lint --certificate www.pem --key other.key --host example.org --json");
  expect(code).toBe(1);
  const { findings, ...rest } = JSON.parse(out);
  expect(rest).toEqual({});
  expect(findings.map(Object.keys)).toEqual(findings.map(() => ["code", "severity", "property", "message", "fix"]));
  expect(
    findings.map(({ code: each, severity, property }: Record<string, string>) => `${each} ${severity} ${property}`),
  ).toEqual([
    "CERT_KEY_MISMATCH error privateKey",
    "CERT_HOST_NOT_COVERED error hosts",
    "CERT_CHAIN_MISSING warning certificateChain",
  ]);
});

test("--json of a good bundle is an empty list", () => {
  expect(JSON.parse(run(`${ALL} --json`).out)).toEqual({ findings: [] });
});

test("--allow suppresses a finding, and --now sets the day", () => {
  const later = new Date(NOW + 60 * 86_400_000).toISOString();
  expect(run(`${ALL} --now ${later}`).out).toContain("CERT_EXPIRED");
  expect(run(`${ALL} --now ${later} --allow CERT_EXPIRED`).code).toBe(0);
});

test.each(["www.der", "utf16.pem"])("%s is reported not to be PEM text", (file) => {
  const { code, out } = run(`lint --certificate ${file}`);
  expect(code).toBe(1);
  expect(out).toContain("CERT_NOT_PEM\n         The field `certificate` is binary");
});

test("colors are for terminals only", () => {
  expect(run("lint --certificate www.pem", true).out).toContain("\u001b[33mwarning\u001b[0m");
  expect(run("lint --certificate www.pem").out).not.toContain("\u001b[");
});

test.each([
  ["no command", "", "a command is missing"],
  ["an unknown command", "lnt", 'no command "lnt"'],
  ["no certificate", "lint --key www.key", "--certificate is missing"],
  ["an unknown option", "lint --certificat www.pem", "Unknown option '--certificat'"],
  ["an option without its value", "lint --certificate", "--certificate"],
  ["a word too many", "lint www.pem", "www.pem"],
  ["two certificates", "lint --certificate www.pem --certificate self.pem", "--certificate may be given only once"],
  ["a URL as a host", "lint --certificate www.pem --host https://www.example.com/", "--host takes a host name"],
  ["an unknown code", "lint --certificate www.pem --allow CERT_EXPIRD", "--allow takes the code"],
  ["a time that is none", "lint --certificate www.pem --now soon", "--now takes a time"],
  [
    "a file that is not there",
    "lint --certificate no.pem",
    "--certificate, no.pem, cannot be read: there is no such file",
  ],
  ["a folder as a file", "lint --certificate www.pem --chain .", "--chain, ., cannot be read: it is a folder"],
])("%s is wrong usage", (_title, line, why) => {
  const { code, out, error } = run(line);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(error).toContain(why);
});

test.each(["--help", "lint --help", "lint -h"])("%s explains", (line) => {
  const { code, out } = run(line);
  expect(code).toBe(0);
  expect(out).toMatch(/^Usage: pulumi-qwilt /);
});

describe("the installed command", () => {
  let command: string;

  beforeAll(() => {
    const place = join(folder, "package");
    mkdirSync(join(place, "bin"), { recursive: true });
    copyFileSync(join(ROOT, "bin/pulumi-qwilt.js"), join(place, "bin/pulumi-qwilt.js"));
    const config = join(folder, "tsconfig.json");
    const options = {
      rootDir: ROOT,
      outDir: join(place, "dist"),
      types: ["node"],
      typeRoots: [join(ROOT, "node_modules/@types")],
      noCheck: true,
    };
    writeFileSync(
      config,
      JSON.stringify({
        extends: join(ROOT, "tsconfig.base.json"),
        compilerOptions: options,
        files: [join(ROOT, "provider/cli/main.ts")],
      }),
    );
    writeFileSync(join(place, "package.json"), '{"type":"commonjs"}');
    symlinkSync(join(ROOT, "node_modules"), join(place, "node_modules"));
    execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", config], { stdio: "inherit" });
    command = join(place, "bin/pulumi-qwilt.js");
  }, 60_000);

  test("it works on each Node that is available", () => {
    for (const node of [process.execPath, "node"]) {
      const arguments_ = [
        command,
        "lint",
        "--certificate",
        "www.pem",
        "--chain",
        "chain.pem",
        "--key",
        "other.key",
        "--json",
      ];
      const { status, stdout, stderr } = spawnSync(node, arguments_, { cwd: folder, encoding: "utf8" });
      expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
      expect(JSON.parse(stdout).findings[0]).toMatchObject({ code: "CERT_KEY_MISMATCH", property: "privateKey" });
    }
  });

  test("wrong usage goes to the error stream", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [command, "lint"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toBe("pulumi-qwilt lint: --certificate is missing.\nTry `pulumi-qwilt lint --help`.\n");
  });
});
