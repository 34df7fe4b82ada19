/** Prometheus' HTTP API: what the page asks of it, turned into frames at the door. */
import type { Exemplar, Frame, Labels } from '../lib/frame';
import { labelsText, seriesFrame } from '../lib/frame';
import { bucketFrames, type HistogramJson, type HistogramPoint } from '../lib/nativeHistogram';
import { parseFloatText } from '../lib/number';
import { dataSourcePath, getJson, type Params, postForm } from './client';

interface Envelope<T> {
  status: 'success' | 'error';
  data: T;
  warnings?: string[];
  infos?: string[];
}

type Value = [number, string];

interface VectorItem {
  metric: Labels;
  /** Missing where the sample is a native histogram. */
  value?: Value;
  histogram?: HistogramPoint;
}

interface MatrixItem {
  metric: Labels;
  values?: Value[];
  histograms?: HistogramPoint[];
}

type QueryData =
  | { resultType: 'matrix'; result: MatrixItem[] }
  | { resultType: 'vector'; result: VectorItem[] }
  | { resultType: 'scalar' | 'string'; result: Value };

/** Frames, and what the store has to say about them. */
export interface MetricResult {
  frames: Frame[];
  /** Why there might be nothing. */
  hints: string[];
  /** What is missing or doubtful in what is there. */
  warnings: string[];
}

/** How a series is named: from its labels. */
export type Legend = (labels: Labels) => string;

/** A range in milliseconds and the distance of its points. */
export interface QueryRange {
  from: number;
  to: number;
  step: number;
}

export async function queryRange(
  uid: string,
  expr: string,
  range: QueryRange,
  refId: string,
  legend: Legend,
  signal?: AbortSignal,
): Promise<MetricResult> {
  const params = { query: expr, start: range.from / 1000, end: range.to / 1000, step: range.step / 1000 };
  const answer = await ask<QueryData>(uid, '/api/v1/query_range', params, signal);
  return { frames: toFrames(answer.data, refId, legend), ...notesOf(answer) };
}

export async function queryInstant(
  uid: string,
  expr: string,
  at: number,
  refId: string,
  legend: Legend,
  signal?: AbortSignal,
): Promise<MetricResult> {
  const answer = await ask<QueryData>(uid, '/api/v1/query', { query: expr, time: at / 1000 }, signal);
  return { frames: toFrames(answer.data, refId, legend), ...notesOf(answer) };
}

/** A native histogram with the labels of its series. */
export interface LabeledHistogram {
  labels: Labels;
  histogram: HistogramJson;
}

/** The native histograms that an expression has at an instant. */
export async function queryHistograms(
  uid: string,
  expr: string,
  at: number,
  signal?: AbortSignal,
): Promise<LabeledHistogram[]> {
  const { data } = await ask<QueryData>(uid, '/api/v1/query', { query: expr, time: at / 1000 }, signal);
  if (data.resultType !== 'vector') return [];
  return data.result.flatMap(({ metric, histogram }) =>
    histogram ? [{ labels: metric, histogram: histogram[1] }] : [],
  );
}

interface ExemplarItem {
  seriesLabels: Labels;
  exemplars: { labels: Labels; value: string; timestamp: number }[];
}

export async function queryExemplars(
  uid: string,
  expr: string,
  range: QueryRange,
  signal?: AbortSignal,
): Promise<Exemplar[]> {
  const params = { query: expr, start: range.from / 1000, end: range.to / 1000 };
  const answer = await ask<ExemplarItem[]>(uid, '/api/v1/query_exemplars', params, signal);
  return answer.data.flatMap(({ seriesLabels, exemplars }) =>
    exemplars.map(({ labels, value, timestamp }) => ({
      time: timestamp * 1000,
      value: Number(value),
      traceId: labels.trace_id ?? labels.traceID ?? '',
      series: seriesLabels,
      labels,
    })),
  );
}

export async function labelNames(
  uid: string,
  match: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  return (await get<string[]>(uid, '/api/v1/labels', { 'match[]': match }, signal)).data;
}

export async function labelValues(
  uid: string,
  label: string,
  match: readonly string[],
  signal?: AbortSignal,
): Promise<string[]> {
  const path = `/api/v1/label/${encodeURIComponent(label)}/values`;
  return (await get<string[]>(uid, path, { 'match[]': match }, signal)).data;
}

function toFrames(data: QueryData, refId: string, legend: Legend): Frame[] {
  switch (data.resultType) {
    case 'matrix':
      return data.result.flatMap(({ metric, values = [], histograms = [] }) => [
        ...(values.length > 0 ? [toFrame(refId, legend, metric, values)] : []),
        ...bucketFrames(refId, metric, histograms),
      ]);
    case 'vector':
      return data.result.flatMap(({ metric, value, histogram }) => [
        ...(value ? [toFrame(refId, legend, metric, [value])] : []),
        ...bucketFrames(refId, metric, histogram ? [histogram] : []),
      ]);
    case 'scalar':
      return [toFrame(refId, legend, {}, [data.result])];
    case 'string':
      return [
        { refId, name: 'value', fields: [{ name: 'value', type: 'string', values: [data.result[1]] }] },
      ];
  }
}

function toFrame(refId: string, legend: Legend, metric: Labels, values: Value[]): Frame {
  const times = values.map(([seconds]) => seconds * 1000);
  return seriesFrame(
    refId,
    legend(metric) || labelsText(metric),
    metric,
    times,
    values.map(([, text]) => parseFloatText(text)),
  );
}

function notesOf({ infos = [], warnings = [] }: Envelope<unknown>): Pick<MetricResult, 'hints' | 'warnings'> {
  return { hints: infos, warnings };
}

function ask<T>(uid: string, path: string, params: Params, signal?: AbortSignal): Promise<Envelope<T>> {
  return postForm(dataSourcePath(uid, path), params, signal);
}

function get<T>(uid: string, path: string, params: Params, signal?: AbortSignal): Promise<Envelope<T>> {
  return getJson(dataSourcePath(uid, path), params, signal);
}
