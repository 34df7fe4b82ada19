/** What stands under the crosshair: the time and every series' value, greatest first. Text only, no HTML. */
import type uPlot from 'uplot';
import { place } from '../../charts/tip';
import { dateTime } from '../../lib/clock';
import { formatValue } from '../../lib/units';
import type { DrawnSeries } from './options';

const MOST_ROWS = 16;

export function tooltip(series: readonly DrawnSeries[], stacked: boolean): uPlot.Plugin {
  const box = document.createElement('div');
  box.className = 'plot-tooltip';
  box.hidden = true;
  return {
    hooks: {
      init: [
        (plot) => {
          plot.over.append(box);
          plot.over.addEventListener('mouseleave', () => {
            box.hidden = true;
          });
        },
      ],
      setCursor: [(plot) => show(plot, box, series, stacked)],
    },
  };
}

function show(plot: uPlot, box: HTMLElement, series: readonly DrawnSeries[], stacked: boolean): void {
  const at = plot.cursor.idx;
  // Only the plot under the pointer shows its box; the others follow with the line alone.
  if (at === null || at === undefined || !plot.over.matches(':hover')) {
    box.hidden = true;
    return;
  }
  const value = (index: number) => plot.data[index + 1]?.[at] ?? null;
  const own = (index: number) => {
    const total = value(index);
    return stacked && total !== null && index > 0 ? total - (value(index - 1) ?? 0) : total;
  };
  const rows = series
    .map((one, index) => ({ one, value: own(index) }))
    .filter((row) => row.one.shown && row.value !== null)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const head = document.createElement('div');
  head.className = 'plot-tooltip-time';
  head.textContent = dateTime((plot.data[0][at] ?? 0) * 1000);
  const lines = rows.slice(0, MOST_ROWS).map(({ one, value: shown }) => {
    const line = document.createElement('div');
    const mark = document.createElement('i');
    mark.style.background = one.color;
    const name = document.createElement('span');
    name.textContent = one.name;
    const text = document.createElement('b');
    text.textContent = formatValue(shown, one.config.unit, one.config.decimals);
    line.append(mark, name, text);
    return line;
  });
  box.replaceChildren(head, ...lines);
  if (rows.length > MOST_ROWS) box.append(`and ${rows.length - MOST_ROWS} more`);
  box.hidden = rows.length === 0;
  place(plot, box);
}
