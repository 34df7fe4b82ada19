/** The series' names and calculations; a click shows one alone, with Ctrl or Shift it switches one. */
import type { MouseEvent } from 'react';
import { CALC_NAMES, reduce } from '../../lib/reduce';
import { formatValue } from '../../lib/units';
import type { DrawnSeries } from './drawn';

export interface LegendEntry extends DrawnSeries {
  values: (number | string | null)[];
}

interface LegendProps {
  entries: readonly LegendEntry[];
  calcs: readonly string[];
  table: boolean;
  /** The calculation by which the rows are ordered; as they came without one. */
  sort: { by: string; down: boolean } | undefined;
  onToggle: (name: string, alone: boolean) => void;
}

export function Legend({ entries: unsorted, calcs, table, sort, onToggle }: LegendProps) {
  const entries = sorted(unsorted, sort);
  const name = (entry: LegendEntry) => (
    <button
      type="button"
      className="legend-name"
      aria-pressed={entry.shown}
      onClick={(event: MouseEvent) =>
        onToggle(entry.name, !(event.ctrlKey || event.metaKey || event.shiftKey))
      }
    >
      <i style={{ background: entry.color }} />
      {entry.name}
    </button>
  );
  const calculated = (entry: LegendEntry, calc: string) =>
    formatValue(reduce(entry.values, calc), entry.config.unit, entry.config.decimals);
  if (!table) {
    return (
      <ul className="legend">
        {entries.map((entry, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: series may be called the same
          <li key={at} data-hidden={!entry.shown}>
            {name(entry)}
            {calcs.map((calc) => (
              <span key={calc} className="muted">
                {CALC_NAMES[calc] ?? calc}: {calculated(entry, calc)}
              </span>
            ))}
          </li>
        ))}
      </ul>
    );
  }
  return (
    <div className="legend legend-table">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            {calcs.map((calc) => (
              <th key={calc} scope="col" className="number">
                {CALC_NAMES[calc] ?? calc}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: series may be called the same
            <tr key={at} data-hidden={!entry.shown}>
              <td>{name(entry)}</td>
              {calcs.map((calc) => (
                <td key={calc} className="number">
                  {calculated(entry, calc)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Grafana writes the calculation's name as its heading shows it, or its id. */
function sorted(entries: readonly LegendEntry[], sort: LegendProps['sort']): readonly LegendEntry[] {
  if (!sort) return entries;
  const heading = Object.entries(CALC_NAMES).find(([id, name]) => id === sort.by || name === sort.by);
  const value = (entry: LegendEntry) =>
    heading ? (reduce(entry.values, heading[0]) ?? Number.NEGATIVE_INFINITY) : entry.name;
  const order = [...entries].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    return typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
  });
  return sort.down ? order.reverse() : order;
}
