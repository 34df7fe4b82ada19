/** Moments written the same everywhere: ISO order, 24 hours, the reader's time zone. */

/** `18:45:10` */
export function clock(ms: number): string {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

/** `2026-11-22 18:45:10` */
export function dateTime(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  const at = new Date(ms);
  return `${[at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')} ${clock(ms)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
