/** The table panel of old, which styled its columns by patterns of their names. */
import type { OverrideJson, PanelJson } from '../../lib/dashboardJson';

interface Style {
  pattern?: string;
  type?: string;
  alias?: string;
  unit?: string;
  decimals?: number | null;
  colorMode?: string | null;
  colors?: string[];
  thresholds?: (string | number)[];
  mappingType?: number;
  valueMaps?: { value?: string; text?: string }[];
  align?: string;
}

interface OldTable extends PanelJson {
  styles?: Style[] | null;
  transform?: string;
  columns?: { text?: string; value?: string }[];
}

export function isOldTable(panel: PanelJson): boolean {
  return Array.isArray((panel as OldTable).styles);
}

export function fromTable(old: PanelJson): PanelJson {
  const table = old as OldTable;
  return {
    ...old,
    type: 'table',
    // Of the old styles the first that matches a column counts, of overrides the last.
    fieldConfig: {
      defaults: {},
      overrides: (table.styles ?? []).map(override).filter(hasProperties).reverse(),
    },
    options: {},
    transformations: transformations(table),
  };
}

function transformations({ transform, columns = [] }: OldTable): NonNullable<PanelJson['transformations']> {
  switch (transform) {
    case 'timeseries_to_rows':
      return [{ id: 'seriesToRows', options: {} }];
    case 'timeseries_to_columns':
      return [{ id: 'joinByField', options: { byField: 'Time' } }];
    case 'timeseries_aggregations': {
      const names: Readonly<Record<string, string>> = { avg: 'mean', current: 'lastNotNull', total: 'sum' };
      const reducers = columns.map(({ value = 'current' }) => names[value] ?? value);
      return [{ id: 'reduce', options: { reducers } }];
    }
    default:
      return [{ id: 'merge', options: {} }];
  }
}

const CELLS: Readonly<Record<string, string>> = {
  cell: 'color-background',
  row: 'color-background',
  value: 'color-text',
};

function override(style: Style): OverrideJson {
  const { pattern = '' } = style;
  const properties: { id: string; value: unknown }[] = [];
  const set = (id: string, value: unknown) => properties.push({ id, value });
  if (style.type === 'hidden') set('custom.hidden', true);
  if (style.alias) set('displayName', style.alias);
  if (style.type === 'date') set('unit', 'dateTimeAsIso');
  if (style.type === 'number') {
    if (style.unit) set('unit', style.unit);
    if (typeof style.decimals === 'number') set('decimals', style.decimals);
    const bounds = (style.thresholds ?? []).map(Number).filter(Number.isFinite);
    const cell = style.colorMode ? CELLS[style.colorMode] : undefined;
    if (cell && style.colors?.length) {
      const colors = style.colors;
      const steps = colors.map((color, at) => ({ color, value: at === 0 ? null : bounds[at - 1] }));
      set('custom.cellOptions', { type: cell });
      set('color', { mode: 'thresholds' });
      set('thresholds', { mode: 'absolute', steps: steps.filter(({ value }) => value !== undefined) });
    }
  }
  if (style.mappingType === 1 && style.valueMaps?.length)
    set('mappings', [
      {
        type: 'value',
        options: Object.fromEntries(style.valueMaps.map(({ value = '', text = '' }) => [value, { text }])),
      },
    ]);
  const isPattern = /^\/.*\/[a-z]*$/s.test(pattern);
  return { matcher: { id: isPattern ? 'byRegexp' : 'byName', options: pattern }, properties };
}

function hasProperties({ properties }: OverrideJson): boolean {
  return (properties?.length ?? 0) > 0;
}
