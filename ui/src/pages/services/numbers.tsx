/** Rate, errors and duration in words and in cells of a table. */
import { formatValue } from '../../lib/units';
import type { Red } from '../../services/graph';

export function rateText({ rate }: Red): string {
  return `${formatValue(rate, 'short', rate < 10 ? 2 : 1)}/s`;
}

export function errorsText({ errors }: Red): string {
  return errors === 0 ? 'no errors' : `${formatValue(errors, 'percentunit', errors < 0.1 ? 1 : 0)} errors`;
}

export function durationText({ p95 }: Red): string {
  return p95 === undefined ? '' : `p95 ${formatValue(p95, 's')}`;
}

/** Everything in one sentence, for who cannot see the map. */
export function redText(red: Red): string {
  return [rateText(red), errorsText(red), durationText(red)].filter(Boolean).join(', ');
}

export function RedCells({ red }: { red: Red }) {
  return (
    <>
      <td className="number">{rateText(red)}</td>
      <td className="number" data-bad={red.errors > 0 || undefined}>
        {red.errors === 0 ? '0' : formatValue(red.errors, 'percentunit', red.errors < 0.1 ? 1 : 0)}
      </td>
      <td className="number">{red.p95 === undefined ? '–' : formatValue(red.p95, 's')}</td>
    </>
  );
}
