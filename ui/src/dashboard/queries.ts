/** Runs a panel's queries against the data sources that they name. */
import { queryRange as logRange } from '../api/loki';
import * as prometheus from '../api/prometheus';
import type { TraceSummary } from '../api/tempo';
import * as tempo from '../api/tempo';
import type { Exemplar, Frame, Labels, LogLine } from '../lib/frame';
import { labelsText } from '../lib/frame';
import type { TimeRange } from '../lib/timeRange';
import { bucketsOf } from './buckets';
import { interpolate, type Scope } from './interpolate';
import { dataSourceUid, type PanelJson, type TargetJson } from './model';
import { linesTable, seriesTable, tracesTable } from './tables';

/** A data source as a panel sees it. */
export interface Source {
  uid: string;
  type: string;
  isDefault: boolean;
}

/** Everything that a panel's queries gave. */
export interface PanelData {
  frames: Frame[];
  exemplars: Exemplar[];
  lines: LogLine[];
  traces: TraceSummary[];
  /** Why there might be nothing: the stores' warnings and infos. */
  hints: string[];
  /** What was asked. */
  sent: SentQuery[];
}

/** A query as it went to its data source, with all variables filled in. */
export interface SentQuery {
  refId: string;
  source: string;
  query: string;
  /** How long the answer took, in milliseconds. */
  took: number;
}

export interface QueryContext {
  range: TimeRange;
  step: number;
  scope: Scope;
  sources: readonly Source[];
}

const DEFAULT_LINES = 200;

/** Runs every target that is not hidden; one that fails fails the panel with its own message. */
export async function runPanel(
  panel: PanelJson,
  context: QueryContext,
  signal?: AbortSignal,
): Promise<PanelData> {
  const targets = (panel.targets ?? []).filter(({ hide }) => !hide);
  const results = await Promise.all(
    targets.map(async (target) => {
      const data = await runTarget(panel, target, context, signal);
      if (target.format !== 'table' || data.frames.length === 0) return data;
      const value = targets.length > 1 ? `Value #${target.refId ?? 'A'}` : 'Value';
      return { ...data, frames: [seriesTable(data.frames, value)] };
    }),
  );
  const lines = results.flatMap((one) => one.lines);
  const traces = results.flatMap((one) => one.traces);
  const asTables =
    panel.type === 'table'
      ? [
          ...(lines.length > 0 ? [linesTable(lines)] : []),
          ...(traces.length > 0 ? [tracesTable(traces)] : []),
        ]
      : [];
  return {
    frames: [...results.flatMap(({ frames }) => frames), ...asTables],
    exemplars: results.flatMap(({ exemplars }) => exemplars),
    lines,
    traces,
    hints: [...new Set(results.flatMap(({ hints }) => hints))],
    sent: results.flatMap(({ sent }) => sent),
  };
}

export const NOTHING: PanelData = { frames: [], exemplars: [], lines: [], traces: [], hints: [], sent: [] };

async function runTarget(
  panel: PanelJson,
  target: TargetJson,
  context: QueryContext,
  signal?: AbortSignal,
): Promise<PanelData> {
  const text = interpolate(target.expr ?? target.query ?? '', context.scope).trim();
  if (text === '') return NOTHING;
  const source = sourceOf(target.datasource ?? panel.datasource, context);
  const run = source && RUNNERS[source.type];
  if (!run) {
    const wanted = JSON.stringify(target.datasource ?? panel.datasource);
    return { ...NOTHING, hints: [`the lab has no data source for ${wanted}`] };
  }
  const begun = performance.now();
  const data = await run(target, text, source.uid, context, signal);
  const took = performance.now() - begun;
  return { ...data, sent: [{ refId: target.refId ?? 'A', source: source.type, query: text, took }] };
}

type Runner = (
  target: TargetJson,
  text: string,
  uid: string,
  context: QueryContext,
  signal?: AbortSignal,
) => Promise<PanelData>;

const RUNNERS: Readonly<Record<string, Runner>> = { prometheus: runMetrics, loki: runLogs, tempo: runTraces };

/** Finds a data source by uid, variable or type; without any reference the default one. */
export function sourceOf(
  reference: PanelJson['datasource'],
  context: Pick<QueryContext, 'scope' | 'sources'>,
): Source | undefined {
  const { sources } = context;
  const named = dataSourceUid(reference);
  const uid = named && interpolate(named, context.scope);
  const type = typeof reference === 'object' ? reference?.type : undefined;
  return (
    sources.find((source) => source.uid === uid) ??
    sources.find((source) => source.type === (type ?? uid)) ??
    (uid === undefined || uid === 'default' || named?.startsWith('$')
      ? sources.find(({ isDefault }) => isDefault)
      : undefined)
  );
}

async function runMetrics(
  target: TargetJson,
  expr: string,
  uid: string,
  { range, step }: QueryContext,
  signal?: AbortSignal,
): Promise<PanelData> {
  const legend = legendOf(target);
  const refId = target.refId ?? 'A';
  const aligned = { from: Math.floor(range.from / step) * step, to: range.to, step };
  const asked = target.instant
    ? prometheus.queryInstant(uid, expr, range.to, refId, legend, signal)
    : prometheus.queryRange(uid, expr, aligned, refId, legend, signal);
  // Exemplars are an addition: a store without them still gives its series.
  const exemplars = target.exemplar
    ? prometheus.queryExemplars(uid, expr, aligned, signal).catch(() => [])
    : [];
  const { frames, hints } = await asked;
  const shaped = target.format === 'heatmap' ? bucketsOf(frames) : frames;
  return { ...NOTHING, frames: shaped, hints, exemplars: await exemplars };
}

async function runLogs(
  target: TargetJson,
  query: string,
  uid: string,
  { range, step }: QueryContext,
  signal?: AbortSignal,
): Promise<PanelData> {
  const options = {
    limit: target.maxLines ?? DEFAULT_LINES,
    refId: target.refId ?? 'A',
    legend: legendOf(target),
  };
  const { lines, frames, hints } = await logRange(uid, query, { ...range, step }, options, signal);
  return { ...NOTHING, lines, frames, hints };
}

async function runTraces(
  target: TargetJson,
  query: string,
  uid: string,
  { range, step }: QueryContext,
  signal?: AbortSignal,
): Promise<PanelData> {
  const isMetric = /\|\s*(rate|count_over_time|\w+_over_time|compare)\s*\(/.test(query);
  if (isMetric)
    return {
      ...NOTHING,
      frames: await tempo.queryRange(uid, query, { ...range, step }, target.refId ?? 'A', signal),
    };
  const traces = await tempo.search(uid, { query, ...range, limit: target.limit ?? 20 }, signal);
  return { ...NOTHING, traces };
}

/** Grafana's legend format: `{{label}}`, or the labels where it says `__auto` or nothing. */
function legendOf({ legendFormat = '' }: TargetJson): (labels: Labels) => string {
  if (legendFormat === '' || legendFormat === '__auto') return labelsText;
  return (labels) =>
    legendFormat.replace(/\{\{\s*([\w.:]+)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
}
