/**
 * Every sequence of signing states that polls may see, through the provider, over HTTP, on the virtual clock: the row
 * at each poll, how the wait ends, and that the wait sends only reads.
 */
import type { QwiltError } from "../../provider/core/errors/qwilt-error.ts";
import type { LedgerRow } from "../support/emulator/emulator-process.ts";
import { type End, type SigningPath, signingPaths, type Waiting } from "../support/emulator/signing-paths.ts";
import { issuanceOf } from "../support/engine/resource-verbs.ts";
import type { RuntimeProvider } from "../support/engine/runtime-provider.ts";
import { frozenEmulator } from "./emulator-harness.ts";
import { type Made, managedTemplate, pairs } from "./emulator-signing.ts";
import { csrIds, lastSeq, ledgerSince, outcome, runAt, STEP_MINUTES } from "./signing-support.ts";

jest.setTimeout(120_000);

const emulator = frozenEmulator();
const host = "www.example.com";
const record = `_acme-challenge.${host}`;

/** The text of the row, written by hand. `{}` is the record's target. */
const ROWS: Readonly<Record<Waiting, string>> = {
  PENDING_CHALLENGE_DELEGATION: `waiting for the CNAME record (action required if it is not in DNS yet): ${record} CNAME {};`,
  REQUESTING_CERTIFICATE_FROM_CA: "the signing request was sent to the certificate authority (waiting for Qwilt);",
  CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN:
    "the challenge passed, the certificate authority signs (waiting for the CA);",
};

/**
 * Code and remedy of the guide (docs/qwilt-api.md 5.1): fix DNS and request a new signing request, or contact support.
 */
const FAILURES = {
  CHALLENGE_DELEGATION_FAILURE: { code: "QWILT_CHALLENGE_DELEGATION_FAILED", who: "customer" },
  REQUESTING_CERTIFICATE_FROM_CA_FAILURE: { code: "QWILT_CHALLENGE_FAILED", who: "customer" },
  CA_SIGN_FAILURE: { code: "QWILT_CA_REFUSED", who: "support" },
  NOTIFY_SITES_FAILURE: { code: "QWILT_NOTIFY_SITES_FAILED", who: "support" },
} as const;
type Failed = keyof typeof FAILURES;
const FAILED = Object.keys(FAILURES) as Failed[];

interface Played {
  readonly run: RuntimeProvider;
  readonly templateId: number;
  readonly csrId: number;
  /** Outputs, saved outputs of a failure, and its error. */
  readonly state: unknown;
  readonly error: QwiltError | undefined;
  readonly ledger: readonly LedgerRow[];
}

/** One template for all sequences: creating a key takes longer than a sequence. */
let made: Made;
let target: string;
let snapshot: unknown;

async function template(): Promise<void> {
  made = await managedTemplate(emulator(), host);
  target = (await pairs(emulator(), made.csrId))[0]?.toDomain ?? "";
  snapshot = (await emulator().control("POST", "/snapshot")).json;
}

async function walk({ before, end }: SigningPath): Promise<Played> {
  await emulator().control("POST", "/restore", snapshot);
  const since = await lastSeq(emulator());
  const run = runAt(emulator(), made.csrId, [...before, end]);
  const templateId = Number(made.templateId);
  const created = issuanceOf(run).create({ certificateTemplateId: templateId });
  const { state, error } = await outcome(created.then((done) => done.state));
  run.close();
  const ledger = await ledgerSince(emulator(), since);
  return { run, templateId, csrId: Number(made.csrId), state, error, ledger };
}

function expectedRows(before: readonly Waiting[]): string[] {
  return before.map((state, poll) => {
    const minutes = `${poll * STEP_MINUTES} min so far, usually 30 to 60`;
    return `status: ${ROWS[state].replace("{}", target)} ${minutes}`;
  });
}

/** One poll is two reads; a certificate or a failure adds no change. */
function expectOnlyReads({ ledger, csrId }: Played, polls: number): void {
  expect(ledger.filter(({ method }) => method !== "GET")).toEqual([]);
  const looks = ledger.filter(({ route }) => route === "/api/v2/certificate-signing-requests/{csrId}");
  expect(looks.map(({ path }) => path)).toEqual(
    Array.from({ length: polls }, () => `/api/v2/certificate-signing-requests/${csrId}`),
  );
}

test("the generator gives every sequence to every outcome: 0 to 3 polls of each state before it", () => {
  const ends: readonly End[] = ["NOTIFY_SITES", "NOTIFIED_SITES", ...FAILED];
  expect(ends.map((end) => signingPaths(end, 3).length)).toEqual([64, 64, 4, 16, 64, 64]);
  const all = ends.flatMap((end) => signingPaths(end, 3));
  expect(new Set(all.map((path) => JSON.stringify(path))).size).toBe(276);
});

test.each(["NOTIFY_SITES", "NOTIFIED_SITES"] as const)(
  "every sequence to %s shows state, actor and minutes at each poll, and ends with the certificate",
  async (end) => {
    await template();
    for (const path of signingPaths(end, 3)) {
      const played = await walk(path);
      const { run, csrId, error, state, templateId } = played;
      expect({ path, error }).toEqual({ path, error: undefined });
      expect(run.said.slice(0, -1)).toEqual(expectedRows(path.before));
      expect(run.said.at(-1)).toMatch(/^info: certificate 1 is issued, valid until \d{4}-\d\d-\d\d$/);
      expect(state).toMatchObject({ certificateId: 1, csrId, signingState: end, dnsNames: [host] });
      expectOnlyReads(played, path.before.length + 1);
      expect(await csrIds(emulator(), templateId)).toEqual([csrId]);
    }
  },
);

test.each(FAILED)(
  "every sequence to %s shows the same, and ends at once with its code and the guide's remedy",
  async (end) => {
    const { code, who } = FAILURES[end];
    await template();
    for (const path of signingPaths(end, 3)) {
      const played = await walk(path);
      const { run, csrId, error, state, templateId } = played;
      expect(run.said).toEqual(expectedRows(path.before));
      const isCustomers = who === "customer";
      expect(error).toMatchObject({
        code,
        details: {
          state: end,
          csrId,
          templateId: Number(templateId),
          records: isCustomers ? [`${record} CNAME ${target}`] : expect.any(Array),
          dns: isCustomers ? [`the record is missing: create ${record} CNAME ${target}`] : [],
        },
      });
      expect(state).toMatchObject({ certificateId: null, csrId, signingState: end });
      expectOnlyReads(played, path.before.length + 1);
      expect(await csrIds(emulator(), templateId)).toEqual([csrId]);
    }
  },
);
