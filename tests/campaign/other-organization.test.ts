/**
 * Credentials of another organization find none of the stack's objects; they do not count as deleted, and the state is
 * unchanged.
 */
import { inWords } from "../support/emulator/emulator-process.ts";
import { type SecondOrganization, secondOrganization } from "../support/emulator/second-organization.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import type { Run } from "../support/engine/stack.ts";
import { siteProgram } from "../support/programs/site-program.ts";
import { materials } from "../support/x509/materials.ts";

const on = stackOfFile();
const KINDS = [
  "Certificate",
  "CertificateIssuance",
  "CertificateTemplate",
  "Site",
  "SiteCertificateLink",
  "SiteConfiguration",
  "SitePublication",
];
let other: SecondOrganization;
let all: Awaited<ReturnType<typeof materials>>;

function program(index: number): string {
  const material = all[index];
  if (material === undefined) throw new Error("no such material");
  return `${siteProgram({ material })}
const template = new q.CertificateTemplate("tls", { commonName: "issued.example.com" });
new q.CertificateIssuance("tls", { certificateTemplateId: template.certificateTemplateId, wait: "next-run" });
`;
}

/** Each way to use another organization's credentials: what is set, and how the error names it. */
const ways = (): [string, NodeJS.ProcessEnv, string][] => [
  ["API key", { QWILT_API_KEY: other.apiKey }, "QWILT_API_KEY in the environment"],
  [
    "login",
    {
      QWILT_API_KEY: "",
      QWILT_USERNAME: on.emulator.username,
      QWILT_PASSWORD: on.emulator.password,
    },
    "QWILT_USERNAME",
  ],
];

/** The stack's resources, byte for byte, except for what the engine rewrites in every run: order and dependencies. */
async function resources(): Promise<string> {
  const { deployment } = await on.stack.exported();
  const own = (deployment.resources ?? []).filter(({ urn }) => urn.includes("qwilt:"));
  const written = ["dependencies", "propertyDependencies"];
  return JSON.stringify(
    own.sort((a, b) => a.urn.localeCompare(b.urn)),
    (name, value: unknown) => (written.includes(name) ? undefined : value),
  );
}

const urnOf = async (kind: string) =>
  (await on.stack.exported()).deployment.resources?.find(({ urn }) => urn.includes(`qwilt:${kind}::`))?.urn ?? "";

function refused(run: Run, source: string): void {
  expect(run.code).not.toBe(0);
  expect(run.all).toContain("[QWILT_OTHER_ORGANIZATION]");
  expect(run.all).toContain(`"${on.emulator.organization}"`);
  expect(run.all).toContain(`"${other.organization}"`);
  expect(run.all).toContain(source);
}

/** What was changed at Qwilt. */
const changes = async (since: number) =>
  (await on.emulator.ledger(since)).filter(({ method, status }) => method !== "GET" && status < 300).map(inWords);

beforeAll(async () => {
  all = await materials(2);
  other = await secondOrganization(on.emulator);
  on.stack.write(program(0));
  await on.stack.up();
});

test("every resource in the state records its organization", async () => {
  const { deployment } = await on.stack.exported();
  const owners = (deployment.resources ?? [])
    .filter(({ urn }) => urn.includes("qwilt:"))
    .map(({ outputs }) => outputs.ownerOrgId ?? outputs.tenant);
  expect(owners).toEqual(KINDS.map(() => on.emulator.organization));
});

test("a refresh with the stack's own credentials keeps every resource, by key and by login", async () => {
  for (const env of [
    {},
    { QWILT_API_KEY: "", QWILT_USERNAME: on.emulator.username, QWILT_PASSWORD: on.emulator.password },
  ]) {
    const since = await on.emulator.mark();
    expect(await on.stack.pulumi(["refresh", "--yes", "--skip-preview"], env)).toMatchObject({ code: 0 });
    const { deployment } = await on.stack.exported();
    expect((deployment.resources ?? []).filter(({ urn }) => urn.includes("qwilt:"))).toHaveLength(KINDS.length);
    // If everything is found, no request about organizations is sent.
    expect((await on.emulator.ledger(since)).map(({ route }) => route)).not.toContain("/api/1/api-keys");
  }
});

describe.each(["API key", "login"])("with the %s of another organization", (way) => {
  const chosen = () => {
    const found = ways().find(([title]) => title === way);
    if (found === undefined) throw new Error(way);
    return { env: found[1], source: found[2] };
  };
  beforeAll(async () => {
    if (way === "login") await on.stack.pulumi(["config", "set", "qwilt:organization", other.organization]);
  });
  afterAll(async () => {
    if (way === "login") await on.stack.pulumi(["config", "rm", "qwilt:organization"]);
  });

  test.each([
    ["refresh", ["refresh", "--yes", "--skip-preview", "--run-program"]],
    ["refresh without the program", ["refresh", "--yes", "--skip-preview"]],
    ["up --refresh", ["up", "--yes", "--skip-preview", "--refresh"]],
    ["destroy", ["destroy", "--yes", "--skip-preview", "--run-program"]],
    ["destroy without the program", ["destroy", "--yes", "--skip-preview"]],
  ])("%s is refused, and changes neither the state nor anything at Qwilt", async (_title, args) => {
    const { env, source } = chosen();
    const [before, since] = [await resources(), await on.emulator.mark()];
    refused(await on.stack.pulumi(args, env), source);
    expect(await resources()).toBe(before);
    expect(await changes(since)).toEqual([]);
  });
});

describe("with a key of another organization", () => {
  const key = () => ({ QWILT_API_KEY: other.apiKey });
  const source = "QWILT_API_KEY in the environment";

  test.each(KINDS)("refresh --target of a %s leaves it in the state", async (kind) => {
    const before = await resources();
    const target = ["--target", await urnOf(kind)];
    refused(await on.stack.pulumi(["refresh", "--yes", "--skip-preview", ...target], key()), source);
    expect(await resources()).toBe(before);
  });

  test.each(["SiteCertificateLink", "SitePublication", "CertificateIssuance"])(
    "destroy --target of a %s leaves it in the state",
    async (kind) => {
      const before = await resources();
      const target = ["--target", await urnOf(kind), "--target-dependents"];
      refused(await on.stack.pulumi(["destroy", "--yes", "--skip-preview", ...target], key()), source);
      expect(await resources()).toBe(before);
    },
  );

  test("up uploads no certificate for another organization's stack", async () => {
    const [before, since] = [await resources(), await on.emulator.mark()];
    on.stack.write(program(1));
    refused(await on.stack.pulumi(["up", "--yes", "--skip-preview"], key()), source);
    on.stack.write(program(0));
    expect(await resources()).toBe(before);
    expect(await changes(since)).toEqual([]);
  });
});

test("a stored key of another organization is refused, and the remedy of the error, executed literally, works", async () => {
  const store = (key: string) => on.stack.pulumi(["config", "set", "--secret", "qwilt:apiKey", key]);
  await store(other.apiKey);
  // It is refused, and Pulumi stores the settings all the same; an `up` without changes does, too.
  refused(await on.stack.pulumi(["refresh", "--yes", "--skip-preview", "--run-program"]), "qwilt:apiKey of the stack");
  await store(on.emulator.apiKey);
  const before = await resources();
  for (const command of ["refresh", "destroy"]) {
    const run = await on.stack.pulumi([command, "--yes", "--skip-preview"]);
    refused(run, "qwilt:apiKey of the stack");
    expect(run.all).toContain("`pulumi config set --secret qwilt:apiKey`, then `pulumi up`");
    expect(await resources()).toBe(before);
  }
  await store(on.emulator.apiKey);
  await on.stack.up();
  await on.stack.refresh();
  await on.stack.pulumi(["config", "rm", "qwilt:apiKey"]);
  await on.stack.up();
});

test("objects that the own organization deleted by hand leave the state in a refresh", async () => {
  const { deployment } = await on.stack.exported();
  const template = deployment.resources?.find(({ urn }) => urn.includes("qwilt:CertificateTemplate::"));
  await on.emulator.call("DELETE", `/api/v2/certificate-templates/${template?.id}`);
  await on.stack.refresh();
  expect(await urnOf("CertificateTemplate")).toBe("");
  expect(await urnOf("CertificateIssuance")).toBe("");
});

test("destroy with the own key ends with an empty state", async () => {
  await on.stack.destroy();
  expect(await resources()).toBe("[]");
});

test("a new stack is created with any key", async () => {
  on.stack.write(program(0));
  const run = await on.stack.pulumi(["up", "--yes", "--skip-preview"], { QWILT_API_KEY: other.apiKey });
  expect(run).toMatchObject({ code: 0 });
  const { deployment } = await on.stack.exported();
  const site = deployment.resources?.find(({ urn }) => urn.includes("qwilt:Site::"));
  expect(site?.outputs.ownerOrgId).toBe(other.organization);
});
