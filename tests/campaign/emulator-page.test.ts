/**
 * The page of the emulator's control port in Chromium, which `apt-get install chromium` brings. Skipped without it.
 * QWILT_UPDATE_DOCS=1 writes docs/emulator-page.png.
 */
import { accessSync, constants, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { field, frozenEmulator, uploadOf } from "../contract/emulator-harness.ts";
import { ROOT } from "../docs/generated.ts";
import { makeLeaf, sharedKeys } from "../support/x509/factory.ts";

const PICTURE = join(ROOT, "docs/emulator-page.png");
const MOST_BYTES = 200_000;
const PHONE = { width: 360, height: 740 };
const DESK = { width: 1000, height: 800 };

const executablePath = chromiumOnPath();
const emulator = frozenEmulator();
const control = () => emulator().emulator.control;
let browser: Browser | undefined;

// Jest names no test of a file that is skipped as a whole.
if (executablePath === undefined) {
  process.stderr.write("emulator-page.test.ts is skipped: no Chromium on PATH. Do: apt-get install chromium\n");
}

(executablePath === undefined ? describe.skip : describe)("the page in Chromium", () => {
  beforeAll(async () => {
    browser = await chromium.launch(executablePath === undefined ? {} : { executablePath });
  });
  beforeEach(fillWorld);
  afterAll(() => browser?.close());

  test.each([
    ["light", DESK],
    ["light", PHONE],
    ["dark", DESK],
    ["dark", PHONE],
  ] as const)("has no accessibility violation in %s at %j", async (colorScheme, viewport) => {
    await visit({ colorScheme, viewport }, async (page) => {
      await page.goto(`${control()}/?done=day`);
      await page.evaluate(axe.source);
      const found = `axe.run().then(({ violations, passes }) => ({
        violations: violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html }) => html).join(" ")),
        contrast: passes.some(({ id }) => id === "color-contrast"),
      }))`;
      expect(await page.evaluate(found)).toEqual({ violations: [], contrast: true });
    });
  });

  test("fits on a phone without horizontal scrolling", async () => {
    await emulator().newSite("w".repeat(255));
    await emulator().call("GET", `/api/v2/sites?note=${"x".repeat(300)}`);
    await visit({ viewport: PHONE }, async (page) => {
      await page.goto(control());
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(PHONE.width);
    });
  });

  test("is operated by keyboard: the date moves, the page says so, the focus stays", async () => {
    await visit({ viewport: DESK }, async (page) => {
      await page.goto(control());
      const before = await page.locator(".now time").getAttribute("datetime");
      for (const days of [1, 2]) {
        await tabTo(page, "1 day");
        await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
        expect(await page.getByRole("status").textContent()).toBe("The clock is 1 day later.");
        const after = await page.locator(".now time").getAttribute("datetime");
        expect(Date.parse(String(after)) - Date.parse(String(before))).toBe(days * 86_400_000);
        expect(await page.evaluate("document.activeElement.textContent")).toBe("1 day");
      }
      await tabTo(page, "Next request gets 500");
      await Promise.all([page.waitForEvent("load"), page.keyboard.press("Space")]);
      expect((await emulator().call("GET", "/api/v2/sites")).status).toBe(500);
    });
  });

  test("cannot be operated by a page of another origin", async () => {
    const forms = `<form id="page" method="post" action="${control()}/page"><input name="action" value="day"></form>
      <form id="json" method="post" enctype="text/plain" action="${control()}/clock/advance">
      <input name='{"ms":1000,"x":"' value='"}'></form>`;
    const server = http.createServer((_request, response) => {
      response.setHeader("content-type", "text/html").end(forms);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    const before = await emulator().control("GET", "/clock");
    try {
      for (const form of ["page", "json"]) {
        await visit({}, async (page) => {
          await page.goto(`http://127.0.0.1:${port}/`);
          const answer = page.waitForResponse((response) => response.url().startsWith(control()));
          await page.evaluate(`document.getElementById("${form}").submit()`);
          expect((await answer).status()).toBe(403);
        });
      }
    } finally {
      server.close();
    }
    expect((await emulator().control("GET", "/clock")).json).toEqual(before.json);
  });

  test("is in docs/emulator-page.png, with less than 200 KB", async () => {
    if (process.env.QWILT_UPDATE_DOCS === "1") {
      await visit({ viewport: { ...DESK, width: 840 } }, async (page) => {
        await page.goto(control());
        writeFileSync(
          PICTURE,
          await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width: 840, height: 1400 } }),
        );
      });
    }
    expect(statSync(PICTURE).size).toBeLessThan(MOST_BYTES);
  });
});

/** A page in a context of its own. @throws if the browser reports an error in the page, other than the status of a response */
async function visit(options: BrowserContextOptions, act: (page: Page) => Promise<void>): Promise<void> {
  if (browser === undefined) throw new Error("the browser has not started");
  const context = await browser.newContext(options);
  const errors: string[] = [];
  try {
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
        errors.push(message.text());
    });
    page.on("pageerror", (error) => errors.push(error.message));
    await act(page);
  } finally {
    await context.close();
  }
  expect(errors).toEqual([]);
}

/** Presses Tab until the button has the focus. */
async function tabTo(page: Page, label: string): Promise<void> {
  for (let count = 0; count < 20; count += 1) {
    if ((await page.evaluate("document.activeElement.textContent")) === label) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab does not reach ${label}`);
}

/** A site in rotation and one that is up to date. */
async function fillWorld(): Promise<void> {
  const api = emulator();
  const leaf = async (days: readonly [number, number], ...names: string[]) => {
    const at = (day: number) => new Date(Date.parse("2026-03-01") + day * 86_400_000);
    const keys = sharedKeys("EC-P256", 0);
    const made = await makeLeaf({ names, keys, notBefore: at(days[0]), notAfter: at(days[1]) });
    return field(await api.call("POST", "/api/v2/certificates", uploadOf(made)), "certId");
  };
  const old = await leaf([-75, 15], "www.shop.example", "shop.example");
  const { siteId, revisionId } = await api.liveSite("Shop", ["www.shop.example", "shop.example"], old);
  await api.publish(siteId, revisionId, "staging");
  await api.liveSite("Blog", ["blog.example"], await leaf([-20, 70], "blog.example"));
  await api.control("DELETE", "/ledger");
  const renewed = await leaf([-1, 89], "www.shop.example", "shop.example");
  await api.call("DELETE", `/api/v2/sites/${siteId}/certificates/${old}`);
  await api.link(siteId, renewed);
  await api.control("POST", "/faults", { match: { method: "GET" }, effect: { status: 500 } });
  await api.call("GET", `/api/v2/sites/${siteId}`);
  await api.republish(siteId, "staging");
  api.emulator.clock.advance(300);
  await api.republish(siteId);
}

function chromiumOnPath(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(canRun);
}

function canRun(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
