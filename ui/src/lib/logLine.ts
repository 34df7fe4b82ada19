/** What a log line says: its level, its message, its fields. */
import { clock } from './clock';
import type { LogLine } from './frame';

export type Level = 'error' | 'warning' | 'info' | 'debug' | 'unknown';

const LEVELS: readonly [RegExp, Level][] = [
  [/^(fatal|crit|emerg|alert|err|error)/i, 'error'],
  [/^warn/i, 'warning'],
  [/^(info|notice)/i, 'info'],
  [/^(debug|trace)/i, 'debug'],
];

/** Where a level may stand, the surest first: Loki's own finding, ours, and those of OTLP's log records. */
export const LEVEL_NAMES = ['detected_level', 'level', 'severity_text'] as const;

/** The level, from the labels or the metadata. */
export function levelOf({ labels, metadata }: LogLine): Level {
  const named = LEVEL_NAMES.map((name) => metadata[name] || labels[name]).find(Boolean);
  const level = LEVELS.find(([pattern]) => pattern.test(named ?? ''))?.[1];
  return level ?? ofSeverity(Number(metadata.severity_number ?? labels.severity_number ?? 0));
}

/** The level of OTLP's severity number, which has four steps for each level, from trace to fatal. */
function ofSeverity(severity: number): Level {
  if (!(severity >= 1 && severity <= 24)) return 'unknown';
  if (severity >= 17) return 'error';
  if (severity >= 13) return 'warning';
  return severity >= 9 ? 'info' : 'debug';
}

/** Where a trace id may stand, as OpenTelemetry, its instrumentations and other libraries write it. */
const TRACE_NAMES = ['trace_id', 'traceid', 'traceId', 'traceID', 'TraceId', 'trace.id', 'otelTraceID'];
const TRACE_TEXT = /\b(?:trace[_.]?id|otelTraceID)["']?\s*[=:]\s*["']?([0-9a-f]{32}|[0-9a-f]{16})\b/i;
/** `00-<trace id>-<span id>-<flags>` of W3C's header. */
const PARENT = /\b00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}\b/i;

/** The trace that a line belongs to, if it says so. */
export function traceIdOf(line: LogLine): string | undefined {
  const fields = fieldsOf(line.line) ?? {};
  for (const name of TRACE_NAMES) {
    const id = line.metadata[name] ?? line.labels[name] ?? fields[name];
    if (typeof id === 'string' && /^[0-9a-f]{16,32}$/i.test(id)) return id;
  }
  return (TRACE_TEXT.exec(line.line) ?? PARENT.exec(line.line))?.[1];
}

/** The fields of a JSON line; `undefined` for any other line. */
export function fieldsOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

const FRAME = new Set(['timestamp', 'level', 'message', 'service', 'logger', 'trace_id', 'span_id']);

/** A line for people: the message of a JSON line, and its own fields behind it. */
export function summaryOf(text: string): { message: string; rest: string } {
  const fields = fieldsOf(text);
  const message = fields?.message;
  if (!fields || typeof message !== 'string') return { message: text, rest: '' };
  const own = Object.entries(fields).filter(([name]) => !FRAME.has(name));
  return { message, rest: own.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(' ') };
}

/** `12:34:56.789` of a nanosecond text. */
export function clockOf(timestamp: string): string {
  const ms = Number(BigInt(timestamp) / 1_000_000n);
  return `${clock(ms)}.${String(((ms % 1000) + 1000) % 1000).padStart(3, '0')}`;
}
