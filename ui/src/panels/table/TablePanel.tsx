/** A table: sorted by a click on a head, cells formatted and coloured as the dashboard says. */
import { useMemo, useState } from 'react';
import { configOf, display, nameOf } from '../../dashboard/fieldConfig';
import { compare } from '../../dashboard/transform';
import { dateTime } from '../../lib/clock';
import { textColor } from '../../lib/color';
import { rowCount } from '../../lib/frame';
import type { PanelProps } from '../props';
import { asTable } from './asTable';
import './TablePanel.css';

/** Rows that are drawn; more are counted below. */
const MOST_ROWS = 500;

export function TablePanel({ panel, data }: PanelProps) {
  const [sort, setSort] = useState<{ column: number; down: boolean } | undefined>();
  const frame = useMemo(() => asTable(data.frames), [data.frames]);
  const order = useMemo(() => {
    const all = Array.from({ length: rowCount(frame) }, (_, at) => at);
    const column = sort && frame.fields[sort.column];
    if (!column) return all;
    all.sort((a, b) => compare(column.values[a] ?? null, column.values[b] ?? null));
    return sort.down ? all.reverse() : all;
  }, [frame, sort]);
  const columns = frame.fields.map((field) => ({ field, config: configOf(panel, frame, field) }));
  return (
    <div className="table-panel">
      <table>
        <thead>
          <tr>
            {columns.map(({ field, config }, at) => (
              <th
                key={field.name}
                scope="col"
                className={field.type === 'number' ? 'number' : undefined}
                aria-sort={ariaSort(sort, at)}
              >
                <button
                  type="button"
                  className="quiet"
                  onClick={() =>
                    setSort({ column: at, down: sort?.column === at ? !sort.down : field.type === 'number' })
                  }
                >
                  {nameOf(config, frame, field)}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {order.slice(0, MOST_ROWS).map((row) => (
            <tr key={row}>
              {columns.map(({ field, config }) => {
                const value = field.values[row] ?? null;
                if (field.type === 'time') return <td key={field.name}>{dateTime(Number(value))}</td>;
                const shown = display(value, config);
                const colored =
                  config.color?.mode === 'thresholds' &&
                  field.type === 'number' &&
                  config.custom?.cellOptions;
                return (
                  <td
                    key={field.name}
                    className={field.type === 'number' ? 'number' : undefined}
                    style={colored ? { color: textColor(shown.color) } : undefined}
                  >
                    {shown.text}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      {order.length > MOST_ROWS && <p className="muted">and {order.length - MOST_ROWS} more rows</p>}
    </div>
  );
}

function ariaSort(
  sort: { column: number; down: boolean } | undefined,
  at: number,
): 'ascending' | 'descending' | undefined {
  if (sort?.column !== at) return undefined;
  return sort.down ? 'descending' : 'ascending';
}
