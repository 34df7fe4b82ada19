/** Words under a time axis: one line, 24-hour clock, as much date as the range needs. */

const HOUR = 3600;
const DAY = 24 * HOUR;

/** Formats the ticks (seconds since the epoch) of an axis that spans `span` seconds. */
export function timeTicks(ticks: readonly number[], span: number): string[] {
  const step = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  return ticks.map((tick) => tickText(new Date(tick * 1000), span, step));
}

function tickText(at: Date, span: number, step: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const minute = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (span > 300 * DAY) return `${at.getFullYear()}-${two(at.getMonth() + 1)}`;
  if (step >= DAY) return day;
  if (span > DAY) return `${day} ${minute}`;
  return step > 0 && step < 60 ? `${minute}:${two(at.getSeconds())}` : minute;
}
