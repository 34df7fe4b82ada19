/** A table: sorted by a click on a head, cells formatted and coloured as the dashboard says, calculations below. */
import { type CSSProperties, useMemo, useState } from 'react';
import { configOf, display, type FieldConfig, nameOf } from '../../dashboard/fieldConfig';
import { compare } from '../../dashboard/transform';
import { dateTime } from '../../lib/clock';
import { textColor, withAlpha } from '../../lib/color';
import { type Field, type Frame, rowCount } from '../../lib/frame';
import type { PanelProps } from '../props';
import { asTable } from './asTable';
import { type FooterOptions, footerRows } from './footer';
import './TablePanel.css';

/** Rows that are drawn; more are counted below. */
const MOST_ROWS = 500;

interface TableOptions {
  sortBy?: { displayName?: string; desc?: boolean }[];
  showHeader?: boolean;
  footer?: FooterOptions;
}

interface Column {
  field: Field;
  config: FieldConfig;
  name: string;
}

interface Sort {
  column: number;
  down: boolean;
}

export function TablePanel({ panel, data }: PanelProps) {
  const frame = useMemo(() => asTable(data.frames), [data.frames]);
  const columns = useMemo(() => columnsOf(panel, frame), [panel, frame]);
  const { sortBy, showHeader = true, footer } = (panel.options ?? {}) as TableOptions;
  const [chosen, setSort] = useState<Sort | undefined>();
  const sort = chosen ?? storedSort(columns, sortBy);
  const order = useMemo(() => orderOf(frame, columns, sort), [frame, columns, sort]);
  return (
    <div className="table-panel">
      <table>
        <thead className={showHeader ? undefined : 'visually-hidden'}>
          <tr>
            {columns.map(({ field, config, name }, at) => (
              <th
                key={field.name}
                scope="col"
                className={field.type === 'number' ? 'number' : undefined}
                style={{ width: widthOf(config) }}
                aria-sort={ariaSort(sort, at)}
              >
                <button
                  type="button"
                  className="quiet"
                  onClick={() =>
                    setSort({ column: at, down: sort?.column === at ? !sort.down : field.type === 'number' })
                  }
                >
                  {name}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {order.slice(0, MOST_ROWS).map((row) => (
            <tr key={row}>
              {columns.map((column) => (
                <Cell key={column.field.name} {...column} value={column.field.values[row] ?? null} />
              ))}
            </tr>
          ))}
        </tbody>
        <tfoot>
          {footerRows(columns, footer).map(({ name, cells }) => (
            <tr key={name}>
              {cells.map((text, at) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns have no other name of their own
                  key={at}
                  className={columns[at]?.field.type === 'number' ? 'number' : undefined}
                >
                  {text || (at === cells.indexOf('') ? name : '')}
                </td>
              ))}
            </tr>
          ))}
        </tfoot>
      </table>
      {order.length > MOST_ROWS && <p className="muted">and {order.length - MOST_ROWS} more rows</p>}
    </div>
  );
}

function Cell({ field, config, value }: Column & { value: number | string | null }) {
  if (field.type === 'time' && !config.unit) return <td>{value === null ? '' : dateTime(Number(value))}</td>;
  if (value === null && !config.noValue && !config.mappings?.length) return <td />;
  const shown = display(value, config);
  return (
    <td
      className={field.type === 'number' ? 'number' : undefined}
      style={cellStyle(field, config, shown.color)}
    >
      {shown.text}
    </td>
  );
}

/** Text or background in the colour of the value, where the dashboard says so. */
function cellStyle({ type }: Field, config: FieldConfig, color: string): CSSProperties | undefined {
  const custom = config.custom as { cellOptions?: { type?: string }; displayMode?: string } | undefined;
  const cell = custom?.cellOptions?.type ?? custom?.displayMode ?? 'auto';
  if (cell.startsWith('color-background')) return { background: withAlpha(color, 0.3) };
  if (cell === 'color-text' || (type === 'number' && config.color?.mode === 'thresholds' && cell !== 'auto'))
    return { color: textColor(color) };
  return undefined;
}

function columnsOf(panel: PanelProps['panel'], frame: Frame): Column[] {
  return frame.fields
    .map((field) => {
      const config = configOf(panel, frame, field);
      return { field, config, name: nameOf(config, frame, field) };
    })
    .filter(({ config }) => config.custom?.hidden !== true);
}

function widthOf({ custom }: FieldConfig): number | undefined {
  return typeof custom?.width === 'number' ? custom.width : undefined;
}

function storedSort(columns: readonly Column[], sortBy: TableOptions['sortBy']): Sort | undefined {
  const [first] = sortBy ?? [];
  const column = columns.findIndex(
    ({ name, field }) => name === first?.displayName || field.name === first?.displayName,
  );
  return column < 0 ? undefined : { column, down: first?.desc ?? false };
}

function orderOf(frame: Frame, columns: readonly Column[], sort: Sort | undefined): number[] {
  const all = Array.from({ length: rowCount(frame) }, (_, at) => at);
  const values = sort && columns[sort.column]?.field.values;
  if (!values) return all;
  all.sort((a, b) => compare(values[a] ?? null, values[b] ?? null));
  return sort.down ? all.reverse() : all;
}

function ariaSort(sort: Sort | undefined, at: number): 'ascending' | 'descending' | undefined {
  if (sort?.column !== at) return undefined;
  return sort.down ? 'descending' : 'ascending';
}
