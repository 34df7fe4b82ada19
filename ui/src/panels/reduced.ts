/** The number columns of a panel, each reduced to one value: what stat, gauge, bar gauge and pie share. */
import { configOf, type Display, display, type FieldConfig, nameOf } from '../dashboard/fieldConfig';
import type { PlacedPanel } from '../dashboard/model';
import type { Field, Frame } from '../lib/frame';
import { reduce } from '../lib/reduce';

export interface Reduced {
  name: string;
  value: number | null;
  shown: Display;
  config: FieldConfig;
  field: Field;
}

interface ReduceOptions {
  reduceOptions?: { calcs?: string[]; values?: boolean; limit?: number };
}

/** More than these cannot be told apart in one panel. */
const MOST = 100;

export function reducedValues(panel: PlacedPanel, frames: readonly Frame[]): Reduced[] {
  const { reduceOptions } = (panel.options ?? {}) as ReduceOptions;
  const calc = reduceOptions?.calcs?.[0] ?? 'lastNotNull';
  const columns = frames.flatMap((frame) =>
    frame.fields.filter(({ type }) => type === 'number').map((field) => ({ frame, field })),
  );
  return columns.slice(0, MOST).map(({ frame, field }, at) => {
    const config = configOf(panel, frame, field);
    const value = reduce(field.values, calc);
    return { name: nameOf(config, frame, field), value, shown: display(value, config, at), config, field };
  });
}
