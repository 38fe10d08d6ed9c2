/** A small seeded generator (mulberry32), so that a run can be repeated from one number. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick(from) {
      const picked = from[below(from.length)];
      if (picked === undefined) throw new Error("there is nothing to pick from");
      return picked;
    },
  };
}

/**
 * Size and first seed of a campaign, from `npm run test:campaign -- --size N --seed S`. Without a size,
 * QWILT_CAMPAIGN_MINUTES, which CI sets, makes it smaller on a slow machine.
 */
export function campaignOptions(wholeSize: number): { readonly size: number; readonly seed: number } {
  const { QWILT_CAMPAIGN_SIZE: size, QWILT_CAMPAIGN_SEED: seed, QWILT_CAMPAIGN_MINUTES: minutes } = process.env;
  const fitting = minutes === undefined ? wholeSize : Math.round(Number(minutes) * SIZE_PER_MINUTE);
  return {
    size: size === undefined ? Math.min(wholeSize, Math.max(SMALLEST_SIZE, fitting)) : Number(size),
    seed: seed === undefined ? Date.now() % 1_000_000_000 : Number(seed),
  };
}

/** Nights or schedules per minute on a machine without other load. */
const SIZE_PER_MINUTE = 150;
/** With fewer, two virtual years would show no renewal. */
const SMALLEST_SIZE = 100;
