/** The common transformations of Grafana: frames in, frames out. An unknown one is named, not ignored. */

import type { PanelJson } from '../lib/dashboardJson';
import type { Field, Frame } from '../lib/frame';
import { rowCount } from '../lib/frame';
import { CALC_NAMES, reduce } from '../lib/reduce';
import { calculateField, needsOneFrame, UnknownCalculation } from './calculate';
import { regex } from './fieldConfig';
import { convertTypes, filterByValue, groupRows } from './transformRows';

type Options = Readonly<Record<string, unknown>>;
type Transform = (frames: Frame[], options: Options) => Frame[];

const TRANSFORMS: Readonly<Record<string, Transform>> = {
  merge: (frames) => mergeTables(frames),
  joinByField: (frames, options) => joinByField(frames, String(options.byField ?? 'Time')),
  seriesToColumns: (frames, options) => joinByField(frames, String(options.byField ?? 'Time')),
  labelsToFields: (frames) => mergeTables(frames.map(labelsToFields)),
  organize: (frames, options) => frames.map((frame) => organize(frame, options)),
  filterFieldsByName: (frames, options) => frames.map((frame) => filterByName(frame, options)),
  filterByRefId: (frames, options) =>
    frames.filter(({ refId }) => regex(String(options.include ?? ''))?.test(refId)),
  renameByRegex: (frames, options) => frames.map((frame) => renameByRegex(frame, options)),
  reduce: (frames, options) => [reduceRows(frames, options)],
  sortBy: (frames, options) => frames.map((frame) => sortBy(frame, options)),
  limit: (frames, options) =>
    frames.map((frame) => pick(frame, rows(frame).slice(0, Number(options.limitField ?? 10)))),
  seriesToRows: (frames) => [seriesToRows(frames)],
  convertFieldType: (frames, options) => frames.map((frame) => convertTypes(frame, options)),
  calculateField: (frames, options) =>
    (needsOneFrame(options) ? oneFrame(frames) : frames).map((frame) => calculateField(frame, options)),
  groupBy: (frames, options) => frames.map((frame) => groupRows(frame, options)),
  filterByValue: (frames, options) => frames.map((frame) => filterByValue(frame, options)),
};

/** Applies a panel's transformations; `unknown` names those, or their parts, that the page does not know. */
export function transform(panel: PanelJson, frames: Frame[]): { frames: Frame[]; unknown: string[] } {
  const unknown: string[] = [];
  let result = frames;
  for (const { id, options, disabled } of panel.transformations ?? []) {
    const apply = TRANSFORMS[id];
    if (disabled) continue;
    if (!apply) {
      unknown.push(id);
      continue;
    }
    try {
      result = apply(result, options ?? {});
    } catch (error) {
      if (!(error instanceof UnknownCalculation)) throw error;
      unknown.push(error.message);
    }
  }
  return { frames: result, unknown };
}

/** One table of all frames: series become rows with their labels as columns. */
export function toTable(frames: Frame[]): Frame {
  return mergeTables(frames.map(labelsToFields))[0] ?? { refId: 'A', name: '', fields: [] };
}

function labelsToFields(frame: Frame): Frame {
  const count = rowCount(frame);
  const labelled = frame.fields.find(({ labels }) => labels);
  const columns = Object.entries(labelled?.labels ?? {})
    .filter(([name]) => name !== '__name__')
    .map(([name, value]): Field => ({ name, type: 'string', values: Array(count).fill(value) }));
  const [time, ...rest] = frame.fields;
  if (!time || !labelled) return frame;
  const values = rest.map(
    (field): Field => ({ name: `Value #${frame.refId}`, type: field.type, values: field.values }),
  );
  return { ...frame, fields: [time, ...columns, ...values] };
}

/** Rows whose shared text and time columns are equal become one row. */
function mergeTables(frames: Frame[]): Frame[] {
  if (frames.length === 0) return [];
  const types = new Map<string, Field['type']>();
  for (const frame of frames) for (const field of frame.fields) types.set(field.name, field.type);
  const single = new Set(frames.map(({ refId }) => refId)).size <= 1;
  const merged = new Map<string, Map<string, number | string | null>>();
  for (const frame of frames) {
    for (const at of rows(frame)) {
      const keys = frame.fields
        .filter(({ type }) => type !== 'number')
        .map(({ name, values }) => [name, values[at] ?? null]);
      const key = JSON.stringify(keys);
      const row = merged.get(key) ?? new Map();
      for (const { name, values } of frame.fields) row.set(name, values[at] ?? null);
      merged.set(key, row);
    }
  }
  const fields = Array.from(types, ([name, type]): Field => {
    const shown = single && name.startsWith('Value #') ? 'Value' : name;
    return { name: shown, type, values: Array.from(merged.values(), (row) => row.get(name) ?? null) };
  });
  return [{ refId: frames[0]?.refId ?? 'A', name: '', fields }];
}

function joinByField(frames: Frame[], by: string): Frame[] {
  const keys = new Map<number | string | null, number>();
  for (const frame of frames)
    for (const value of keyColumn(frame, by)?.values ?? []) if (!keys.has(value)) keys.set(value, keys.size);
  const ordered = [...keys.keys()].sort((a, b) =>
    typeof a === 'number' && typeof b === 'number' ? a - b : 0,
  );
  const place = new Map(ordered.map((key, at) => [key, at]));
  const fields: Field[] = [{ name: by, type: keyColumn(frames[0], by)?.type ?? 'string', values: ordered }];
  for (const frame of frames) {
    const key = keyColumn(frame, by);
    if (!key) continue;
    for (const field of frame.fields.filter((one) => one !== key)) {
      const values: Field['values'] = Array(ordered.length).fill(null);
      field.values.forEach((value, at) => {
        const to = place.get(key.values[at] ?? null);
        if (to !== undefined) values[to] = value;
      });
      fields.push({ ...field, values });
    }
  }
  return [{ refId: frames[0]?.refId ?? 'A', name: '', fields }];
}

/** Several series become one table by their times; anything else stays as it is. */
function oneFrame(frames: Frame[]): Frame[] {
  const series = frames.length > 1 && frames.every(({ fields }) => fields[0]?.type === 'time');
  return series ? joinByField(frames, 'Time') : frames;
}

function keyColumn(frame: Frame | undefined, by: string): Field | undefined {
  return frame?.fields.find(({ name, type }) => name === by || (by === 'Time' && type === 'time'));
}

function organize(frame: Frame, options: Options): Frame {
  const excluded = (options.excludeByName ?? {}) as Record<string, boolean>;
  const order = (options.indexByName ?? {}) as Record<string, number>;
  const names = (options.renameByName ?? {}) as Record<string, string>;
  const kept = frame.fields.filter(({ name }) => !excluded[name]);
  kept.sort((a, b) => (order[a.name] ?? kept.length) - (order[b.name] ?? kept.length));
  return { ...frame, fields: kept.map((field) => ({ ...field, name: names[field.name] || field.name })) };
}

function filterByName(frame: Frame, options: Options): Frame {
  const include = options.include as { names?: string[]; pattern?: string } | undefined;
  const exclude = options.exclude as { names?: string[]; pattern?: string } | undefined;
  const hit = (rule: { names?: string[]; pattern?: string } | undefined, name: string) =>
    (rule?.names?.includes(name) ?? false) ||
    (rule?.pattern !== undefined && (regex(rule.pattern)?.test(name) ?? false));
  const keep = ({ name }: Field) => (!include || hit(include, name)) && !hit(exclude, name);
  return { ...frame, fields: frame.fields.filter(keep) };
}

function renameByRegex(frame: Frame, options: Options): Frame {
  const pattern = regex(String(options.regex ?? ''));
  const to = String(options.renamePattern ?? '');
  if (!pattern) return frame;
  return {
    ...frame,
    fields: frame.fields.map((field) => ({ ...field, name: field.name.replace(pattern, to) })),
  };
}

function reduceRows(frames: Frame[], options: Options): Frame {
  const calcs = (options.reducers as string[] | undefined) ?? ['lastNotNull'];
  const columns = frames.flatMap((frame) => frame.fields.filter(({ type }) => type === 'number'));
  const named: Field = { name: 'Field', type: 'string', values: columns.map(({ name }) => name) };
  const reduced = calcs.map((calc): Field => {
    return {
      name: CALC_NAMES[calc] ?? calc,
      type: 'number',
      values: columns.map(({ values }) => reduce(values, calc)),
    };
  });
  return { refId: frames[0]?.refId ?? 'A', name: '', fields: [named, ...reduced] };
}

function sortBy(frame: Frame, options: Options): Frame {
  const [rule] = (options.sort as { field: string; desc?: boolean }[] | undefined) ?? [];
  const column = frame.fields.find(({ name }) => name === rule?.field);
  if (!column) return frame;
  const order = rows(frame).sort((a, b) => compare(column.values[a] ?? null, column.values[b] ?? null));
  return pick(frame, rule?.desc ? order.reverse() : order);
}

function seriesToRows(frames: Frame[]): Frame {
  const flat = frames.flatMap((frame) => {
    const [time, value] = frame.fields;
    return rows(frame).map(
      (at) => [time?.values[at] ?? null, value?.name ?? '', value?.values[at] ?? null] as const,
    );
  });
  return {
    refId: frames[0]?.refId ?? 'A',
    name: '',
    fields: [
      { name: 'Time', type: 'time', values: flat.map(([time]) => time) },
      { name: 'Metric', type: 'string', values: flat.map(([, name]) => name) },
      { name: 'Value', type: 'number', values: flat.map(([, , value]) => value) },
    ],
  };
}

/** Orders numbers as numbers and the rest as text; missing values come first. */
export function compare(a: number | string | null, b: number | string | null): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return String(a ?? '').localeCompare(String(b ?? ''), undefined, { numeric: true });
}

function rows(frame: Frame): number[] {
  return Array.from({ length: rowCount(frame) }, (_, at) => at);
}

function pick(frame: Frame, order: number[]): Frame {
  const take = (field: Field): Field => ({ ...field, values: order.map((at) => field.values[at] ?? null) });
  return { ...frame, fields: frame.fields.map(take) };
}
