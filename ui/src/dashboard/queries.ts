/** Runs a panel's queries against the data sources that they name. */
import { queryRange as logRange } from '../api/loki';
import * as prometheus from '../api/prometheus';
import type { TraceSummary } from '../api/tempo';
import * as tempo from '../api/tempo';
import type { PanelJson, TargetJson } from '../lib/dashboardJson';
import { parseDuration } from '../lib/duration';
import type { Exemplar, Frame, Labels, LogLine } from '../lib/frame';
import { labelsText } from '../lib/frame';
import type { TimeRange } from '../lib/timeRange';
import { type Filter, withFilters } from './adhoc';
import { bucketsOf } from './buckets';
import { isExpression, neededBy, runExpressions } from './expressions/run';
import { interpolate, type Scope, used } from './interpolate';
import { keptOf } from './snapshot';
import { describeSource, type Source, sourceOf } from './sources';
import { linesTable, seriesTable, tracesTable } from './tables';

/** Everything that a panel's queries gave. */
export interface PanelData {
  frames: Frame[];
  exemplars: Exemplar[];
  lines: LogLine[];
  traces: TraceSummary[];
  /** Why there might be nothing, as far as the stores know. */
  hints: string[];
  /** What is missing or doubtful in what is there. */
  warnings: string[];
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
  /** Ad-hoc filters, by the data source that they are for. */
  filters?: Readonly<Record<string, readonly Filter[]>>;
}

const DEFAULT_LINES = 200;

/**
 * Runs every target that is not hidden, or that an expression needs; one that fails fails the panel with its own
 * message.
 */
export async function runPanel(
  panel: PanelJson,
  context: QueryContext,
  signal?: AbortSignal,
): Promise<PanelData> {
  const kept = keptOf(panel);
  if (kept) return { ...NOTHING, ...kept };
  const all = panel.targets ?? [];
  const shown = all.filter(({ hide }) => !hide);
  const expressions = shown.filter(isExpression);
  const needed = new Set(all.filter(isExpression).flatMap(neededBy));
  const asked = all.filter((one) => !isExpression(one) && (!one.hide || needed.has(one.refId ?? '')));
  const answers = await Promise.all(asked.map((target) => runTarget(panel, target, context, signal)));
  const shape = (target: TargetJson, data: PanelData): PanelData => {
    if (target.format !== 'table' || data.frames.length === 0) return data;
    const value = shown.length > 1 ? `Value #${target.refId ?? 'A'}` : 'Value';
    return { ...data, frames: [seriesTable(data.frames, value)] };
  };
  const results = asked.flatMap((target, at) => {
    const data = answers[at] ?? NOTHING;
    return target.hide ? [{ ...NOTHING, hints: data.hints, sent: data.sent }] : [shape(target, data)];
  });
  if (expressions.length > 0) {
    const byName = new Map(
      asked.map((target, at) => {
        const frames = answers[at]?.frames ?? [];
        return [target.refId ?? '', { frames, instant: target.instant ?? false }];
      }),
    );
    const made = runExpressions(all, byName, context.range);
    results.push(...expressions.map(({ refId = '' }) => ({ ...NOTHING, frames: made.get(refId) ?? [] })));
  }
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
    warnings: [...new Set(results.flatMap(({ warnings }) => warnings))],
    sent: results.flatMap(({ sent }) => sent),
  };
}

export const NOTHING: PanelData = {
  frames: [],
  exemplars: [],
  lines: [],
  traces: [],
  hints: [],
  warnings: [],
  sent: [],
};

async function runTarget(
  panel: PanelJson,
  target: TargetJson,
  context: QueryContext,
  signal?: AbortSignal,
): Promise<PanelData> {
  const missing = missingIn([target.expr ?? target.query, referenceOf(panel, target)], context.scope);
  if (missing.length > 0) return { ...NOTHING, hints: missing };
  const source = sourceOf(referenceOf(panel, target), context);
  const written = interpolate(target.expr ?? target.query ?? '', context.scope).trim();
  if (written === '' && source) return NOTHING;
  const text = source ? await withFilters(written, source.type, context.filters?.[source.uid]) : written;
  const run = source && RUNNERS[source.type];
  if (!run) return { ...NOTHING, hints: [describeSource(referenceOf(panel, target), context.scope)] };
  const begun = performance.now();
  const data = await run(target, text, source.uid, context, signal);
  const took = performance.now() - begun;
  return { ...data, sent: [{ refId: target.refId ?? 'A', source: source.type, query: text, took }] };
}

/** The variables that a query names and that have no value, each with the reason. */
function missingIn(written: readonly unknown[], scope: Scope): string[] {
  return [...used(JSON.stringify(written))].flatMap((name) => {
    const why = scope[name]?.missing;
    return why === undefined ? [] : [`The variable “${name}” has no value: ${why}`];
  });
}

/** The panel's data source stands for targets that name none; a mixed panel's targets all name their own. */
function referenceOf(panel: PanelJson, target: TargetJson): PanelJson['datasource'] {
  return target.datasource ?? panel.datasource;
}

type Runner = (
  target: TargetJson,
  text: string,
  uid: string,
  context: QueryContext,
  signal?: AbortSignal,
) => Promise<PanelData>;

const RUNNERS: Readonly<Record<string, Runner>> = { prometheus: runMetrics, loki: runLogs, tempo: runTraces };

async function runMetrics(
  target: TargetJson,
  expr: string,
  uid: string,
  { range, step: panelStep, scope }: QueryContext,
  signal?: AbortSignal,
): Promise<PanelData> {
  const legend = legendOf(target, scope);
  const step = targetStep(target, panelStep, scope);
  const refId = target.refId ?? 'A';
  const aligned = { from: Math.floor(range.from / step) * step, to: range.to, step };
  const asked = target.instant
    ? prometheus.queryInstant(uid, expr, range.to, refId, legend, signal)
    : prometheus.queryRange(uid, expr, aligned, refId, legend, signal);
  // Exemplars are an addition: a store without them still gives its series.
  const exemplars = target.exemplar
    ? prometheus.queryExemplars(uid, expr, aligned, signal).catch(() => [])
    : [];
  const { frames, hints, warnings } = await asked;
  const stepped = frames.map((frame) => ({ ...frame, step }));
  const shaped = target.format === 'heatmap' ? bucketsOf(stepped) : stepped;
  return { ...NOTHING, frames: shaped, hints, warnings, exemplars: await exemplars };
}

/** A target may ask for a wider step of its own; `intervalFactor` is how old dashboards did. */
function targetStep({ interval, intervalFactor = 1 }: TargetJson, step: number, scope: Scope): number {
  const least = parseDuration(interpolate(interval ?? '', scope).replace(/^>=?/, '')) ?? 0;
  return Math.max(step, least) * Math.max(1, Math.round(intervalFactor));
}

async function runLogs(
  target: TargetJson,
  query: string,
  uid: string,
  { range, step, scope }: QueryContext,
  signal?: AbortSignal,
): Promise<PanelData> {
  const options = {
    limit: target.maxLines ?? DEFAULT_LINES,
    refId: target.refId ?? 'A',
    legend: legendOf(target, scope),
  };
  const answer = await logRange(uid, query, { ...range, step }, options, signal);
  return { ...NOTHING, ...answer };
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
      ...(await tempo.queryRange(uid, query, { ...range, step }, target.refId ?? 'A', signal)),
    };
  const found = await tempo.search(uid, { query, ...range, limit: target.limit ?? 20 }, signal);
  return { ...NOTHING, ...found };
}

/** Grafana's legend format: `{{label}}`, or the labels where it says `__auto` or nothing. */
function legendOf({ legendFormat = '' }: TargetJson, scope: Scope): (labels: Labels) => string {
  if (legendFormat === '' || legendFormat === '__auto') return labelsText;
  const written = interpolate(legendFormat, scope, 'text');
  return (labels) => written.replace(/\{\{\s*([\w.:]+)\s*\}\}/g, (_, name: string) => labels[name] ?? '');
}
