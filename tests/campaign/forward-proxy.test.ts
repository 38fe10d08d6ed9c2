/**
 * Behind a forward proxy, with the real CLI: what HTTPS_PROXY, NO_PROXY and NODE_EXTRA_CA_CERTS of a shell do to a run.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ConnectProxy, startConnectProxy } from "../support/emulator/connect-proxy.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

const CREDENTIALS = "ci:p@ss#1";
const SECRETS = [CREDENTIALS, "p@ss#1", "p%40ss%231", Buffer.from(CREDENTIALS).toString("base64")];

let emulator: EmulatorProcess;
let stack: Stack;
let proxy: ConnectProxy;
let material: Material;
let next: Material;

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator);
  const route = () => Number(new URL(emulator.api).port);
  proxy = await startConnectProxy({ credentials: CREDENTIALS, route });
  const [first, second] = await materials(2);
  if (first === undefined || second === undefined) throw new Error("two certificates were asked for");
  [material, next] = [first, second];
  stack.write(siteProgram({ material }));
});
afterAll(async () => {
  stack?.close();
  await proxy?.close();
  await emulator?.close();
});

const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];
const served = async () => [...new Set((await emulator.edgeNow()).map(({ fingerprint }) => fingerprint))];
const proof = async () => {
  const { resources = [] } = (await stack.exported()).deployment;
  return resources.find(({ type }) => type.endsWith(":SiteCertificateLink"))?.outputs.proof;
};

describe("Qwilt's own hosts through the emulator's proxy, which terminates TLS as a company's does", () => {
  const behind = () => ({ QWILT_ENDPOINT: undefined, HTTPS_PROXY: emulator.proxy });

  test("without the proxy's CA a run fails and names the variable to set", async () => {
    const run = await stack.pulumi(up, behind());
    expect(run.code).not.toBe(0);
    expect(run.all).toContain("QWILT_API_UNREACHABLE");
    expect(run.all).toContain("NODE_EXTRA_CA_CERTS");
    expect((await emulator.ledger()).length).toBe(0);
  });

  test("with it one up activates the site at the edge", async () => {
    const run = await stack.pulumi(up, { ...behind(), NODE_EXTRA_CA_CERTS: emulator.ca });
    expect([run.code, run.code === 0 ? "" : run.all]).toEqual([0, ""]);
    expect(await served()).toEqual([material.fingerprint]);
  });

  test("a rotation completes through the API, and its row shows that no handshake was possible, and why", async () => {
    stack.write(siteProgram({ material: next }));
    const run = await stack.pulumi(up, { ...behind(), NODE_EXTRA_CA_CERTS: emulator.ca });
    expect([run.code, run.code === 0 ? "" : run.all]).toEqual([0, ""]);
    expect(await served()).toEqual([next.fingerprint]);
    expect(run.all).toContain("no TLS handshake with the edge");
    const { host } = new URL(emulator.proxy);
    expect(run.all).toContain(`Handshakes go directly to the edge, not through the proxy ${host}.`);
    expect(await proof()).toMatchObject({ seen: "api", fingerprint: next.fingerprint });
  });

  test("refresh and destroy use the proxy too, also with the variable in lower case", async () => {
    const env = { QWILT_ENDPOINT: undefined, https_proxy: emulator.proxy, NODE_EXTRA_CA_CERTS: emulator.ca };
    const refresh = await stack.pulumi(["refresh", "--yes", "--skip-preview", "--expect-no-changes"], env);
    expect([refresh.code, refresh.all]).toEqual([0, expect.any(String)]);
    // Pulumi's own connections on this machine use the lower-case variable too, so a program also needs no_proxy.
    const up = await stack.pulumi(["up", "--yes", "--skip-preview"], { ...env, no_proxy: "127.0.0.1,localhost" });
    expect([up.code, up.all]).toEqual([0, expect.stringContaining("unchanged")]);
    expect((await stack.pulumi(destroy, env)).code).toBe(0);
    expect(await emulator.edgeNow()).toEqual([]);
  });
});

describe("a proxy that requires user and password", () => {
  const endpoint = "http://qwilt.example.com:8080";
  const at = (user: string) => ({
    QWILT_ENDPOINT: endpoint,
    HTTP_PROXY: `http://${user}${proxy.address}`,
    QWILT_DEBUG: "1",
    // The library's own log.
    DEBUG: "*proxy-agent*,agent-base*",
  });

  test.each([
    ["none", "", "add a user and password in HTTP_PROXY"],
    ["a wrong one", "ci:wr0ng@", "correct the user and password in HTTP_PROXY"],
  ])("with %s the run ends at the proxy, and says so", async (_title, user, remedy) => {
    const run = await stack.pulumi(up, at(user));
    expect(run.code).not.toBe(0);
    expect(run.all).toContain("qwilt.example.com:8080 was not reached through the proxy (status 407 of the proxy)");
    expect(run.all).toContain(`proxy ${proxy.address} (HTTP_PROXY)`);
    expect(run.all).toContain(`do: ${remedy}`);
    expect(run.all).not.toContain("wr0ng");
  });

  test("with the right one the run does its work, and shows the password nowhere", async () => {
    const run = await stack.pulumi([...up, "--logtostderr", "-v=9"], at("ci:p%40ss%231@"));
    expect([run.code, run.code === 0 ? "" : run.all]).toEqual([0, ""]);
    expect(await served()).toEqual([next.fingerprint]);
    expect(new Set(proxy.asked.map(({ line }) => line))).toEqual(new Set(["CONNECT qwilt.example.com:8080"]));
    const written = `${run.all} ${JSON.stringify(await stack.exported())}`;
    for (const secret of SECRETS) expect(written).not.toContain(secret);
  });

  test("by https:// it is used if NODE_EXTRA_CA_CERTS names its CA, and not otherwise", async () => {
    const files = ["key.pem", "cert.pem"].map((name) => join(stack.folder, name));
    const [keyFile = "", certFile = ""] = files;
    const subject = ["-subj", "/CN=proxy", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
    const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", keyFile, "-out", certFile];
    execFileSync("openssl", ["req", "-x509", ...key, ...subject], { stdio: "pipe" });
    const [keyPem = "", cert = ""] = files.map((file) => readFileSync(file, "utf8"));
    const route = () => Number(new URL(emulator.api).port);
    const secure = await startConnectProxy({ credentials: CREDENTIALS, tls: { key: keyPem, cert }, route });
    try {
      const env = { QWILT_ENDPOINT: endpoint, HTTP_PROXY: `https://ci:p%40ss%231@${secure.address}` };
      const refresh = ["refresh", "--yes", "--skip-preview"];
      const without = await stack.pulumi(refresh, env);
      expect([without.code === 0, secure.asked]).toEqual([false, []]);
      expect(without.all).toContain(
        "set NODE_EXTRA_CA_CERTS to the file of the CA that signed the proxy's certificate",
      );
      const run = await stack.pulumi(refresh, { ...env, NODE_EXTRA_CA_CERTS: certFile });
      expect([run.code, run.code === 0 ? "" : run.all]).toEqual([0, ""]);
      expect(secure.asked.length).toBeGreaterThan(0);
    } finally {
      await secure.close();
    }
  });
});

test("an endpoint on this machine needs no NO_PROXY, whatever proxies the shell names", async () => {
  const nowhere = "http://127.0.0.1:1";
  const env = { HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, https_proxy: nowhere, http_proxy: nowhere };
  const refresh = await stack.pulumi(["refresh", "--yes", "--skip-preview", "--expect-no-changes"], env);
  expect([refresh.code, refresh.code === 0 ? "" : refresh.all]).toEqual([0, ""]);
  expect((await stack.pulumi(destroy, env)).code).toBe(0);
});
