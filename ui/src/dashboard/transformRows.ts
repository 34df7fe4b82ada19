/** Transformations that work within one table: types, calculated columns, groups, filters by value. */
import type { Field, Frame } from '../lib/frame';
import { rowCount } from '../lib/frame';
import { CALC_NAMES, reduce } from '../lib/reduce';

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

interface CalculateOptions {
  mode?: string;
  alias?: string;
  replaceFields?: boolean;
  binary?: { left?: unknown; right?: unknown; operator?: string };
  reduce?: { reducer?: string; include?: string[] };
}

/** `calculateField`: one more column, of two operands or of a calculation over each row. */
export function calculateField(frame: Frame, options: Options): Frame {
  const { mode = 'reduceRow', alias, replaceFields, binary, reduce: row } = options as CalculateOptions;
  const count = rowCount(frame);
  const numbers = frame.fields.filter(({ type }) => type === 'number');
  let name: string;
  let values: Value[];
  if (mode === 'binary') {
    const [left, right] = [operand(frame, binary?.left), operand(frame, binary?.right)];
    const operate = OPERATORS[binary?.operator ?? '+'];
    if (!left || !right || !operate) return frame;
    name = `${left.name} ${binary?.operator ?? '+'} ${right.name}`;
    values = rowsOf(count).map((at) => {
      const [a, b] = [left.at(at), right.at(at)];
      return typeof a === 'number' && typeof b === 'number' ? operate(a, b) : null;
    });
  } else if (mode === 'reduceRow') {
    const calc = row?.reducer ?? 'sum';
    const used = numbers.filter((field) => !row?.include?.length || row.include.includes(field.name));
    name = CALC_NAMES[calc] ?? calc;
    values = rowsOf(count).map((at) =>
      reduce(
        used.map((field) => field.values[at] ?? null),
        calc,
      ),
    );
  } else if (mode === 'index') {
    name = 'Row';
    values = rowsOf(count);
  } else return frame;
  const made: Field = { name: alias || name, type: 'number', values };
  const kept = replaceFields ? frame.fields.filter(({ type }) => type === 'time') : frame.fields;
  return { ...frame, fields: [...kept, made] };
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': (a, b) => a ** b,
};

/** A column by name, or a constant; newer dashboards write `{ matcher: { options: name } }` or `{ fixed }`. */
function operand(frame: Frame, written: unknown): { name: string; at: (row: number) => Value } | undefined {
  const object = typeof written === 'object' && written !== null ? (written as Record<string, unknown>) : {};
  const matcher = object.matcher as { options?: unknown } | undefined;
  const name = String(
    typeof written === 'object' ? (matcher?.options ?? object.fixed ?? '') : (written ?? ''),
  );
  const field = frame.fields.find((one) => one.name === name);
  if (field) return { name, at: (row) => field.values[row] ?? null };
  const constant = name === '' ? Number.NaN : Number(name);
  return Number.isNaN(constant) ? undefined : { name, at: () => constant };
}

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
