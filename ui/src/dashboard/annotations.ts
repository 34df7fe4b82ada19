/**
 * Annotations: queries whose answers are events, marked in every graph. A sample of Prometheus that is not zero is
 * one, samples that follow each other without a gap are one that lasts; a line of Loki is one at its time. Grafana's
 * built-in annotation stands for the notes that people wrote through the API.
 */
import { type Note, notesOf } from '../api/annotations';
import * as loki from '../api/loki';
import * as prometheus from '../api/prometheus';
import { cssColor } from '../lib/color';
import type { AnnotationJson, DashboardJson } from '../lib/dashboardJson';
import { parseDuration } from '../lib/duration';
import type { Frame, Labels } from '../lib/frame';
import type { TimeRange } from '../lib/timeRange';
import { interpolate, type Scope } from './interpolate';
import { describeSource, type Source, sourceOf } from './sources';

/** An event; times in milliseconds, equal for one that does not last. */
export interface Mark {
  name: string;
  text: string;
  tags: string[];
  color: string;
  from: number;
  to: number;
  /** The only panel that shows it. */
  panelId?: number;
}

/** What an annotation query gave, or why it gave nothing. */
export interface Annotation {
  name: string;
  color: string;
  marks: Mark[];
  problem?: string;
}

/** Events that are kept of one query. */
const MOST = 200;
const STANDARD_STEP = 60_000;

/** What a dashboard without the built-in annotation has in its place. */
const BUILT_IN: AnnotationJson = { name: 'Annotations & Alerts', builtIn: 1, hide: true, iconColor: 'blue' };

/** The annotations that ask something, and the built-in one, which shows what people noted. */
export function annotationsOf({ annotations }: DashboardJson): AnnotationJson[] {
  const list = annotations?.list ?? [];
  const asking = list.filter(({ builtIn, type }) => builtIn === 1 || type !== 'dashboard');
  return asking.some(({ builtIn }) => builtIn === 1) ? asking : [BUILT_IN, ...asking];
}

/** The mark of a note. */
export function ofNote(note: Note, color: string): Mark {
  const { text, tags, time, timeEnd, panelId } = note;
  return { name: text, text: '', tags, color, from: time, to: timeEnd, ...(panelId > 0 && { panelId }) };
}

export async function runAnnotation(
  json: AnnotationJson,
  context: { dashboard: string; range: TimeRange; scope: Scope; sources: readonly Source[] },
  signal?: AbortSignal,
): Promise<Annotation> {
  const color = cssColor(json.iconColor ?? 'blue');
  const base = { name: json.name, color, marks: [] };
  if (json.builtIn === 1) {
    try {
      const notes = await notesOf(context.dashboard, context.range, signal);
      return { ...base, marks: notes.map((note) => ofNote(note, color)).slice(0, MOST) };
    } catch (error) {
      return failed(base, error, signal);
    }
  }
  const source = sourceOf(json.datasource, context);
  const expr = interpolate(json.expr ?? json.target?.expr ?? '', context.scope).trim();
  if (!source) return { ...base, problem: describeSource(json.datasource, context.scope) };
  if (expr === '') return { ...base, problem: 'it has no query' };
  try {
    const { range } = context;
    if (source.type === 'loki')
      return { ...base, marks: await ofLines(json, expr, source.uid, { range, color, signal }) };
    if (source.type === 'prometheus') {
      const least = parseDuration(interpolate(json.step ?? '', context.scope)) ?? STANDARD_STEP;
      const step = Math.max(least, (range.to - range.from) / 1000);
      const aligned = { from: Math.floor(range.from / step) * step, to: range.to, step };
      const name = () => json.name;
      const { frames } = await prometheus.queryRange(source.uid, expr, aligned, 'A', name, signal);
      return { ...base, marks: frames.flatMap((frame) => ofSeries(json, frame, step, color)).slice(0, MOST) };
    }
    return { ...base, problem: `a data source of type ${source.type} cannot give annotations` };
  } catch (error) {
    return failed(base, error, signal);
  }
}

/** What failed, unless nobody waits for it any more. */
function failed(base: Annotation, error: unknown, signal?: AbortSignal): Annotation {
  if (signal?.aborted) throw error;
  return { ...base, problem: error instanceof Error ? error.message : String(error) };
}

/** The events of one series. */
export function ofSeries(json: AnnotationJson, frame: Frame, step: number, color: string): Mark[] {
  const [time, value] = frame.fields;
  const labels = value?.labels ?? {};
  const about = {
    name: title(json, labels),
    text: fill(json.textFormat, labels),
    tags: tagsOf(labels),
    color,
  };
  const marks: Mark[] = [];
  let before: number | undefined;
  (value?.values ?? []).forEach((sample, at) => {
    const when = Number(time?.values[at]);
    if (typeof sample !== 'number' || Number.isNaN(sample) || sample === 0) return;
    const isTime = json.useValueForTime === true || json.useValueForTime === 'on';
    const last = marks.at(-1);
    if (isTime) {
      if (last?.from !== sample) marks.push({ ...about, from: sample, to: sample });
    } else if (last && before !== undefined && when - before <= step) last.to = when;
    else marks.push({ ...about, from: when, to: when });
    before = when;
  });
  return marks;
}

async function ofLines(
  json: AnnotationJson,
  expr: string,
  uid: string,
  { range, color, signal }: { range: TimeRange; color: string; signal: AbortSignal | undefined },
): Promise<Mark[]> {
  const options = { limit: MOST, refId: 'A' };
  const { lines } = await loki.queryRange(uid, expr, { ...range, step: 1000 }, options, signal);
  return lines.map(({ timestamp, line, labels }): Mark => {
    const at = Number(BigInt(timestamp) / 1_000_000n);
    const text = json.textFormat ? fill(json.textFormat, labels) : line;
    return { name: title(json, labels), text, tags: tagsOf(labels), color, from: at, to: at };
  });
}

function title({ name, titleFormat }: AnnotationJson, labels: Labels): string {
  return fill(titleFormat, labels) || name;
}

function fill(format: string | undefined, labels: Labels): string {
  return (format ?? '').replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? '');
}

function tagsOf({ __name__: _, ...labels }: Labels): string[] {
  return Object.values(labels).slice(0, 8);
}
