/** Durations as Prometheus and Grafana write them (`15m`, `1h30m`, `5s`), in milliseconds. */

const UNITS: readonly [string, number][] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

/** Reads a duration; `undefined` if the text is none. */
export function parseDuration(text: string): number | undefined {
  const part = /(\d+(?:\.\d+)?)(ms|[ywdhms])/gy;
  let total = 0;
  let end = 0;
  for (let match = part.exec(text); match; match = part.exec(text)) {
    total += Number(match[1]) * (UNITS.find(([unit]) => unit === match?.[2])?.[1] ?? 0);
    end = part.lastIndex;
  }
  return end > 0 && end === text.length ? total : undefined;
}

/** Writes a duration in the largest unit that fits it whole: 90 s is `90s`, 120 s is `2m`. */
export function formatDuration(ms: number): string {
  const rounded = Math.max(1, Math.round(ms));
  for (const [unit, length] of UNITS) {
    if (rounded >= length && rounded % length === 0) return `${rounded / length}${unit}`;
  }
  return `${rounded}ms`;
}

const NICE_STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 20_000, 30_000, 60_000, 120_000,
  300_000, 600_000, 900_000, 1_200_000, 1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000,
  86_400_000, 604_800_000, 2_592_000_000, 31_536_000_000,
];

/** The step a person would have chosen nearest above the exact one. */
export function niceStep(ms: number): number {
  return NICE_STEPS.find((step) => step >= ms) ?? Math.ceil(ms);
}
