/** The emulator as users start it: a process, its first line, its control port. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../engine/dynamic-process.ts";
import { createHistoryRecord, type HistoryRecord } from "../history/record.ts";

export interface StartLine {
  readonly api: string;
  readonly control: string;
  readonly edge: string;
  readonly edgeStaging: string;
  readonly dns: string;
  readonly proxy: string;
  readonly ca: string;
  readonly apiKey: string;
  readonly username: string;
  readonly password: string;
  readonly organization: string;
}

export interface LedgerRow {
  readonly seq: number;
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly route: string;
  readonly status: number;
  readonly body: unknown;
  readonly actor: string;
  /** Only on rows that a fault affected: its id and its effect. */
  readonly fault?: unknown;
}

export interface EdgeChange {
  readonly at: string;
  readonly host: string;
  readonly target: string;
  readonly certificateId: number | null;
  readonly fingerprint: string | null;
  readonly notAfter: string | null;
}

export interface EmulatorProcess extends StartLine {
  readonly child: ChildProcess;
  ledger(since?: number): Promise<LedgerRow[]>;
  /** Seq of the newest row, 0 if there is none: `ledger(seq)` returns the later ones. */
  mark(): Promise<number>;
  edgeNow(): Promise<EdgeChange[]>;
  edgeHistory(): Promise<EdgeChange[]>;
  fault(fault: { match: object; effect: object }): Promise<void>;
  control: string;
  ask(method: string, path: string, body?: unknown): Promise<unknown>;
  /** An API call by somebody other than the stack, with their own key. */
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }>;
  /** Judged by the six invariants when the emulator is closed. */
  readonly history: HistoryRecord;
  /** Ends it. @throws if the history violates an invariant that was not excepted */
  close(): Promise<void>;
}

/** These reset the ledger, so what it contains is judged first. */
const FORGETTING = ["DELETE /ledger", "POST /reset", "POST /restore"];

export async function startEmulatorProcess(args: readonly string[] = []): Promise<EmulatorProcess> {
  const child = spawn(process.execPath, [join(ROOT, "emulator/bin/qwilt-emulator.js"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const line = await new Promise<StartLine>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", (text) => resolve(JSON.parse(text) as StartLine));
    child.once("exit", (code) => reject(new Error(`the emulator ended with ${code}`)));
  });
  async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
    if (FORGETTING.includes(`${method} ${path}`)) {
      await history.check();
      history.restart();
    }
    const answer = await fetch(`${line.control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} of the control port returned ${answer.status}: ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
  const ledger = async (since = 0) => (await ask("GET", `/ledger?since=${since}`)) as LedgerRow[];
  let other: Promise<OtherKey> | undefined;
  let outsider: string | undefined;
  const edgeNow = async () => (await ask("GET", "/edge")) as EdgeChange[];
  const edgeHistory = async () => (await ask("GET", "/edge/history")) as EdgeChange[];
  const now = async () => ((await ask("GET", "/clock")) as { now: string }).now;
  const history = createHistoryRecord({ outsider: () => outsider, ledger, edgeNow, edgeHistory, now });
  return {
    ...line,
    child,
    history,
    ask,
    ledger,
    mark: async () => (await ledger()).at(-1)?.seq ?? 0,
    edgeNow,
    edgeHistory,
    fault: async (fault) => void (await ask("POST", "/faults", fault)),
    async call(method, path, body) {
      const send = (key: string) =>
        fetch(`${line.api}${path}`, {
          method,
          headers: { "X-API-KEY": key, "content-type": "application/json" },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      // Reads leave no trace that is judged.
      if (method !== "GET") other ??= otherKey(line);
      const mine = method === "GET" ? undefined : await other;
      let answer = await send(mine?.key ?? line.apiKey);
      if (mine !== undefined && answer.status !== 401) outsider = mine.label;
      // In strict mode, a key becomes valid only after minutes.
      if (mine !== undefined && answer.status === 401) answer = await send(line.apiKey);
      const text = await answer.text();
      return { status: answer.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const broken = await history.check().then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await gone;
      if (broken !== undefined) throw broken;
    },
  };
}

interface OtherKey {
  readonly key: string;
  /** The owner's name in the ledger. */
  readonly label: string;
}

/** Somebody else in the organization. */
async function otherKey(line: StartLine): Promise<OtherKey> {
  const made = await fetch(`${line.api}/api/1/api-keys`, {
    method: "POST",
    headers: { "X-API-KEY": line.apiKey, "content-type": "application/json" },
    body: JSON.stringify({ name: "somebody else", ttl: 365, permission: "MediaEditor" }),
  });
  if (!made.ok) throw new Error(`a second API key was refused: ${made.status} ${await made.text()}`);
  const { apiToken, keyId } = (await made.json()) as { apiToken: string; keyId: string };
  return { key: apiToken, label: `api-key:${keyId}` };
}

/** A ledger row in a few words: "unlink 25", "republish ga", "poll". */
export function inWords(row: LedgerRow): string {
  const last = row.path.split("?")[0]?.split("/").at(-1) ?? "";
  if (row.route.endsWith("/publishing-operations/{publishId}")) return "poll";
  if (row.route.includes("/sites/{siteId}/certificates")) {
    if (row.method === "DELETE") return `unlink ${last}`;
    return row.method === "POST" ? "link" : "links";
  }
  if (row.route.endsWith("/actions/republish")) return "republish";
  if (row.route.endsWith("/actions/un-publish")) return "un-publish";
  if (row.route.endsWith("/publishing-operations")) return row.method === "POST" ? "publish" : "operations";
  if (row.route.endsWith("/configurations")) return row.method === "POST" ? "save" : "revisions";
  if (row.route.includes("/configurations/")) return "revision";
  if (row.route.includes("/api/v2/certificates")) {
    const verbs: Record<string, string> = { POST: "upload", PUT: "describe", DELETE: `delete ${last}` };
    return verbs[row.method] ?? (row.route.endsWith("/certificates") ? "pool" : "certificate");
  }
  if (row.route.endsWith("/sites")) return row.method === "POST" ? "create site" : "sites";
  if (row.route.includes("/sites/"))
    return row.method === "DELETE" ? "delete site" : row.method === "PUT" ? "rename site" : "site";
  return `${row.method} ${row.route}`;
}
