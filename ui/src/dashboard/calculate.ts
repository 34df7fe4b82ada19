/** `calculateField`: one more column, made of the others in the six ways that Grafana has. */
import type { Field, Frame } from '../lib/frame';
import { rowCount } from '../lib/frame';
import { CALC_NAMES, reduce } from '../lib/reduce';

type Value = number | string | null;
type Operand = Readonly<{ fixed?: string; matcher?: { id?: string; options?: string } }> | string | undefined;

export interface CalculateOptions {
  mode?: string;
  alias?: string;
  replaceFields?: boolean;
  /** False where every frame is calculated by itself; else series are joined by time before. */
  timeSeries?: boolean;
  binary?: { left?: Operand; right?: Operand; operator?: string };
  unary?: { operator?: string; fieldName?: string };
  reduce?: { reducer?: string; include?: string[] };
  cumulative?: { field?: string; reducer?: string };
  window?: {
    field?: string;
    reducer?: string;
    windowSize?: number;
    windowSizeMode?: string;
    windowAlignment?: string;
  };
  index?: { asPercentile?: boolean };
}

/** A calculation that the page does not have; the message names the part that it lacks. */
export class UnknownCalculation extends Error {}

/** Whether the operands may stand in different series, so that these have to be joined first. */
export function needsOneFrame({ mode, timeSeries, binary }: CalculateOptions): boolean {
  if (timeSeries === false) return false;
  return mode !== 'binary' || !isConstant(binary?.right);
}

/** Adds the column. A frame without the columns that are asked for stays as it is. */
export function calculateField(frame: Frame, options: CalculateOptions): Frame {
  const make = MODES[options.mode ?? 'reduceRow'];
  if (!make) throw new UnknownCalculation(`calculateField, mode “${options.mode}”`);
  const made = make(frame, options);
  if (made.length === 0) return frame;
  const [first] = made;
  if (first && made.length === 1 && options.alias) made[0] = { ...first, name: options.alias };
  const keepsTime = options.mode !== 'index' && options.timeSeries !== false;
  const kept = options.replaceFields
    ? frame.fields.filter(({ type }) => type === 'time' && keepsTime)
    : frame.fields;
  return { ...frame, fields: [...kept, ...made] };
}

type Mode = (frame: Frame, options: CalculateOptions) => Field[];

const MODES: Readonly<Record<string, Mode>> = {
  reduceRow: ofRow,
  binary: ofTwo,
  unary: ofOne,
  cumulativeFunctions: cumulative,
  windowFunctions: windowed,
  index: (frame, { index }) => {
    const count = rowCount(frame);
    return [
      column(
        'Row',
        rowsOf(count, (at) => (index?.asPercentile ? at / count : at)),
      ),
    ];
  },
};

function ofRow(frame: Frame, { reduce: row }: CalculateOptions): Field[] {
  const calc = row?.reducer ?? 'sum';
  const used = numbersOf(frame).filter(({ name }) => !row?.include?.length || row.include.includes(name));
  const values = rowsOf(rowCount(frame), (at) =>
    reduce(
      used.map((field) => field.values[at] ?? null),
      calc,
    ),
  );
  return [column(CALC_NAMES[calc] ?? calc, values)];
}

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': (a, b) => a ** b,
};

function ofTwo(frame: Frame, { binary = {} }: CalculateOptions): Field[] {
  const { left, operator = '+' } = binary;
  const operate = BINARY[operator];
  if (!operate) throw new UnknownCalculation(`calculateField, operator “${operator}”`);
  const right = operand(frame, binary.right);
  if (!right) return [];
  const perRow = (a: (row: number) => Value) =>
    rowsOf(rowCount(frame), (row) => {
      const [x, y] = [a(row), right.at(row)];
      return typeof x === 'number' && typeof y === 'number' ? operate(x, y) : null;
    });
  if (typeof left === 'object' && left.matcher?.id === 'byType') {
    const every = frame.fields.filter(({ type }) => type === left.matcher?.options && type === 'number');
    return every.map((field) => ({
      ...column(
        `${field.name} ${operator} ${right.name}`,
        perRow((row) => field.values[row] ?? null),
      ),
      ...(field.labels && { labels: field.labels }),
    }));
  }
  const first = operand(frame, left);
  return first ? [column(`${first.name} ${operator} ${right.name}`, perRow(first.at))] : [];
}

const UNARY: Readonly<Record<string, (value: number) => number>> = {
  abs: Math.abs,
  exp: Math.exp,
  ln: Math.log,
  floor: Math.floor,
  ceil: Math.ceil,
  round: Math.round,
};

function ofOne(frame: Frame, { unary = {} }: CalculateOptions): Field[] {
  const { operator = 'abs', fieldName = '' } = unary;
  const operate = UNARY[operator];
  if (!operate) throw new UnknownCalculation(`calculateField, operator “${operator}”`);
  const field = numbersOf(frame).find(({ name }) => name === fieldName);
  if (!field) return [];
  const values = field.values.map((value) => (typeof value === 'number' ? operate(value) : null));
  return [column(`${operator}(${fieldName})`, values)];
}

function cumulative(frame: Frame, { cumulative: rule = {} }: CalculateOptions): Field[] {
  const { reducer = 'sum', field: name } = rule;
  if (reducer !== 'sum' && reducer !== 'mean')
    throw new UnknownCalculation(`calculateField, cumulative “${reducer}”`);
  const field = chosen(frame, name);
  if (!field) return [];
  let total = 0;
  const values = field.values.map((value, at) => {
    total += typeof value === 'number' ? value : 0;
    return reducer === 'sum' ? total : total / (at + 1);
  });
  return [column(`cumulative ${reducer}${name ? `(${name})` : ''}`, values)];
}

const WINDOWED = ['mean', 'variance', 'stdDev'];

function windowed(frame: Frame, { window: rule = {} }: CalculateOptions): Field[] {
  const { reducer = 'mean', windowAlignment = 'trailing', windowSizeMode = 'percentage' } = rule;
  if (!WINDOWED.includes(reducer)) throw new UnknownCalculation(`calculateField, moving “${reducer}”`);
  const field = chosen(frame, rule.field);
  if (!field) return [];
  const share = rule.windowSize ?? 0.1;
  const size = Math.max(1, Math.ceil(windowSizeMode === 'percentage' ? share * field.values.length : share));
  const centered = windowAlignment === 'centered';
  const before = centered ? Math.floor(size / 2) : size - 1;
  const after = centered ? Math.ceil(size / 2) - 1 : 0;
  // A window without a number counts as zero, as in Grafana.
  const values = field.values.map(
    (_, at) => reduce(field.values.slice(Math.max(0, at - before), at + after + 1), reducer) ?? 0,
  );
  return [column(`${windowAlignment} moving ${reducer}${rule.field ? `(${rule.field})` : ''}`, values)];
}

/** The number column of a name, or the first one where none is named. */
function chosen(frame: Frame, name: string | undefined): Field | undefined {
  return numbersOf(frame).find((field) => !name || field.name === name);
}

/** A column by name, or a constant. */
function operand(frame: Frame, written: Operand): { name: string; at: (row: number) => Value } | undefined {
  const text =
    typeof written === 'object' ? (written.matcher?.options ?? written.fixed ?? '') : (written ?? '');
  const field = frame.fields.find(({ name }) => name === text);
  if (field) return { name: text, at: (row) => field.values[row] ?? null };
  const constant = text === '' ? Number.NaN : Number(text);
  return Number.isNaN(constant) ? undefined : { name: text, at: () => constant };
}

function isConstant(written: Operand): boolean {
  return typeof written === 'object' ? written.fixed !== undefined : Number.isFinite(Number(written || 'x'));
}

function numbersOf(frame: Frame): Field[] {
  return frame.fields.filter(({ type }) => type === 'number');
}

function column(name: string, values: Value[]): Field {
  return { name, type: 'number', values };
}

function rowsOf(count: number, value: (row: number) => Value): Value[] {
  return Array.from({ length: count }, (_, at) => value(at));
}
