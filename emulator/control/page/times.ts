export const dayMs = 86_400_000;

export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

export function minute(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** "1 day", "30 days". */
export function days(count: number): string {
  return `${count} ${count === 1 ? "day" : "days"}`;
}
