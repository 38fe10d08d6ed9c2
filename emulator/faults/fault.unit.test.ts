import { decideFault, type Fault, readFault } from "./fault.ts";
import { matchesGlob } from "./glob.ts";

test.each([
  ["/api/v2/sites", "/api/v2/sites", true],
  ["/api/v2/sites", "/api/v2/sites/", true],
  ["/api/v2/sites", "/api/v2/sites/1", false],
  ["api//v2/sites/", "/api/v2/sites", true],
  ["/api/v2/sites/*", "/api/v2/sites/1", true],
  ["/api/v2/sites/*", "/api/v2/sites", false],
  ["/api/v2/sites/*", "/api/v2/sites/1/certificates", false],
  ["/api/v2/sites/*/certificates", "/api/v2/sites/1/certificates", true],
  ["/api/v2/sites/**", "/api/v2/sites/1/certificates/2", true],
  ["/api/v2/sites/**", "/api/v2/sites", true],
  ["**", "/anything/at/all", true],
  ["**", "/", true],
  ["**/certificates", "/api/v2/certificates", true],
  ["/api/**/certificates/**", "/api/v2/sites/1/certificates/2", true],
  ["/api/v2/certificate-*", "/api/v2/certificate-templates", true],
  ["/api/v2/certificates", "/api/v2/certificatesX", false],
  ["/api/v2.sites", "/api/v2/sites", false],
])("%s on %s: %s", (glob, path, matches) => expect(matchesGlob(glob, path)).toBe(matches));

/** Sends requests through the faults. @returns for each request the id of the fault that affected it, or a dot */
function hits(bodies: readonly object[], count: number, startsOperation = false): string {
  let faults: Fault[] = bodies.map((body, index) => readFault(body, String(index + 1)));
  let text = "";
  for (let request = 0; request < count; request++) {
    const { hit, changed } = decideFault(faults, {
      method: "GET",
      path: "/a",
      startsOperation,
      concernsSigning: false,
    });
    faults = faults.map((fault) => changed.find(({ id }) => id === fault.id) ?? fault);
    text += hit?.id ?? ".";
  }
  return text;
}

const effect = { status: 500 };
test.each<[string, object[], string]>([
  ["one hit by default", [{ effect }], "1...."],
  ["times", [{ match: { times: 3 }, effect }], "111.."],
  ["nth", [{ match: { nth: 3 }, effect }], "..1.."],
  ["nth and times", [{ match: { nth: 2, times: 2 }, effect }], ".11.."],
  ["another method", [{ match: { method: "POST" }, effect }], "....."],
  ["the method in small letters", [{ match: { method: "get" }, effect }], "1...."],
  ["another path", [{ match: { route: "/b" }, effect }], "....."],
  ["two faults: one after the other", [{ effect }, { effect }], "12..."],
  [
    "two faults with numbers of their own",
    [
      { match: { nth: 2 }, effect },
      { match: { nth: 1 }, effect },
    ],
    "21...",
  ],
  ["a probability of 0", [{ match: { probability: 0, times: 9 }, effect }], "....."],
  ["a probability of 1", [{ match: { probability: 1, times: 2 }, effect }], "11..."],
  ["publish: not on other requests", [{ effect: { publish: "failed" } }], "....."],
  ["signing: not on requests", [{ effect: { signing: "CA_SIGN_FAILURE" } }], "....."],
])("%s", (_title, faults, expected) => expect(hits(faults, 5)).toBe(expected));

test("a publish fault affects requests that start an operation", () => {
  expect(hits([{ effect: { publish: "failed" } }], 3, true)).toBe("1..");
});

test("a probability affects about its share of requests", () => {
  const found = hits([{ match: { probability: 0.3, times: 100_000, seed: 4 }, effect }], 3000).replaceAll(
    ".",
    "",
  ).length;
  expect(found).toBeGreaterThan(800);
  expect(found).toBeLessThan(1000);
});
