/** Columns on top of each other, by group; what is below zero hangs from it. */
import type { Cell } from './align';

export interface Stacking {
  /** Columns of one group are stacked; without a group a column stands alone. */
  group?: string | undefined;
  /** Each value as its share of the group's total at that time, 0 to 1. */
  percent?: boolean;
}

type Column = Cell[];

export interface Stacked {
  columns: Column[];
  /** Pairs of a column and the one below it in its group, between which the fill lies. */
  bands: [upper: number, lower: number][];
}

/** Adds each column to those before it in its group; a missing value adds nothing. */
export function stackGroups(columns: readonly Column[], stacking: readonly Stacking[]): Stacked {
  const totals = new Map<string, number[]>();
  columns.forEach((column, index) => {
    const { group, percent } = stacking[index] ?? {};
    if (group === undefined || !percent) return;
    const total = totals.get(group) ?? [];
    column.forEach((value, at) => {
      total[at] = (total[at] ?? 0) + Math.abs(value ?? 0);
    });
    totals.set(group, total);
  });
  const sums = new Map<string, number[]>();
  const below = new Map<string, number>();
  const bands: [number, number][] = [];
  const stacked = columns.map((column, index): Column => {
    const { group, percent } = stacking[index] ?? {};
    if (group === undefined) return [...column];
    const key = `${group}${column.some((value) => (value ?? 0) < 0) ? '−' : '+'}`;
    const sum = sums.get(key) ?? [];
    const total = percent ? totals.get(group) : undefined;
    sums.set(key, sum);
    const lower = below.get(key);
    if (lower !== undefined) bands.push([index, lower]);
    below.set(key, index);
    return column.map((value, at) => {
      if (value === null || value === undefined) return value;
      sum[at] = (sum[at] ?? 0) + (total ? value / (total[at] || 1) : value);
      return sum[at] ?? null;
    });
  });
  return { columns: stacked, bands };
}
