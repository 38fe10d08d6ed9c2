/** Which paths a change affects, in the engine's notation. */
import { changedPaths } from "../../provider/engine/native/detailed-diff.ts";

test.each<[string, object, object, string[]]>([
  ["nothing", { a: 1 }, { a: 1 }, []],
  ["a value", { a: 1 }, { a: 2 }, ["update a"]],
  ["a new one", {}, { a: 1 }, ["add a"]],
  ["one that is gone", { a: 1 }, {}, ["delete a"]],
  ["null is no value", { a: null }, {}, []],
  ["within an object", { t: { create: 1 } }, { t: { create: 2, update: 1 } }, ["update t.create", "add t.update"]],
  ["within a list", { l: ["a", "b"] }, { l: ["a", "c", "d"] }, ["update l[1]", "add l[2]"]],
  ["a shorter list", { l: ["a", "b"] }, { l: ["a"] }, ["delete l[1]"]],
  ["a key that is no name", { h: { "x.y": 1 } }, { h: { "x.y": 2 } }, ['update h["x.y"]']],
  ["a key with a backslash", { h: { "a\\": 1 } }, { h: { "a\\": 2 } }, ["update h"]],
  ["another type", { a: { b: 1 } }, { a: "b" }, ["update a"]],
  ["what the engine hides", { __provider: "1" }, { __provider: "2" }, []],
])("%s", (_, before, after, expected) => {
  expect(changedPaths({ ...before }, { ...after }).map(({ kind, path }) => `${kind} ${path}`)).toEqual(expected);
});
