/** Time ranges as Grafana writes them in the URL: `now-15m`, `now/d`, epoch milliseconds, ISO 8601. */
import { dateTime } from './clock';
import { parseDuration } from './duration';

/** A range as written. */
export interface RawRange {
  from: string;
  to: string;
}

/** A range in milliseconds since the epoch. */
export interface TimeRange {
  from: number;
  to: number;
}

export const QUICK_RANGES: readonly (RawRange & { label: string })[] = [
  ['5m', 'Last 5 minutes'],
  ['15m', 'Last 15 minutes'],
  ['30m', 'Last 30 minutes'],
  ['1h', 'Last 1 hour'],
  ['3h', 'Last 3 hours'],
  ['6h', 'Last 6 hours'],
  ['12h', 'Last 12 hours'],
  ['24h', 'Last 24 hours'],
  ['2d', 'Last 2 days'],
  ['7d', 'Last 7 days'],
].map(([length, label]) => ({ from: `now-${length}`, to: 'now', label: label ?? '' }));

const UNIT_WORDS: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  M: 'month',
  y: 'year',
};

/** Turns one end into milliseconds; `undefined` if it is no time. */
export function resolveTime(text: string, now: number, roundUp = false): number | undefined {
  const relative = /^now(?:([+-])([0-9a-z]+))?(?:\/([smhdwMy]))?$/.exec(text.trim());
  if (relative) {
    const [, sign, amount, unit] = relative;
    const distance = amount === undefined ? 0 : parseDuration(amount);
    if (distance === undefined) return undefined;
    const at = sign === '+' ? now + distance : now - distance;
    return unit === undefined ? at : roundTo(at, unit, roundUp);
  }
  if (/^\d+$/.test(text)) return Number(text);
  const parsed = Date.parse(text);
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** Both ends, in order; what cannot be read becomes the last fifteen minutes. */
export function resolveRange(raw: RawRange, now: number): TimeRange {
  const to = resolveTime(raw.to, now, true) ?? now;
  const from = resolveTime(raw.from, now) ?? to - 900_000;
  return from < to ? { from, to } : { from: to - 60_000, to };
}

/**
 * The range that a page opens with: `standard`, or from the start of the data up to now where that is shorter, so that
 * a young lab's few minutes fill the graphs. `start` is in milliseconds since the epoch.
 */
export function openingRange(standard: RawRange, start: number | undefined, now: number): RawRange {
  if (start === undefined || standard.to !== 'now') return standard;
  const { from } = resolveRange(standard, now);
  return from < start && start < now ? { from: String(start), to: 'now' } : standard;
}

/** A range twice as long around the same middle, in whole seconds; it does not reach into the future. */
export function zoomedOut({ from, to }: TimeRange, now: number): RawRange {
  const half = (to - from) / 2;
  const end = Math.max(to, Math.min(now, to + half));
  const whole = (ms: number) => String(Math.floor(ms / 1000) * 1000);
  return { from: whole(end - 4 * half), to: whole(end) };
}

/** A range half its length earlier or later, in whole seconds. */
export function shifted({ from, to }: TimeRange, direction: -1 | 1): RawRange {
  const by = (direction * (to - from)) / 2;
  const whole = (ms: number) => String(Math.floor(ms / 1000) * 1000);
  return { from: whole(from + by), to: whole(to + by) };
}

/** How an end is shown and may be changed: relative as it is, a moment as date and time without milliseconds. */
export function writtenEnd(text: string): string {
  const at = text.trim().startsWith('now') ? undefined : resolveTime(text, 0);
  return at === undefined ? text : dateTime(at);
}

/** How a range is called on its button; `start` is when the data begin. */
export function describeRange(raw: RawRange, start?: number): string {
  if (start !== undefined && raw.from === String(start) && raw.to === 'now') return 'Since the start';
  const quick = QUICK_RANGES.find(({ from, to }) => from === raw.from && to === raw.to);
  if (quick) return quick.label;
  const last = raw.to === 'now' ? /^now-(\d+)([smhdwMy])$/.exec(raw.from) : null;
  if (last) return `Last ${last[1]} ${UNIT_WORDS[last[2] ?? '']}${last[1] === '1' ? '' : 's'}`;
  return `${writtenEnd(raw.from)} to ${writtenEnd(raw.to)}`;
}

function roundTo(at: number, unit: string, up: boolean): number {
  const date = new Date(at);
  const parts: [string, () => void][] = [
    ['s', () => date.setMilliseconds(0)],
    ['m', () => date.setSeconds(0)],
    ['h', () => date.setMinutes(0)],
    ['d', () => date.setHours(0)],
    ['M', () => date.setDate(1)],
    ['y', () => date.setMonth(0)],
  ];
  const last = unit === 'w' ? 'd' : unit;
  for (const [name, cut] of parts) {
    cut();
    if (name === last) break;
  }
  if (unit === 'w') date.setDate(date.getDate() - ((date.getDay() + 6) % 7));
  if (!up) return date.getTime();
  const next: Record<string, () => void> = {
    s: () => date.setSeconds(date.getSeconds() + 1),
    m: () => date.setMinutes(date.getMinutes() + 1),
    h: () => date.setHours(date.getHours() + 1),
    d: () => date.setDate(date.getDate() + 1),
    w: () => date.setDate(date.getDate() + 7),
    M: () => date.setMonth(date.getMonth() + 1),
    y: () => date.setFullYear(date.getFullYear() + 1),
  };
  next[unit]?.();
  return date.getTime() - 1;
}
