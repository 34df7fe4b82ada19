/** Transformations that work within one table: types, groups, filters by value. */
import type { Field, Frame } from '../lib/frame';
import { rowCount } from '../lib/frame';
import { reduce } from '../lib/reduce';

type Options = Readonly<Record<string, unknown>>;
type Value = number | string | null;

/** `convertFieldType`: columns become times, numbers or text; what cannot be converted becomes null. */
export function convertTypes(frame: Frame, options: Options): Frame {
  const conversions = (options.conversions ?? []) as { targetField?: string; destinationType?: string }[];
  const fields = frame.fields.map((field): Field => {
    const to = conversions.find(({ targetField }) => targetField === field.name)?.destinationType;
    if (to !== 'number' && to !== 'string' && to !== 'time') return field;
    return { ...field, type: to, values: field.values.map((value) => CONVERT[to](value)) };
  });
  return { ...frame, fields };
}

const finite = (value: number): number | null => (Number.isNaN(value) ? null : value);

const CONVERT: Readonly<Record<Field['type'], (value: Value) => Value>> = {
  number: (value) => (value === null || value === '' ? null : finite(Number(value))),
  string: (value) => (value === null ? null : String(value)),
  time: (value) => (typeof value === 'string' ? finite(Date.parse(value)) : value),
};

/** `groupBy`: one row for each distinct combination, the other columns reduced as they say. */
export function groupRows(frame: Frame, options: Options): Frame {
  const rules = (options.fields ?? {}) as Record<string, { operation?: string; aggregations?: string[] }>;
  const keys = frame.fields.filter(({ name }) => rules[name]?.operation === 'groupby');
  if (keys.length === 0) return frame;
  const groups = new Map<string, number[]>();
  for (const at of rowsOf(rowCount(frame))) {
    const key = JSON.stringify(keys.map(({ values }) => values[at] ?? null));
    groups.set(key, [...(groups.get(key) ?? []), at]);
  }
  const rows = [...groups.values()];
  const grouped = keys.map((field) => ({
    ...field,
    values: rows.map(([first = 0]) => field.values[first] ?? null),
  }));
  const reduced = frame.fields.flatMap((field) =>
    (rules[field.name]?.operation === 'aggregate' ? (rules[field.name]?.aggregations ?? []) : []).map(
      (calc): Field => ({
        name: `${field.name} (${calc})`,
        type: field.type === 'time' ? 'time' : 'number',
        values: rows.map((members) =>
          reduce(
            members.map((at) => field.values[at] ?? null),
            calc,
          ),
        ),
      }),
    ),
  );
  return { ...frame, fields: [...grouped, ...reduced] };
}

interface FilterRule {
  fieldName?: string;
  config?: { id?: string; options?: { value?: unknown; from?: unknown; to?: unknown } };
}

/** `filterByValue`: keeps or drops the rows that meet any or all of the rules. */
export function filterByValue(frame: Frame, options: Options): Frame {
  const rules = (options.filters ?? []) as FilterRule[];
  const tests = rules.flatMap(({ fieldName, config }) => {
    const field = frame.fields.find(({ name }) => name === fieldName);
    const test = config?.id === undefined ? undefined : TESTS[config.id];
    return field && test ? [(at: number) => test(field.values[at] ?? null, config?.options ?? {})] : [];
  });
  if (tests.length === 0) return frame;
  const met = (at: number) =>
    options.match === 'all' ? tests.every((test) => test(at)) : tests.some((test) => test(at));
  const kept = rowsOf(rowCount(frame)).filter((at) => met(at) === (options.type !== 'exclude'));
  const fields = frame.fields.map((field) => ({
    ...field,
    values: kept.map((at) => field.values[at] ?? null),
  }));
  return { ...frame, fields };
}

type Test = (value: Value, options: { value?: unknown; from?: unknown; to?: unknown }) => boolean;

const TESTS: Readonly<Record<string, Test>> = {
  isNull: (value) => value === null,
  isNotNull: (value) => value !== null,
  greater: (value, { value: than }) => value !== null && Number(value) > Number(than),
  greaterOrEqual: (value, { value: than }) => value !== null && Number(value) >= Number(than),
  lower: (value, { value: than }) => value !== null && Number(value) < Number(than),
  lowerOrEqual: (value, { value: than }) => value !== null && Number(value) <= Number(than),
  equal: (value, { value: than }) => String(value) === String(than),
  notEqual: (value, { value: than }) => String(value) !== String(than),
  between: (value, { from, to }) =>
    value !== null && Number(value) >= Number(from) && Number(value) <= Number(to),
  substring: (value, { value: part }) => String(value ?? '').includes(String(part)),
};

function rowsOf(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at);
}
