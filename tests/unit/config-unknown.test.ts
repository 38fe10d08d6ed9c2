import { unknownSettings } from "../../provider/core/config-keys.ts";

test.each([
  ["what is known is not told", ["qwilt:apiKey", "qwilt:endpoints", "qwilt:edgeProbe"], []],
  ["settings of others are theirs", ["aws:region", "rotation:hosts", "qwiltish:apikey"], []],
  ["a wrong letter case is told with what was meant", ["qwilt:apikey"], ["qwilt:apikey is unknown", "qwilt:apiKey?"]],
  ["so is another way to part words", ["qwilt:edge-probe", "qwilt:api_key"], ["qwilt:edgeProbe?", "qwilt:apiKey?"]],
  ["what resembles nothing is told with all there are", ["qwilt:token"], ["apiKey, username, password"]],
])("%s", (_title, configured, wanted) => {
  const told = unknownSettings(configured, "rotation").join("\n");
  if (wanted.length === 0) expect(told).toBe("");
  for (const part of wanted) expect(told).toContain(part);
});

test("a project that is called qwilt may have its own settings there", () => {
  expect(unknownSettings(["qwilt:apikey", "qwilt:hosts"], "qwilt")).toEqual([]);
});
