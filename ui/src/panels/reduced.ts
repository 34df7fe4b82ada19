/** The number columns of a panel, each reduced to one value: what stat, gauge, bar gauge and pie share. */
import { configOf, type Display, display, type FieldConfig, nameOf, regex } from '../dashboard/fieldConfig';
import type { PlacedPanel } from '../dashboard/model';
import type { Field, Frame } from '../lib/frame';
import { reduce } from '../lib/reduce';

export interface Reduced {
  /** Tells values of the same name apart. */
  key: string;
  name: string;
  value: number | null;
  shown: Display;
  config: FieldConfig;
  field: Field;
}

interface ReduceOptions {
  reduceOptions?: { calcs?: string[]; values?: boolean; limit?: number; fields?: string };
}

/** More than these cannot be told apart in one panel. */
const MOST = 100;

export function reducedValues(panel: PlacedPanel, frames: readonly Frame[]): Reduced[] {
  const { reduceOptions = {} } = (panel.options ?? {}) as ReduceOptions;
  const calc = reduceOptions.calcs?.[0] ?? 'lastNotNull';
  const columns = frames.flatMap((frame) =>
    fieldsOf(frame, reduceOptions.fields).map((field) => ({ frame, field })),
  );
  const values = columns.slice(0, MOST).flatMap(({ frame, field }, at): Reduced[] => {
    const config = configOf(panel, frame, field);
    const name = nameOf(config, frame, field);
    if (reduceOptions.values) {
      const rows = field.values.slice(0, reduceOptions.limit ?? MOST);
      return rows.map((value, row) => {
        const own = nameOfRow(frame, row) ?? name;
        return {
          key: `${at} ${row}`,
          name: own,
          value: numeric(value),
          shown: display(value, config, row),
          config,
          field,
        };
      });
    }
    const value = field.type === 'number' ? reduce(field.values, calc) : (field.values.at(-1) ?? null);
    return [{ key: `${at}`, name, value: numeric(value), shown: display(value, config, at), config, field }];
  });
  return values.slice(0, MOST);
}

/** Columns by Grafana's `fields`: nothing means the numbers, `/pattern/` the names that match, else one name. */
function fieldsOf(frame: Frame, fields = ''): Field[] {
  if (fields === '') return frame.fields.filter(({ type }) => type === 'number');
  const pattern = fields.startsWith('/') ? regex(fields) : undefined;
  const matches = ({ name }: Field) => (pattern ? pattern.test(name) : name === fields);
  return frame.fields.filter((field) => field.type !== 'time' && matches(field));
}

/** A row of a table is called by its text. */
function nameOfRow(frame: Frame, row: number): string | undefined {
  const texts = frame.fields.filter(({ type }) => type === 'string').map(({ values }) => values[row]);
  return texts.length > 0 ? texts.join(' ') : undefined;
}

function numeric(value: number | string | null): number | null {
  return typeof value === 'number' ? value : null;
}
