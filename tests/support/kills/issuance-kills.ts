/**
 * A run that waits for a certificate is killed at one request of one poll, the next run at the next request, and so on,
 * in every waiting state. Pulumi's own provider process, the real API client, an engine that saves its state.
 */

import { providerText } from "../../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../emulator/emulator-process.ts";
import { type Gate, type Moment, type Point, startGate } from "../emulator/gate.ts";
import { startDynamicProcess } from "../engine/dynamic-process.ts";
import { NOTHING, type Played, type Properties, play, type SavedState, type Wanted } from "../engine/process-engine.ts";
import { hostIndex } from "../programs/site-program.ts";

const HOST = "www.example.com";
const KINDS = [
  "CertificateTemplate",
  "CertificateIssuance",
  "Site",
  "SiteConfiguration",
  "SiteCertificateLink",
  "SitePublication",
] as const;

/** A point of a poll, and the signing state that the poll reads. */
export interface PollPoint extends Point {
  readonly state: string;
}

const WAITING = [
  "PENDING_CHALLENGE_DELEGATION",
  "REQUESTING_CERTIFICATE_FROM_CA",
  "CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN",
];
const MOMENTS: readonly Moment[] = ["before", "done", "answered"];
const TEMPLATE = "GET /api/v2/certificate-templates/{}";
const REQUEST = "GET /api/v2/certificate-signing-requests/{}";
const NEW_REQUEST = "/api/v2/certificate-templates/{}/certificate-signing-requests";
const CERTIFICATE = "GET /api/v2/certificates/{}";

/** @param polls how many polls of each run, in each state, not counting the last one, which finds the certificate */
export function pollPoints(polls: number): readonly PollPoint[] {
  const at = (state: string, name: string, nth: number) => MOMENTS.map((moment) => ({ state, name, nth, moment }));
  const waiting = WAITING.flatMap((state) =>
    Array.from({ length: polls }, (_, index) =>
      [TEMPLATE, REQUEST].flatMap((name) => at(state, name, index + 1)),
    ).flat(),
  );
  return [...waiting, ...[TEMPLATE, REQUEST, CERTIFICATE].flatMap((name) => at("NOTIFY_SITES", name, 1))];
}

interface Killing {
  readonly emulator: EmulatorProcess;
  readonly csrIds: () => Promise<readonly number[]>;
  setState(signingState: string): Promise<void>;
  /** One run. If there is a point, the provider's process is killed there. */
  run(point?: Point): Promise<{ readonly reached: boolean; readonly error: string | undefined }>;
  /** Another text requests a new signing request. */
  retrigger(text: string): void;
  /** Outputs of the issuance, once there are some. */
  issuance(): Properties | undefined;
  close(): Promise<void>;
}

async function startKilling(): Promise<Killing> {
  const emulator = await startEmulatorProcess(["--publish-ms", "50"]);
  const gate: Gate = await startGate(emulator.api);
  let saved: SavedState = NOTHING;
  let retrigger: string | undefined;
  const templateOf = ({ resources }: SavedState) => resources.find(({ kind }) => kind === "CertificateTemplate");
  const csrIds = async () => {
    const { body } = await emulator.call("GET", `/api/v2/certificate-templates/${templateOf(saved)?.id}`);
    return (body as { csrIds: number[] }).csrIds;
  };
  return {
    emulator,
    csrIds,
    setState: async (signingState) =>
      void (await emulator.ask("POST", `/csrs/${(await csrIds()).at(-1)}/state`, { signingState })),
    async run(point) {
      const provider = await startDynamicProcess({
        text: providerText("CertificateTemplate"),
        config: { "qwilt:endpoint": gate.url, "qwilt:apiKey": emulator.apiKey, "qwilt:edgeAddress": emulator.edge },
      });
      const watched = point === undefined ? undefined : gate.watch(point, () => provider.signal("SIGKILL"));
      try {
        const { state, error }: Played = await play({ provider, textOf: providerText }, programOf(retrigger), saved);
        saved = state;
        return { reached: watched?.reached() ?? false, error };
      } finally {
        gate.open();
        await provider.close();
      }
    },
    retrigger: (text) => {
      retrigger = text;
    },
    issuance: () => saved.resources.find(({ kind }) => kind === "CertificateIssuance")?.outputs,
    async close() {
      await gate.close();
      await emulator.close();
    },
  };
}

function programOf(retrigger: string | undefined): readonly Wanted[] {
  const all = (kind: (typeof KINDS)[number], inputs: Wanted["inputs"]): Wanted => ({ kind, name: "www", inputs });
  return [
    all("CertificateTemplate", () => ({ commonName: HOST })),
    all("CertificateIssuance", (of) => ({
      certificateTemplateId: of("CertificateTemplate").certificateTemplateId,
      ...(retrigger === undefined ? {} : { retrigger }),
    })),
    all("Site", () => ({ siteName: HOST })),
    all("SiteConfiguration", (of) => ({ siteId: of("Site").siteId, hostIndex: hostIndex([HOST]) })),
    all("SiteCertificateLink", (of) => {
      const { certificateId, certificateTemplateId, fingerprint, dnsNames, ipAddresses, notAfter } =
        of("CertificateIssuance");
      const facts = { fingerprint, dnsNames, ipAddresses, notAfter };
      return { siteId: of("Site").siteId, certificate: "issuance", certificateId, certificateTemplateId, ...facts };
    }),
    all("SitePublication", (of) => ({ siteId: of("Site").siteId, revisionId: of("SiteConfiguration").revisionId })),
  ];
}

/** @returns how many were covered; no run is started later than the limit. @throws at the first problem */
export async function killAtPolls(points: readonly PollPoint[], limitMs: number): Promise<number> {
  const killing = await startKilling();
  const startedAt = Date.now();
  let covered = 0;
  try {
    await killed(killing, { name: TEMPLATE, nth: 1, moment: "before" });
    const before = await killing.csrIds();
    for (const point of points) {
      if (Date.now() - startedAt > limitMs) break;
      await killing.setState(point.state);
      await killed(killing, point);
      expect(await killing.csrIds()).toEqual(before);
      covered++;
    }
    await killing.setState("NOTIFY_SITES");
    await expectServed(killing, before);
    expect(before).toHaveLength(1);
  } finally {
    await killing.close();
  }
  return covered;
}

/** After a failed request a new one is requested, and the run that requests it is killed there. */
export async function killAtRetrigger(moment: Moment): Promise<void> {
  const killing = await startKilling();
  try {
    await killed(killing, { name: TEMPLATE, nth: 1, moment: "before" });
    await killing.setState("CHALLENGE_DELEGATION_FAILURE");
    expect((await killing.run()).error).toContain("[QWILT_CHALLENGE_DELEGATION_FAILED]");
    const [first] = await killing.csrIds();
    killing.retrigger("mended");
    await killed(killing, { name: `POST ${NEW_REQUEST}`, nth: 1, moment });
    const asked = await killing.csrIds();
    expect(asked).toHaveLength(moment === "before" ? 1 : 2);
    // The run that requests it, or continues with the new request, is killed once more while it waits.
    await killed(killing, { name: REQUEST, nth: 2, moment: "answered" });
    const again = await killing.csrIds();
    expect(again).toEqual([first, expect.any(Number)]);
    await killing.setState("NOTIFIED_SITES");
    await expectServed(killing, again);
  } finally {
    await killing.close();
  }
}

async function killed(killing: Killing, point: Point): Promise<void> {
  const { error, reached } = await killing.run(point);
  expect({ point, reached, error }).toEqual({ point, reached: true, error: expect.any(String) });
}

/** The next run continues with the newest of these requests, creates no other, and the edge serves its certificate. */
async function expectServed(killing: Killing, csrIds: readonly number[]): Promise<void> {
  expect(await killing.run()).toEqual({ reached: false, error: undefined });
  const issuance = killing.issuance();
  expect(issuance).toMatchObject({ csrId: csrIds.at(-1), certificateId: expect.any(Number) });
  expect(await killing.csrIds()).toEqual(csrIds);
  expect((await killing.emulator.edgeNow()).map(({ certificateId }) => certificateId)).toEqual([
    issuance?.certificateId,
  ]);
}
