/** The provider on a frozen emulator, whose signing request has the state that a test sets for each poll. */
import type { QwiltError } from "../../provider/core/errors/qwilt-error.ts";
import type { LedgerRow } from "../support/emulator/emulator-process.ts";
import { gateApi } from "../support/emulator/gate-api.ts";
import { unfinished } from "../support/engine/resource-verbs.ts";
import { type RuntimeProvider, startRuntime } from "../support/engine/runtime-provider.ts";
import type { Api } from "./emulator-harness.ts";

const MINUTE_MS = 60_000;
/** Between two polls; the pauses of the provider itself add up to less than a minute. */
export const STEP_MINUTES = 7;

/**
 * @param states one per poll, the last one repeated; none: what the emulator computes
 * @param beforeCall runs before each call of the provider
 */
export function runAt(
  api: Api,
  csrId: string,
  states: readonly string[] = [],
  beforeCall: (call: string) => Promise<void> = async () => undefined,
): RuntimeProvider {
  const { api: url, apiKey, clock, dns } = api.emulator;
  let polls = 0;
  return startRuntime({
    api: url,
    apiKey,
    clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(Math.ceil(ms)) },
    config: { dnsServer: dns },
    wrap: (inner) =>
      gateApi(inner, async (call, send) => {
        await beforeCall(call);
        if (call !== "signingRequests.get") return send();
        if (polls > 0) clock.advance(STEP_MINUTES * MINUTE_MS);
        const before = states[polls - 1];
        const now = states[Math.min(polls++, states.length - 1)];
        if (now !== undefined && now !== before) await setState(api, csrId, now);
        return send();
      }),
  });
}

export async function setState(api: Api, csrId: string, signingState: string): Promise<void> {
  const { status, text } = await api.control("POST", `/csrs/${csrId}/state`, { signingState });
  if (status !== 200) throw new Error(`the state was not set: ${status} ${text}`);
}

export async function ledgerSince(api: Api, seq = 0): Promise<readonly LedgerRow[]> {
  return (await api.control("GET", `/ledger?since=${seq}`)).json as LedgerRow[];
}

export async function lastSeq(api: Api): Promise<number> {
  return (await ledgerSince(api)).at(-1)?.seq ?? 0;
}

export async function csrIds(api: Api, templateId: number): Promise<readonly number[]> {
  const { json } = await api.call("GET", `/api/v2/certificate-templates/${templateId}`);
  return (json as { csrIds: number[] }).csrIds;
}

/** What a verb returned, or what it saved when it failed, with the error. */
export async function outcome<State extends object>(
  work: Promise<State>,
): Promise<{ readonly state: State; readonly error: QwiltError | undefined }> {
  const [done] = await Promise.allSettled([work]);
  if (done.status === "fulfilled") return { state: done.value, error: undefined };
  const { reason, state } = await unfinished(work);
  return { state: state as State, error: reason };
}
