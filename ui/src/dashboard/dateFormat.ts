/** `${__from:date}`, `${__to:date:YYYY-MM}`: a moment as a dashboard wants it written, in the reader's time zone. Pure. */

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** The parts of a pattern, by the letters that stand for them; longer ones first. */
const PARTS: Readonly<Record<string, (at: Date) => string>> = {
  YYYY: (at) => String(at.getFullYear()),
  YY: (at) => String(at.getFullYear()).slice(-2),
  MMMM: (at) => MONTHS[at.getMonth()] ?? '',
  MMM: (at) => (MONTHS[at.getMonth()] ?? '').slice(0, 3),
  MM: (at) => padded(at.getMonth() + 1, 2),
  M: (at) => String(at.getMonth() + 1),
  dddd: (at) => DAYS[at.getDay()] ?? '',
  ddd: (at) => (DAYS[at.getDay()] ?? '').slice(0, 3),
  DD: (at) => padded(at.getDate(), 2),
  D: (at) => String(at.getDate()),
  HH: (at) => padded(at.getHours(), 2),
  H: (at) => String(at.getHours()),
  hh: (at) => padded(at.getHours() % 12 || 12, 2),
  h: (at) => String(at.getHours() % 12 || 12),
  mm: (at) => padded(at.getMinutes(), 2),
  m: (at) => String(at.getMinutes()),
  ss: (at) => padded(at.getSeconds(), 2),
  s: (at) => String(at.getSeconds()),
  SSS: (at) => padded(at.getMilliseconds(), 3),
  A: (at) => (at.getHours() < 12 ? 'AM' : 'PM'),
  a: (at) => (at.getHours() < 12 ? 'am' : 'pm'),
  X: (at) => String(Math.floor(at.getTime() / 1000)),
  x: (at) => String(at.getTime()),
  ZZ: (at) => offset(at, ''),
  Z: (at) => offset(at, ':'),
};

/** What stands in brackets is text. */
const PATTERN = new RegExp(
  `\\[([^\\]]*)\\]|${Object.keys(PARTS)
    .sort((a, b) => b.length - a.length)
    .join('|')}`,
  'g',
);

/** A moment in milliseconds by a pattern; nothing or `iso` is ISO 8601 in UTC, `seconds` the Unix epoch. */
export function writtenDate(ms: number, pattern: string): string {
  const at = new Date(ms);
  if (Number.isNaN(at.getTime())) return '';
  if (pattern === '' || pattern === 'iso') return at.toISOString();
  if (pattern === 'seconds') return String(Math.floor(ms / 1000));
  return pattern.replace(PATTERN, (part, text?: string) => text ?? PARTS[part]?.(at) ?? part);
}

function offset(at: Date, separator: string): string {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${padded(Math.floor(size / 60), 2)}${separator}${padded(size % 60, 2)}`;
}

function padded(value: number, length: number): string {
  return String(value).padStart(length, '0');
}
