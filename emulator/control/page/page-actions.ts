/** The buttons of the page. */
import type { FaultEffect } from "../../faults/fault.ts";

export interface PageAction {
  readonly id: string;
  readonly label: string;
  /** What the page says afterwards. */
  readonly done: string;
  readonly what: { readonly advanceMs: number } | { readonly effect: FaultEffect } | { readonly clearFaults: true };
}

const hourMs = 3_600_000;

export const clockActions: readonly PageAction[] = [
  { id: "hour", label: "1 hour", done: "The clock is 1 hour later.", what: { advanceMs: hourMs } },
  { id: "day", label: "1 day", done: "The clock is 1 day later.", what: { advanceMs: 24 * hourMs } },
  { id: "month", label: "30 days", done: "The clock is 30 days later.", what: { advanceMs: 30 * 24 * hourMs } },
];

export const faultActions: readonly PageAction[] = [
  {
    id: "fail-publish",
    label: "Next publish fails",
    done: "The next publish will fail.",
    what: { effect: { publish: "failed" } },
  },
  {
    id: "answer-500",
    label: "Next request gets 500",
    done: "The next API request will get status 500.",
    what: { effect: { status: 500 } },
  },
  {
    id: "answer-429",
    label: "Next request gets 429",
    done: "The next API request will get status 429, to be repeated after 1 second.",
    what: { effect: { status: 429, retryAfter: 1 } },
  },
  { id: "clear-faults", label: "Clear faults", done: "There are no faults.", what: { clearFaults: true } },
];

export function pageAction(id: string | null): PageAction | undefined {
  return [...clockActions, ...faultActions].find((action) => action.id === id);
}
