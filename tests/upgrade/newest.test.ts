/**
 * Part of `npm test`: the newest release's state of a site with an uploaded certificate. The campaigns cover all
 * others.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { newestState, recordedStates } from "./recorded-state.ts";
import { takesOver } from "./take-over.ts";

test("every release has recorded its states", () => {
  const changelog = readFileSync(join(ROOT, "CHANGELOG.md"), "utf8");
  const released = [...changelog.matchAll(/^## (\d\S*)$/gm)].map(([, release]) => release);
  const recorded = recordedStates().map(({ release }) => release);
  expect(released.filter((release) => release !== undefined && !recorded.includes(release))).toEqual([]);
});

takesOver(newestState());
