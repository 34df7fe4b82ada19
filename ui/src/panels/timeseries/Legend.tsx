/** The series' names and calculations; a click shows one alone, with Ctrl or Shift it switches one. */
import type { MouseEvent } from 'react';
import { CALC_NAMES, reduce } from '../../lib/reduce';
import { formatValue } from '../../lib/units';
import type { DrawnSeries } from './options';

export interface LegendEntry extends DrawnSeries {
  values: (number | string | null)[];
}

interface LegendProps {
  entries: readonly LegendEntry[];
  calcs: readonly string[];
  table: boolean;
  onToggle: (name: string, alone: boolean) => void;
}

export function Legend({ entries, calcs, table, onToggle }: LegendProps) {
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
        {entries.map((entry) => (
          <li key={entry.name} data-hidden={!entry.shown}>
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
          {entries.map((entry) => (
            <tr key={entry.name} data-hidden={!entry.shown}>
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
