/**
 * Errors as data. Every text is pinned in tests/golden/error-messages.txt (QWILT_UPDATE_DOCS=1 writes it). Other tests
 * compare `code`, `details` and `notes`, except where only the text arrives: from the CLI, or from a provider's process.
 */
import { CATALOGUE } from "../../provider/core/errors/catalogue.ts";
import { ERROR_CODES, type ErrorCode } from "../../provider/core/errors/codes.ts";
import { type QwiltError, withNote } from "../../provider/core/errors/qwilt-error.ts";
import { conflict } from "../../provider/core/errors/response-errors.ts";
import { publishFailed } from "../../provider/core/errors/rotation-errors.ts";
import { expectFile } from "../docs/generated.ts";
import { NOTE_SAMPLES, SAMPLES } from "./error-samples.ts";

function errorsOf(code: ErrorCode): readonly QwiltError[] {
  // Each sample is type-checked against its own constructor function; here they are one table.
  const create = CATALOGUE[code] as unknown as (details: object) => QwiltError;
  return SAMPLES[code].map((details) => create(details));
}

test("every text that an error can have is the golden one", () => {
  const failed = () => publishFailed(SAMPLES.QWILT_PUBLISH_FAILED[0]);
  const notes = NOTE_SAMPLES.map((note) => withNote(failed(), note).message);
  const texts = ERROR_CODES.flatMap((code) => errorsOf(code).map(({ message }) => message));
  const parts = [...texts, "---- Notes, appended to an error", ...notes];
  expectFile("tests/golden/error-messages.txt", `${parts.join("\n\n")}\n`);
});

test.each([...ERROR_CODES])("%s has details that are plain data, and is recognized by its code", (code) => {
  expect(SAMPLES[code].length).toBeGreaterThan(0);
  for (const error of errorsOf(code)) {
    expect(error.code).toBe(code);
    expect(CATALOGUE[code].is(error)).toBe(true);
    // JSON omits undefined fields, which toEqual treats as equal.
    expect(JSON.parse(JSON.stringify(error.details))).toEqual(error.details);
    expect(error.message).not.toMatch(/undefined|\[object|null/);
  }
});

test("a note adds to the text and keeps what the error is", () => {
  const details = { request: "PUT /x", status: 409, serverText: "" };
  const call = { status: 409, outcome: "not-done", reading: false } as const;
  const first = conflict(details, { call });
  const noted = withNote(withNote(first, { kind: "publish-canceled" }), {
    kind: "already-unlinked",
    certificateId: 25,
  });
  expect(noted).toMatchObject({ code: "QWILT_CONFLICT", details, call });
  expect(noted.notes.map(({ kind }) => kind)).toEqual(["publish-canceled", "already-unlinked"]);
  expect(noted.what.startsWith(first.what)).toBe(true);
  expect(noted.cause).toMatchObject({ cause: first });
});
