/**
 * What ends "within a second" really ends in a few milliseconds; the alternative is never, or half a minute. A shared
 * machine sometimes stalls for a second, so tests allow this.
 */
export const PROMPT_MS = 5_000;
