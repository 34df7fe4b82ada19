/** Numbers as Prometheus' API writes them. */

/** Prometheus writes `NaN`, `+Inf` and `-Inf` as words. */
export function parseFloatText(text: string): number {
  return text === '+Inf'
    ? Number.POSITIVE_INFINITY
    : text === '-Inf'
      ? Number.NEGATIVE_INFINITY
      : Number(text);
}
