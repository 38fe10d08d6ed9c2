/** A campaign: the states of all programs and releases, except the one that `npm test` upgrades (newest.test.ts). */
import { newestState, recordedStates } from "./recorded-state.ts";
import { destroys, takesOver } from "./take-over.ts";

const { folder: newest } = newestState();

for (const recorded of recordedStates()) {
  if (recorded.folder !== newest) takesOver(recorded);
  destroys(recorded);
}
