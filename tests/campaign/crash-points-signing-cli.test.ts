/**
 * Like crash-points-cli.test.ts, for certificates issued from a template: the CLI and its child processes are killed at
 * any request, and afterwards nothing exists twice: no template, no signing request, no certificate.
 */
import { crashEverywhere, signingScenarios } from "../support/kills/campaign.ts";

jest.setTimeout(90 * 60_000);

/** Share of a scenario's minutes: six of these take as long as four others. */
const SHARE = 2 / 3;

test.each([
  "managed create",
  "managed create, linked by template",
  "managed delete",
  "self-managed create",
  "self-managed rotate",
  "self-managed delete",
])(
  "the CLI with everything below it may be killed at any request of: %s; two more runs at most bring what is wanted, nothing twice, and every invariant holds",
  async (name) => {
    const scenario = (await signingScenarios()).find((one) => one.name === name);
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    await crashEverywhere(scenario, "cli", SHARE);
  },
);
