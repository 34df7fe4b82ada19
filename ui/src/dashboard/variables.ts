/** Template variables: their choices, asked of the data sources where they are queries, and what is chosen. */
import * as loki from '../api/loki';
import * as prometheus from '../api/prometheus';
import type { DashboardJson, VariableJson } from '../lib/dashboardJson';
import { formatDuration, niceStep, parseDuration } from '../lib/duration';
import { labelsText } from '../lib/frame';
import type { TimeRange } from '../lib/timeRange';
import { type Filter, filtersOf } from './adhoc';
import { regex } from './fieldConfig';
import { interpolate, type Scope, used, type VariableValue } from './interpolate';
import { type Source, sourceOf } from './sources';
import { parseVariableQuery, type VariableQuery } from './variableQuery';

export interface Choice {
  text: string;
  value: string;
}

/** A variable with its choices known. */
export interface Variable {
  name: string;
  label: string;
  kind: 'choice' | 'text' | 'constant' | 'adhoc';
  hidden: boolean;
  /** Its control is shown without its name. */
  unnamed: boolean;
  multi: boolean;
  includeAll: boolean;
  choices: Choice[];
  value: VariableValue;
  /** Of an ad-hoc variable: its filters and the data source that they are for. */
  filters?: { source: Source; list: Filter[] };
  /** Why there are no choices. */
  error?: string;
}

/** What the address says: the chosen values by variable. */
export type Chosen = Readonly<Record<string, readonly string[]>>;

/** How "all" is written in the address and in dashboards. */
export const ALL = '$__all';

/** Resolves all variables, those that others need first. A variable that fails says why and has no choices. */
export async function resolveVariables(
  dashboard: DashboardJson,
  chosen: Chosen,
  sources: readonly Source[],
  range: TimeRange,
  signal?: AbortSignal,
): Promise<Variable[]> {
  const list = dashboard.templating?.list ?? [];
  const scope: Record<string, VariableValue> = {};
  const done = new Map<string, Variable>();
  for (const json of inOrder(list)) {
    const variable = await resolve(json, chosen[json.name], { scope, sources, range, signal });
    scope[json.name] = variable.value;
    done.set(json.name, variable);
  }
  return list.flatMap(({ name }) => done.get(name) ?? []);
}

/** The variables' values as queries use them. */
export function scopeOf(variables: readonly Variable[]): Scope {
  const plain = variables.filter(({ kind }) => kind !== 'adhoc');
  return Object.fromEntries(plain.map(({ name, value }) => [name, value]));
}

/** The ad-hoc filters by the uid of their data source. */
export function filtersBySource(variables: readonly Variable[]): Record<string, Filter[]> {
  const all: Record<string, Filter[]> = {};
  for (const { filters } of variables)
    if (filters) all[filters.source.uid] = [...(all[filters.source.uid] ?? []), ...filters.list];
  return all;
}

interface Context {
  scope: Scope;
  sources: readonly Source[];
  range: TimeRange;
  signal: AbortSignal | undefined;
}

async function resolve(
  json: VariableJson,
  chosen: readonly string[] | undefined,
  context: Context,
): Promise<Variable> {
  const kind = KINDS[json.type] ?? 'choice';
  const variable = {
    name: json.name,
    label: json.label || json.name,
    kind,
    hidden: json.hide === 2 || kind === 'constant',
    unnamed: json.hide === 1,
    multi: json.multi ?? false,
    includeAll: json.includeAll ?? false,
  } as const;
  if (kind === 'adhoc') {
    const source = sourceOf(json.datasource, context);
    const filters = source && { filters: { source, list: filtersOf(json, chosen) } };
    return { ...variable, choices: [], value: { values: [] }, ...filters };
  }
  if (kind === 'text' || kind === 'constant') {
    const values = chosen ?? listOf(json.current?.value ?? json.query);
    return { ...variable, choices: [], value: { values: [values[0] ?? ''] } };
  }
  try {
    const choices = await choicesOf(json, context);
    const value = choose(json, choices, chosen);
    if (isAuto(json, value)) return { ...variable, choices, value: automatic(json, context.range) };
    return { ...variable, choices, value: withReason(value, 'its query found no values') };
  } catch (error) {
    if (context.signal?.aborted) throw error;
    const why = error instanceof Error ? error.message : String(error);
    return { ...variable, choices: [], value: withReason(choose(json, [], chosen), why), error: why };
  }
}

/** A value that is none says why, so that the panels that need it can say it, too. */
function withReason(value: VariableValue, why: string): VariableValue {
  return value.values.length > 0 || value.allValue ? value : { ...value, missing: why };
}

const KINDS: Readonly<Record<string, Variable['kind']>> = {
  textbox: 'text',
  constant: 'constant',
  adhoc: 'adhoc',
};

/** How an interval that follows the time range is stored: `$__auto_interval_<name>`, or `$__auto`. */
const AUTO = '$__auto';

function isAuto({ type }: VariableJson, { values: [value] }: VariableValue): boolean {
  return type === 'interval' && (value?.startsWith(AUTO) ?? false);
}

/** The range in so many parts, but none shorter than the least one. */
function automatic({ auto_count, auto_min }: VariableJson, { from, to }: TimeRange): VariableValue {
  const exact = niceStep((to - from) / (auto_count || 30));
  return { values: [formatDuration(Math.max(exact, parseDuration(auto_min ?? '') ?? 10_000))], as: AUTO };
}

async function choicesOf(json: VariableJson, context: Context): Promise<Choice[]> {
  switch (json.type) {
    case 'query':
      return filtered(await ask(json, context), json.regex, json.sort);
    case 'datasource': {
      const ofType = context.sources.filter(({ type }) => type === json.query);
      if (ofType.length === 0) throw new Error(`the lab has no data source of type ${String(json.query)}`);
      return ofType.map(({ uid, name }) => ({ text: name, value: uid }));
    }
    case 'custom':
    case 'interval': {
      const written = typeof json.query === 'string' ? json.query : '';
      const choices = splitCustom(interpolate(written, context.scope)).filter(
        ({ value }) => value !== 'auto',
      );
      return json.auto ? [{ text: 'auto', value: AUTO }, ...choices] : choices;
    }
    default:
      return (json.options ?? []).filter(({ value }) => value !== ALL);
  }
}

async function ask(json: VariableJson, { scope, sources, range, signal }: Context): Promise<string[]> {
  const query = parseVariableQuery(
    deepInterpolate(json.query ?? json.definition, { ...scope, ...rangeVariables(range) }),
  );
  const source = sourceOf(json.datasource, { scope, sources });
  if (source?.type === 'loki') return askLoki(query, source.uid, signal);
  if (source?.type === 'prometheus') return askPrometheus(query, source.uid, range, signal);
  throw new Error(`no data source for ${JSON.stringify(json.datasource)}`);
}

async function askPrometheus(
  query: VariableQuery,
  uid: string,
  range: TimeRange,
  signal?: AbortSignal,
): Promise<string[]> {
  switch (query.kind) {
    case 'names':
      return prometheus.labelNames(uid, query.selector ? [query.selector] : [], signal);
    case 'values':
      return prometheus.labelValues(uid, query.label, query.selector ? [query.selector] : [], signal);
    case 'metrics': {
      const names = await prometheus.labelValues(uid, '__name__', [], signal);
      return names.filter((name) => regex(query.pattern)?.test(name));
    }
    case 'result': {
      const { frames } = await prometheus.queryInstant(uid, query.expr, range.to, 'A', labelsText, signal);
      return frames.map(({ name, fields }) => `${name} ${fields[1]?.values[0]} ${fields[0]?.values[0]}`);
    }
  }
}

async function askLoki(query: VariableQuery, uid: string, signal?: AbortSignal): Promise<string[]> {
  if (query.kind === 'names') return loki.labelNames(uid, signal);
  if (query.kind === 'values') return loki.labelValues(uid, query.label, query.selector, signal);
  throw new Error('a variable of Loki can ask for label_names() or label_values(…) only');
}

/**
 * A regex filters the choices; groups named `text` and `value`, or the first group, take a part of each. They are
 * then ordered as the variable says ({@link VariableJson.sort}).
 */
export function filtered(values: readonly string[], pattern: string | undefined, sort = 1): Choice[] {
  const expression = pattern ? regex(pattern) : undefined;
  const choices = values.flatMap((value): Choice[] => {
    if (!expression) return [{ text: value, value }];
    const match = expression.exec(value);
    if (!match) return [];
    const taken = match.groups?.value ?? match.groups?.text ?? match[1] ?? value;
    return [{ text: match.groups?.text ?? taken, value: taken }];
  });
  const distinct = [...new Map(choices.map((choice) => [choice.value, choice])).values()];
  const numeric = sort === 3 || sort === 4 || sort > 6;
  if (sort > 0) distinct.sort((a, b) => a.text.localeCompare(b.text, undefined, { numeric }));
  return sort > 0 && sort % 2 === 0 ? distinct.reverse() : distinct;
}

/** `a, b, Name : value`; a comma behind a backslash belongs to the value. */
export function splitCustom(text: string): Choice[] {
  return text
    .split(/(?<!\\),/)
    .map((part) => part.trim().replaceAll('\\,', ','))
    .filter((part) => part !== '')
    .map((part) => {
      const pair = /^(.+?)\s+:\s+(.+)$/.exec(part);
      return { text: pair?.[1] ?? part, value: pair?.[2] ?? part };
    });
}

/** The address wins, then what the dashboard stored if it still exists, then all, then the first choice. */
export function choose(
  json: Pick<VariableJson, 'current' | 'includeAll' | 'allValue' | 'multi'>,
  choices: readonly Choice[],
  chosen: readonly string[] | undefined,
): VariableValue {
  const everything = {
    values: choices.map(({ value }) => value),
    all: true,
    multi: true,
    allValue: json.allValue || undefined,
  };
  const isAll = (values: readonly string[]) => values.some((value) => value === ALL || value === 'All');
  if (chosen && json.includeAll && isAll(chosen)) return everything;
  const some = (values: readonly string[]): VariableValue =>
    json.multi ? { values, multi: true } : { values: values.slice(0, 1) };
  if (chosen && chosen.length > 0) return some(chosen);
  const stored = listOf(json.current?.value);
  if (json.includeAll && isAll(stored)) return everything;
  const existing = stored.filter((value) => choices.some((choice) => choice.value === value));
  if (existing.length > 0) return some(existing);
  if (choices[0]) return some([choices[0].value]);
  return json.includeAll ? everything : { values: stored };
}

/** A variable comes after those that its query names. */
function inOrder(list: readonly VariableJson[]): VariableJson[] {
  const byName = new Map(list.map((one) => [one.name, one]));
  const ordered = new Set<VariableJson>();
  const visit = (one: VariableJson, path: readonly VariableJson[]) => {
    if (ordered.has(one) || path.includes(one)) return;
    for (const name of used(JSON.stringify([one.query, one.definition, one.datasource]))) {
      const needed = byName.get(name);
      if (needed) visit(needed, [...path, one]);
    }
    ordered.add(one);
  };
  for (const one of list) visit(one, []);
  return [...ordered];
}

function deepInterpolate(query: unknown, scope: Scope): unknown {
  if (typeof query === 'string') return interpolate(query, scope);
  if (typeof query !== 'object' || query === null) return query;
  return Object.fromEntries(
    Object.entries(query).map(([key, value]) => [
      key,
      typeof value === 'string' ? interpolate(value, scope) : value,
    ]),
  );
}

function rangeVariables({ from, to }: TimeRange): Scope {
  return { __range: { values: [`${Math.round((to - from) / 1000)}s`] } };
}

function listOf(value: unknown): string[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}
