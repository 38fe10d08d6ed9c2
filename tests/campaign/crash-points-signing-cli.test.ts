/**
 * As crash-points-cli.test.ts, for certificates that are made from a template: the CLI with everything below it is killed at any request,
 * and afterwards nothing was made twice, no template, no signing request, no certificate.
 */
import { crashEverywhere, signingScenarios } from "../support/kills/campaign.ts";

jest.setTimeout(90 * 60_000);

/** Of the minutes of a scenario: six of these take as long as four others. */
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
