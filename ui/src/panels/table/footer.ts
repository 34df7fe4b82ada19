/** The rows below a table: calculations over its columns, as the panel asks for them. Pure. */
import { display, type FieldConfig } from '../../dashboard/fieldConfig';
import type { Field } from '../../lib/frame';
import { CALC_NAMES, reduce } from '../../lib/reduce';

/** How panels before Grafana 12 write it: one calculation for all columns, or for those that it names. */
export interface FooterOptions {
  show?: boolean;
  reducer?: string[];
  fields?: string | string[];
  countRows?: boolean;
}

interface Column {
  field: Field;
  config: FieldConfig;
  name: string;
}

export interface FooterRow {
  /** What is calculated. */
  name: string;
  /** A text for each column; empty where there is none. */
  cells: string[];
}

export function footerRows(columns: readonly Column[], options: FooterOptions = {}): FooterRow[] {
  const calcs = columns.map((column) => calcsOf(column, options));
  const names = [...new Set(calcs.flat())];
  return names.map((calc) => ({
    name: CALC_NAMES[calc] ?? calc,
    cells: columns.map(({ field, config }, at) => {
      if (!calcs[at]?.includes(calc)) return '';
      const value = reduce(field.values, calc);
      // A number of rows has no unit.
      return COUNTS.includes(calc) ? String(value ?? '') : display(value, { ...config, mappings: [] }).text;
    }),
  }));
}

const COUNTS = ['count', 'distinctCount'];

/** Since Grafana 12 every column says its own calculations. */
function calcsOf({ field, config, name }: Column, { show, reducer = [], fields, countRows }: FooterOptions) {
  const own = (config.custom?.footer as { reducers?: string[] } | undefined)?.reducers;
  if (own) return own;
  if (!show) return [];
  if (countRows && reducer[0] === 'count') return ['count'];
  const named = Array.isArray(fields) ? fields : fields ? [fields] : [];
  const meant =
    named.length === 0 ? field.type === 'number' : named.includes(name) || named.includes(field.name);
  return meant ? reducer : [];
}
