/** Grafana's unit ids and how a value in them is written for people. */
import { dateTime } from './clock';

/** A value ready to be shown: number and unit apart, so that a panel may write the unit smaller. */
interface Formatted {
  text: string;
  suffix: string;
}

type Formatter = (value: number, decimals?: number) => Formatted;

const scaled =
  (base: number, suffixes: readonly string[], unit = ''): Formatter =>
  (value, decimals) => {
    let at = 0;
    let rest = value;
    while (Math.abs(rest) >= base && at < suffixes.length - 1) {
      rest /= base;
      at += 1;
    }
    return { text: fixed(rest, decimals), suffix: join(suffixes[at] ?? '', unit) };
  };

const plain =
  (suffix: string): Formatter =>
  (value, decimals) => ({ text: fixed(value, decimals), suffix });

const SI = ['', 'K', 'Mil', 'Bil', 'Tri'];
const METRIC = ['', 'k', 'M', 'G', 'T', 'P'];
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'];

/** Seconds per unit, from small to large. */
const TIME: readonly [number, string][] = [
  [1e-9, 'ns'],
  [1e-6, 'µs'],
  [1e-3, 'ms'],
  [1, 's'],
  [60, 'mins'],
  [3600, 'hours'],
  [86_400, 'days'],
  [604_800, 'weeks'],
  [31_536_000, 'years'],
];

const time =
  (secondsPerUnit: number): Formatter =>
  (value, decimals) => {
    const seconds = value * secondsPerUnit;
    let unit = TIME[0];
    for (const candidate of TIME) if (Math.abs(seconds) >= candidate[0]) unit = candidate;
    if (value === 0 || !unit) unit = TIME.find(([length]) => length === secondsPerUnit) ?? [1, 's'];
    return { text: fixed(seconds / unit[0], decimals), suffix: ` ${unit[1]}` };
  };

const date =
  (write: (at: Date) => string): Formatter =>
  (value) => ({ text: write(new Date(value)), suffix: '' });

const FORMATTERS: Readonly<Record<string, Formatter>> = {
  none: plain(''),
  string: plain(''),
  short: scaled(1000, SI),
  sishort: scaled(1000, METRIC),
  percent: plain('%'),
  percentunit: (value, decimals) => ({ text: fixed(value * 100, decimals), suffix: '%' }),
  bool: (value) => ({ text: value ? 'True' : 'False', suffix: '' }),
  bool_yes_no: (value) => ({ text: value ? 'Yes' : 'No', suffix: '' }),
  bool_on_off: (value) => ({ text: value ? 'On' : 'Off', suffix: '' }),
  ns: time(1e-9),
  µs: time(1e-6),
  ms: time(1e-3),
  s: time(1),
  m: time(60),
  h: time(3600),
  d: time(86_400),
  dtdurations: time(1),
  dtdurationms: time(1e-3),
  clocks: time(1),
  clockms: time(1e-3),
  bytes: scaled(1024, BINARY, 'B'),
  kbytes: (value, decimals) => scaled(1024, BINARY, 'B')(value * 1024, decimals),
  mbytes: (value, decimals) => scaled(1024, BINARY, 'B')(value * 1024 ** 2, decimals),
  decbytes: scaled(1000, METRIC, 'B'),
  bits: scaled(1024, BINARY, 'b'),
  decbits: scaled(1000, METRIC, 'b'),
  Bps: scaled(1000, METRIC, 'B/s'),
  binBps: scaled(1024, BINARY, 'B/s'),
  bps: scaled(1000, METRIC, 'b/s'),
  binbps: scaled(1024, BINARY, 'b/s'),
  hertz: scaled(1000, METRIC, 'Hz'),
  ops: scaled(1000, METRIC, 'ops/s'),
  reqps: scaled(1000, METRIC, 'req/s'),
  rps: scaled(1000, METRIC, 'rd/s'),
  wps: scaled(1000, METRIC, 'wr/s'),
  iops: scaled(1000, METRIC, 'io/s'),
  cps: scaled(1000, METRIC, 'c/s'),
  eps: scaled(1000, METRIC, 'evt/s'),
  mps: scaled(1000, METRIC, 'msg/s'),
  recps: scaled(1000, METRIC, 'rec/s'),
  pps: scaled(1000, METRIC, 'p/s'),
  opm: scaled(1000, METRIC, 'ops/min'),
  reqpm: scaled(1000, METRIC, 'req/min'),
  celsius: plain('°C'),
  volt: scaled(1000, METRIC, 'V'),
  watt: scaled(1000, METRIC, 'W'),
  rotrpm: plain(' rpm'),
  dateTimeAsIso: date((at) => at.toISOString().replace('T', ' ').slice(0, 19)),
  dateTimeAsLocal: date((at) => dateTime(at.getTime())),
  dateTimeFromNow: date((at) => `${formatValue((Date.now() - at.getTime()) / 1000, 's', 0)} ago`),
};

/** Formats a value in a Grafana unit; an unknown unit id is shown behind the number as it is. */
function format(value: number | null | undefined, unit = 'none', decimals?: number): Formatted {
  if (value === null || value === undefined) return { text: '–', suffix: '' };
  if (Number.isNaN(value)) return { text: 'NaN', suffix: '' };
  if (!Number.isFinite(value)) return { text: value > 0 ? '+Inf' : '-Inf', suffix: '' };
  const known = FORMATTERS[unit];
  if (known) return known(value, decimals);
  const [kind, custom] = [unit.slice(0, unit.indexOf(':')), unit.slice(unit.indexOf(':') + 1)];
  if (kind === 'suffix') return { text: fixed(value, decimals), suffix: custom };
  if (kind === 'prefix') return { text: `${custom}${fixed(value, decimals)}`, suffix: '' };
  return { text: fixed(value, decimals), suffix: unit ? ` ${unit}` : '' };
}

/** As {@link format}, in one string. */
export function formatValue(value: number | null | undefined, unit?: string, decimals?: number): string {
  const { text, suffix } = format(value, unit, decimals);
  return `${text}${suffix}`;
}

/** Fixed decimals where told, else as many as three significant digits need. */
function fixed(value: number, decimals?: number): string {
  if (decimals !== undefined && decimals >= 0) return value.toFixed(Math.min(decimals, 20));
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const digits = Math.min(Math.max(2 - magnitude, 0), 12);
  return String(Number(value.toFixed(digits)));
}

function join(prefix: string, unit: string): string {
  const suffix = prefix + unit;
  return suffix && unit ? ` ${suffix}` : suffix ? ` ${suffix}` : '';
}
