/** The `singlestat` panel of old: a stat, or a gauge where it showed one. */
import type { FieldConfigJson, MappingJson, PanelJson } from '../../lib/dashboardJson';

interface SingleStat extends PanelJson {
  format?: string;
  decimals?: number | null;
  prefix?: string;
  postfix?: string;
  nullText?: string | null;
  valueName?: string;
  tableColumn?: string;
  colors?: string[];
  thresholds?: string;
  colorValue?: boolean;
  colorBackground?: boolean;
  mappingType?: number;
  valueMaps?: { value?: string; text?: string }[];
  rangeMaps?: { from?: string; to?: string; text?: string }[];
  sparkline?: { show?: boolean };
  gauge?: { show?: boolean; minValue?: number | null; maxValue?: number | null };
}

/** What a singlestat called its calculations. */
export const VALUE_NAMES: Readonly<Record<string, string>> = {
  avg: 'mean',
  current: 'lastNotNull',
  total: 'sum',
  first: 'firstNotNull',
};

export function fromSingleStat(old: PanelJson): PanelJson {
  const stat = old as SingleStat;
  const { valueName = 'avg', gauge, tableColumn } = stat;
  const calc = valueName === 'name' ? 'lastNotNull' : (VALUE_NAMES[valueName] ?? valueName);
  const column = tableColumn ? { fields: `/^${tableColumn.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$/` } : {};
  return {
    ...old,
    type: gauge?.show ? 'gauge' : 'stat',
    fieldConfig: { defaults: { ...old.fieldConfig?.defaults, ...configOf(stat) }, overrides: [] },
    options: {
      reduceOptions: { calcs: [calc], values: false, ...column },
      graphMode: stat.sparkline?.show ? 'area' : 'none',
      colorMode: stat.colorBackground ? 'background' : stat.colorValue ? 'value' : 'none',
      textMode: valueName === 'name' ? 'name' : 'value',
    },
  };
}

function configOf(stat: SingleStat): FieldConfigJson {
  const { gauge } = stat;
  const unit = stat.format ?? 'none';
  const plain = unit === 'none' || unit === 'short';
  const around =
    plain && stat.postfix ? `suffix:${stat.postfix}` : plain && stat.prefix ? `prefix:${stat.prefix}` : unit;
  return {
    unit: around,
    color: { mode: 'thresholds' },
    ...(typeof stat.decimals === 'number' && { decimals: stat.decimals }),
    ...(stat.nullText && { noValue: stat.nullText }),
    ...(gauge?.show && { min: gauge.minValue ?? 0, max: gauge.maxValue ?? 100 }),
    thresholds: { mode: 'absolute', steps: steps(stat) },
    mappings: mappings(stat),
  };
}

/** `"85,95"` with three colours: the first below 85, the last from 95. */
function steps({ thresholds = '', colors = [] }: SingleStat): { color: string; value: number | null }[] {
  const bounds = thresholds.split(',').map((text) => (text.trim() === '' ? Number.NaN : Number(text)));
  const known = bounds.filter(Number.isFinite);
  return [
    { color: colors[0] ?? 'green', value: null },
    ...known.map((value, at) => ({ color: colors[at + 1] ?? colors.at(-1) ?? 'red', value })),
  ];
}

function mappings({ mappingType, valueMaps = [], rangeMaps = [] }: SingleStat): MappingJson[] {
  if (mappingType === 2)
    return rangeMaps.map(({ from, to, text = '' }): MappingJson => {
      if (from === 'null' && to === 'null')
        return { type: 'special', options: { match: 'null', result: { text } } };
      const bound = (written?: string) => (written === 'null' || !written ? null : Number(written));
      return { type: 'range', options: { from: bound(from), to: bound(to), result: { text } } };
    });
  return valueMaps.map(
    ({ value = '', text = '' }): MappingJson =>
      value === 'null'
        ? { type: 'special', options: { match: 'null', result: { text } } }
        : { type: 'value', options: { [value]: { text } } },
  );
}
