/** The search form for traces, and the TraceQL that it writes. Pure. */
import { parseDuration } from '../lib/duration';
import { quoted } from './links';

export interface TraceSearch {
  service: string;
  name: string;
  /** `100ms`, `1.5s`; empty for none. */
  min: string;
  max: string;
  status: '' | 'ok' | 'error' | 'unset';
  /** `key=value` pairs, apart by blanks; values with blanks in quotes. */
  tags: string;
}

export const NO_SEARCH: TraceSearch = { service: '', name: '', min: '', max: '', status: '', tags: '' };

/** The query of a form: all conditions on one span. */
export function traceQlOf(search: TraceSearch): string {
  const conditions = [
    search.service && `resource.service.name = ${quoted(search.service)}`,
    search.name && `name = ${quoted(search.name)}`,
    search.min && `duration >= ${search.min}`,
    search.max && `duration <= ${search.max}`,
    search.status && `status = ${search.status}`,
    ...(tagsOf(search.tags) ?? []).map(([key, value]) => `${scoped(key)} = ${literal(value)}`),
  ];
  return `{ ${conditions.filter(Boolean).join(' && ')} }`.replace('{  }', '{ }');
}

/** The functions that make numbers of spans. */
const METRICS_FUNCTION =
  /\|\s*(rate|count_over_time|min_over_time|max_over_time|avg_over_time|sum_over_time|quantile_over_time|histogram_over_time|compare)\s*\(/;

/** Whether a TraceQL query answers numbers over time instead of traces; what stands in strings does not count. */
export function asksForNumbers(query: string): boolean {
  return METRICS_FUNCTION.test(query.replace(/"(?:[^"\\]|\\.)*"|`[^`]*`/g, '""'));
}

/** What cannot be read in a form, by field. */
export function mistakesOf({ min, max, tags }: TraceSearch): Partial<Record<keyof TraceSearch, string>> {
  const duration = (text: string) =>
    text !== '' && parseDuration(text) === undefined ? { text: 'Write a duration: 100ms, 1.5s' } : undefined;
  const [low, high] = [duration(min), duration(max)];
  return {
    ...(low && { min: low.text }),
    ...(high && { max: high.text }),
    ...(tagsOf(tags) === undefined && { tags: 'Write key=value, separated by spaces' }),
  };
}

/** `undefined` if something is no `key=value`. */
function tagsOf(text: string): [string, string][] | undefined {
  const pairs: [string, string][] = [];
  const pair = /\s*([\w.:-]+)=("(?:[^"\\]|\\.)*"|\S+)/y;
  let end = 0;
  for (let match = pair.exec(text); match; match = pair.exec(text)) {
    pairs.push([match[1] ?? '', match[2] ?? '']);
    end = pair.lastIndex;
  }
  return text.slice(end).trim() === '' ? pairs : undefined;
}

function scoped(key: string): string {
  return /^(span|resource|event|link|instrumentation)\.|^\.|:/.test(key) ? key : `.${key}`;
}

function literal(value: string): string {
  return /^(".*"|-?\d+(\.\d+)?|true|false)$/.test(value) ? value : quoted(value);
}
