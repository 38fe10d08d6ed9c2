/**
 * Decides in which order several actors proceed: each of their calls is held at a gate until its turn, and the clock
 * moves only when the schedule says so. The same seed gives the same order, because nothing is decided while anything
 * is in flight.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../../provider/core/clock.ts";
import type { Random } from "../random.ts";

export interface ScheduleOptions {
  readonly random: Random;
  readonly now: () => number;
  readonly advance: (ms: number) => void;
  /** Probability that the clock moves although a call could proceed. Default 0.2. */
  readonly clockFirst?: number;
}

export interface Schedule {
  /** The clock of one actor: sleeping actors wait for the schedule. */
  clock(actor: string): Clock;
  /** Holds a call until its turn. */
  pass<T>(actor: string, call: string, send: () => Promise<T>): Promise<T>;
  /** Continues until all have ended. Throws if they wait for something that cannot happen. */
  run(actors: Readonly<Record<string, Promise<unknown>>>): Promise<void>;
  /** What happened, in order: "one links.link", "clock 100". */
  readonly trace: readonly string[];
}

interface Held {
  readonly actor: string;
  readonly call: string;
  readonly go: () => void;
}

interface Sleeper {
  readonly actor: string;
  readonly due: number;
  readonly wake: () => void;
}

/** Each call takes this long on the virtual clock, so that no two events happen at the same time. */
const CALL_MS = 3;
/** Real time without a decision after which an actor must be stuck. */
const STUCK_AFTER_MS = 20_000;
/** More steps than this are an endless loop. */
const MAX_STEPS = 5_000;

export function createSchedule(options: ScheduleOptions): Schedule {
  const { random, now, advance, clockFirst = 0.2 } = options;
  const held: Held[] = [];
  const sleepers = new Set<Sleeper>();
  const trace: string[] = [];
  let onTheWay = 0;

  const clock = (actor: string): Clock => ({
    now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = () => {
          sleepers.delete(sleeper);
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const sleeper = { actor, due: now() + ms, wake };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", wake, { once: true });
      }),
  });

  /** Everybody waits: an actor that does not is working where there is no gate, in a handshake for example. */
  const allWait = (open: ReadonlySet<string>) =>
    [...open].every((name) => [...held, ...sleepers].some(({ actor }) => actor === name));

  /** Waits until nothing is in flight and every actor waits for the next decision. */
  async function quiet(open: ReadonlySet<string>): Promise<void> {
    const giveUpAt = Date.now() + STUCK_AFTER_MS;
    for (let turns = 0; turns < 3; ) {
      await nextTurn();
      turns = onTheWay === 0 && allWait(open) ? turns + 1 : 0;
      if (Date.now() > giveUpAt) throw new Error(`somebody waits for nothing: ${trace.slice(-40).join(", ")}`);
    }
  }

  function moveClock(): void {
    const due = Math.min(...[...sleepers].map((sleeper) => sleeper.due));
    const ms = Math.max(0, due - now());
    trace.push(`clock ${ms}`);
    advance(ms);
    for (const sleeper of [...sleepers].filter((one) => one.due <= now())) sleeper.wake();
  }

  return {
    clock,
    trace,
    pass: (actor, call, send) =>
      new Promise((resolve, reject) => {
        const go = () => {
          onTheWay++;
          trace.push(`${actor} ${call}`);
          advance(CALL_MS);
          send()
            .then(resolve, reject)
            .finally(() => onTheWay--);
        };
        held.push({ actor, call, go });
      }),
    async run(actors) {
      const open = new Set(Object.keys(actors));
      for (const [name, work] of Object.entries(actors)) {
        const over = () => open.delete(name);
        void work.then(over, over);
      }
      for (let step = 0; step < MAX_STEPS; step++) {
        await quiet(open);
        if (open.size === 0) return;
        const clockMoves = sleepers.size > 0 && (held.length === 0 || random.chance(clockFirst));
        if (clockMoves) moveClock();
        else held.splice(random.below(held.length), 1)[0]?.go();
      }
      throw new Error(`no end after ${MAX_STEPS} steps: ${trace.slice(-40).join(", ")}`);
    },
  };
}
