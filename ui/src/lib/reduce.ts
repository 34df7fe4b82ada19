/** Grafana's calculations: one number out of a column. */

type Values = readonly (number | string | null)[];

const numbers = (values: Values): number[] =>
  values.filter((value): value is number => typeof value === 'number' && !Number.isNaN(value));

const sum = (values: Values): number => numbers(values).reduce((total, value) => total + value, 0);

const CALCS: Readonly<Record<string, (values: Values) => number | null>> = {
  last: (values) => numberOrNull(values.at(-1)),
  lastNotNull: (values) =>
    numberOrNull(values.findLast((value) => typeof value === 'number' && !Number.isNaN(value))),
  first: (values) => numberOrNull(values[0]),
  firstNotNull: (values) => numbers(values)[0] ?? null,
  min: (values) => fold(values, Math.min),
  max: (values) => fold(values, Math.max),
  mean: (values) => (numbers(values).length > 0 ? sum(values) / numbers(values).length : null),
  median: (values) => quantile(values, 0.5),
  sum: (values) => (numbers(values).length > 0 ? sum(values) : null),
  total: (values) => (numbers(values).length > 0 ? sum(values) : null),
  count: (values) => values.length,
  range: (values) => difference(fold(values, Math.max), fold(values, Math.min)),
  delta: (values) => {
    const known = numbers(values);
    return known.slice(1).reduce((total, value, at) => total + Math.max(value - (known[at] ?? 0), 0), 0);
  },
  diff: (values) => difference(numbers(values).at(-1) ?? null, numbers(values)[0] ?? null),
  distinctCount: (values) => new Set(values).size,
  stdDev: (values) => Math.sqrt(variance(values) ?? Number.NaN),
  variance: (values) => variance(values),
  p50: (values) => quantile(values, 0.5),
  p90: (values) => quantile(values, 0.9),
  p95: (values) => quantile(values, 0.95),
  p99: (values) => quantile(values, 0.99),
  current: (values) => numbers(values).at(-1) ?? null,
  avg: (values) => (numbers(values).length > 0 ? sum(values) / numbers(values).length : null),
};

/** The names by which a legend or a table heads its calculations. */
export const CALC_NAMES: Readonly<Record<string, string>> = {
  last: 'Last',
  lastNotNull: 'Last *',
  first: 'First',
  firstNotNull: 'First *',
  min: 'Min',
  max: 'Max',
  mean: 'Mean',
  median: 'Median',
  sum: 'Total',
  count: 'Count',
  range: 'Range',
  delta: 'Delta',
  diff: 'Difference',
  distinctCount: 'Distinct',
  stdDev: 'StdDev',
  variance: 'Variance',
};

/** Reduces a column; an unknown calculation is `null`, not a wrong number. */
export function reduce(values: Values, calc: string): number | null {
  return CALCS[calc]?.(values) ?? null;
}

function numberOrNull(value: number | string | null | undefined): number | null {
  return typeof value === 'number' ? value : null;
}

function fold(values: Values, pick: (a: number, b: number) => number): number | null {
  const known = numbers(values);
  return known.length > 0 ? known.reduce((a, b) => pick(a, b)) : null;
}

function difference(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a - b;
}

function variance(values: Values): number | null {
  const known = numbers(values);
  if (known.length === 0) return null;
  const mean = sum(known) / known.length;
  return known.reduce((total, value) => total + (value - mean) ** 2, 0) / known.length;
}

function quantile(values: Values, q: number): number | null {
  const known = numbers(values).sort((a, b) => a - b);
  return known[Math.min(known.length - 1, Math.floor(q * known.length))] ?? null;
}
