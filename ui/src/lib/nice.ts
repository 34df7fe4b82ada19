/** Numbers that people count in. */

/** 1, 2 or 5 times a power of ten, not below the exact number; 1 for what is not above zero. */
export function niceNumber(exact: number): number {
  if (!(exact > 0) || !Number.isFinite(exact)) return 1;
  const power = 10 ** Math.floor(Math.log10(exact));
  return ([1, 2, 5, 10].find((step) => step * power >= exact) ?? 10) * power;
}

/** Multiples of a nice step above zero, about as many as asked for, the last at or above `high`. */
export function niceTicks(high: number, about = 4): number[] {
  const step = niceNumber(high / about);
  return Array.from({ length: Math.max(1, Math.ceil(high / step - 1e-9)) }, (_, at) => (at + 1) * step);
}
