/** What stands under the crosshair: the time and every series' value, greatest first. Text only, no HTML. */
import type uPlot from 'uplot';
import type { Cell } from '../../charts/align';
import { place } from '../../charts/tip';
import { dateTime } from '../../lib/clock';
import { formatValue } from '../../lib/units';
import { customOf, type DrawnSeries } from './drawn';

export interface TooltipOptions {
  mode: 'single' | 'multi' | 'none';
  /** The series' own values, as they were before they were stacked. */
  values: () => readonly Cell[][];
}

const MOST_ROWS = 16;

export function tooltip(series: readonly DrawnSeries[], options: TooltipOptions): uPlot.Plugin {
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
      setCursor: [(plot) => show(plot, box, series, options)],
    },
  };
}

function show(plot: uPlot, box: HTMLElement, series: readonly DrawnSeries[], options: TooltipOptions): void {
  const at = plot.cursor.idx;
  // Only the plot under the pointer shows its box; the others follow with the line alone.
  if (at === null || at === undefined || !plot.over.matches(':hover')) {
    box.hidden = true;
    return;
  }
  const rows = series
    .map((one, index) => ({ one, index, value: options.values()[index]?.[at] ?? null }))
    .filter(({ one, value }) => one.shown && value !== null && !customOf(one).hideFrom?.tooltip)
    .sort((a, b) => (b.value ?? 0) - (a.value ?? 0));
  const head = document.createElement('div');
  head.className = 'plot-tooltip-time';
  head.textContent = dateTime((plot.data[0][at] ?? 0) * 1000);
  const listed = options.mode === 'single' ? nearest(plot, rows, at) : rows;
  const lines = listed.slice(0, MOST_ROWS).map(({ one, value }) => {
    const line = document.createElement('div');
    const mark = document.createElement('i');
    mark.style.background = one.color;
    const name = document.createElement('span');
    name.textContent = one.name;
    const text = document.createElement('b');
    text.textContent = formatValue(value, one.config.unit, one.config.decimals);
    line.append(mark, name, text);
    return line;
  });
  box.replaceChildren(head, ...lines);
  if (listed.length > MOST_ROWS) box.append(`and ${listed.length - MOST_ROWS} more`);
  box.hidden = listed.length === 0;
  place(plot, box);
}

/** The row whose line is drawn closest to the pointer. */
function nearest<T extends { index: number }>(plot: uPlot, rows: readonly T[], at: number): T[] {
  const distance = ({ index }: T) => {
    const drawn = plot.data[index + 1]?.[at];
    const scale = plot.series[index + 1]?.scale ?? 'y';
    return typeof drawn === 'number'
      ? Math.abs(plot.valToPos(drawn, scale) - (plot.cursor.top ?? 0))
      : Number.POSITIVE_INFINITY;
  };
  const [first] = [...rows].sort((a, b) => distance(a) - distance(b));
  return first ? [first] : [];
}
