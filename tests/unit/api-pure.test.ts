import { isConflict, isNotFound, isOutcomeUnknown, orFalse, orUndefined } from "../../provider/api/http/api-error.ts";
import { changing, createSharedRead, SHARED_FOR_MS } from "../../provider/api/http/read-cache.ts";
import { looksLikeHtml, redactServerText } from "../../provider/api/http/redact-body.ts";
import { path } from "../../provider/api/http/request.ts";
import { createLimiter } from "../../provider/api/http/semaphore.ts";
import { transportFailure } from "../../provider/api/http/transport-failure.ts";
import { conflict, forbidden, notFound, serverError } from "../../provider/core/errors/response-errors.ts";
import { testClock } from "../support/test-clock.ts";

const details = { request: "GET /x", status: 400, serverText: "" };
const call = (outcome: "not-done" | "unknown") => ({ call: { outcome, reading: false } });
const ABSENT = notFound({ object: "requested", ...details }, call("not-done"));

describe("not found as a result", () => {
  test("not found is undefined, or false", async () => {
    expect(await orUndefined(Promise.reject(ABSENT))).toBeUndefined();
    expect(await orFalse(Promise.reject(ABSENT))).toBe(false);
    expect(await orFalse(Promise.resolve())).toBe(true);
  });
  test("every other failure stays one", async () => {
    await expect(orUndefined(Promise.reject(forbidden(details, call("not-done"))))).rejects.toThrow("QWILT_FORBIDDEN");
    await expect(orFalse(Promise.reject(new TypeError("x")))).rejects.toThrow(TypeError);
  });
  test("errors are distinguished by code and outcome", () => {
    expect([isNotFound(ABSENT), isNotFound(new Error("404"))]).toEqual([true, false]);
    expect(isConflict(conflict(details, call("not-done")))).toBe(true);
    expect([
      isOutcomeUnknown(serverError({ during: "request", ...details }, call("unknown"))),
      isOutcomeUnknown(conflict(details, call("not-done"))),
    ]).toEqual([true, false]);
  });
});

describe("the server's message", () => {
  const body = (value: unknown) => JSON.stringify(value);
  test.each([
    ["a message member", body({ message: "name taken", status: 409 }), "name taken"],
    ["message and error", body({ error: "Conflict", message: "linked" }), "linked: Conflict"],
    ["a JSON text", body("no"), "no"],
    ["an unknown shape as it is", body({ reason: "no" }), '{"reason":"no"}'],
    ["plain text in one line", "line one\n\n  line two\t\u0007end", "line one line two end"],
    ["HTML without its markup", "<html><style>a{}</style><h1>502</h1><p>Bad gateway</p></html>", "502 Bad gateway"],
    ["nothing", "", ""],
    ["no PEM", "bad -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- here", "bad (PEM) here"],
    ["no PEM that is cut", "bad -----BEGIN RSA PRIVATE KEY-----\nMII", "bad (PEM)"],
    ["no long base64", `bad ${"QUJD".repeat(30)} here`, "bad (...) here"],
    ["no secret of ours", "key s3cret is wrong", "key (secret) is wrong"],
  ])("%s is shown as text", (_title, text, expected) => expect(redactServerText(text, ["s3cret"])).toBe(expected));
  test("long texts are truncated", () => expect(redactServerText("word ".repeat(500), []).length).toBeLessThan(310));
  test.each([
    ["text/html; charset=utf-8", "", true],
    [undefined, "  <!DOCTYPE html><p>", true],
    [undefined, "<html>", true],
    ["application/json", "{}", false],
    [undefined, "", false],
  ])("content type %j with %j: HTML is %s", (type, text, expected) => expect(looksLikeHtml(type, text)).toBe(expected));
});

describe("paths", () => {
  test("identifiers are encoded", () => expect(path`/a/${"x/../y?z"}/b/${5}`).toBe("/a/x%2F..%2Fy%3Fz/b/5"));
  test.each(["", ".", ".."])("the identifier %j is rejected, since it would address another resource", (id) => {
    expect(() => path`/api/v2/sites/${id}`).toThrow("QWILT_INTERNAL");
  });
});

describe("shared reads", () => {
  test("callers share one read until it is too old or something was changed", async () => {
    const clock = testClock();
    const shared = createSharedRead<number>(clock);
    let reads = 0;
    const ask = (key = "all") => shared.get(key, async () => ++reads);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    clock.advance(SHARED_FOR_MS - 1);
    expect(await ask()).toBe(1);
    expect(await ask("other")).toBe(2);
    clock.advance(1);
    expect(await ask()).toBe(3);
    await changing(shared, async () => undefined);
    expect(await ask()).toBe(4);
  });
  test("a read that began during a change is not used after it", async () => {
    const shared = createSharedRead<string>(testClock());
    let state = "before";
    await changing(shared, async () => {
      await shared.get("all", async () => state);
      state = "after";
    });
    expect(await shared.get("all", async () => state)).toBe("after");
  });
  test("a failed change invalidates it too, since it may have been made", async () => {
    const shared = createSharedRead<number>(testClock());
    let reads = 0;
    await shared.get("all", async () => ++reads);
    await changing(shared, () => Promise.reject(new Error("cut"))).catch(() => undefined);
    expect(await shared.get("all", async () => ++reads)).toBe(2);
  });
  test("a failed read is not cached", async () => {
    const shared = createSharedRead<number>(testClock());
    await expect(shared.get("all", () => Promise.reject(new Error("down")))).rejects.toThrow("down");
    expect(await shared.get("all", async () => 7)).toBe(7);
  });
});

test("the limiter passes slots on in order, and an abandoned waiter is skipped", async () => {
  const limiter = createLimiter(1);
  const done: string[] = [];
  const release: (() => void)[] = [];
  const hold = (name: string) => () =>
    new Promise<void>((resolve) => {
      done.push(name);
      release.push(resolve);
    });
  const abort = new AbortController();
  const first = limiter.run(hold("first"));
  const second = limiter.run(hold("second"), { signal: abort.signal, abandoned: () => new Error("left") });
  const third = limiter.run(hold("third"));
  abort.abort();
  await expect(second).rejects.toThrow("left");
  release.shift()?.();
  await first;
  await new Promise(setImmediate);
  release.shift()?.();
  await third;
  expect(done).toEqual(["first", "third"]);
});

test.each([
  ["ECONNREFUSED", false, "refused", "no"],
  ["ENOTFOUND", false, "unresolved", "no"],
  ["EAI_AGAIN", false, "unresolved", "no"],
  ["SELF_SIGNED_CERT_IN_CHAIN", false, "tls", "no"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", false, "tls", "no"],
  ["ECONNRESET", false, "reset", "maybe"],
  ["ECONNRESET", true, "truncated", "maybe"],
  ["EPIPE", false, "reset", "maybe"],
  ["HPE_INVALID_CONSTANT", false, "malformed", "maybe"],
  ["ESOMETHING_NEW", false, "reset", "maybe"],
])("%s (headers seen: %s) is %s, sent: %s", (code, headersSeen, kind, sent) => {
  expect(transportFailure(Object.assign(new Error("x"), { code }), headersSeen)).toMatchObject({ kind, sent });
});

test("the code of several refused addresses is that of the first", () => {
  const refused = Object.assign(new Error("x"), { code: "ECONNREFUSED" });
  expect(transportFailure(new AggregateError([refused, refused]), false)).toMatchObject({
    kind: "refused",
    sent: "no",
  });
});
