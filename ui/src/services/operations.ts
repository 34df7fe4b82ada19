/** Rate, errors and duration of every operation of every service, from the metrics of spans. Pure. */
import type { Frame, Labels } from '../lib/frame';
import { byLabels, measured, part, type Red, samples } from './graph';

export interface Operation extends Red {
  service: string;
  name: string;
  /** The kind of its spans in lower case, as TraceQL writes it. */
  kind: string;
}

/** The answers to the queries of {@link operationQueries}, under the same names. */
export type OperationAnswers = Readonly<Record<keyof ReturnType<typeof operationQueries>, readonly Frame[]>>;

const BY = 'service, span_name, span_kind';

/** What is asked about the last `seconds` before the end of the range. */
export function operationQueries(seconds: number) {
  const window = `[${Math.max(Math.round(seconds), 1)}s]`;
  const calls = 'traces_spanmetrics_calls_total';
  return {
    calls: `sum by (${BY}) (rate(${calls}${window}))`,
    failed: `sum by (${BY}) (rate(${calls}{status_code="STATUS_CODE_ERROR"}${window}))`,
    p95: `histogram_quantile(0.95, sum by (${BY}, le) (rate(traces_spanmetrics_latency_bucket${window})))`,
  };
}

/** The operations, the busiest first. */
export function operationsOf(answers: OperationAnswers): Operation[] {
  const key = ({ service, span_name: name, span_kind: kind }: Labels) =>
    JSON.stringify([service, name, kind]);
  const failed = byLabels(answers.failed, key);
  const p95 = byLabels(answers.p95, key);
  const operations = samples(answers.calls)
    .filter(({ value }) => value > 0)
    .map(
      ({ labels, value }): Operation => ({
        service: labels.service ?? '',
        name: labels.span_name ?? '',
        kind: (labels.span_kind ?? '').replace('SPAN_KIND_', '').toLowerCase(),
        rate: value,
        errors: part(failed.get(key(labels)), value),
        p95: measured(p95.get(key(labels))),
      }),
    );
  return operations.sort((a, b) => b.rate - a.rate || a.name.localeCompare(b.name));
}
