/** A box beside the pointer that says what is under it. Text only, no HTML. */
import type uPlot from 'uplot';

export interface Tip {
  head: string;
  rows: [name: string, value: string][];
}

export function showTip(tipOf: (plot: uPlot) => Tip | undefined): uPlot.Plugin {
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
      setCursor: [
        (plot) => {
          const tip = plot.over.matches(':hover') ? tipOf(plot) : undefined;
          box.hidden = tip === undefined;
          if (!tip) return;
          fill(box, tip);
          place(plot, box);
        },
      ],
    },
  };
}

function fill(box: HTMLElement, { head, rows }: Tip): void {
  const title = document.createElement('div');
  title.className = 'plot-tooltip-time';
  title.textContent = head;
  const lines = rows.map(([name, value]) => {
    const line = document.createElement('div');
    const label = document.createElement('span');
    label.textContent = name;
    const text = document.createElement('b');
    text.textContent = value;
    line.append(label, text);
    return line;
  });
  box.replaceChildren(title, ...lines);
}

/** Beside the pointer, on the side that has room. */
export function place(plot: uPlot, box: HTMLElement): void {
  const { left = 0, top = 0 } = plot.cursor;
  const right = left > plot.over.clientWidth / 2;
  box.style.left = right ? '' : `${left + 14}px`;
  box.style.right = right ? `${plot.over.clientWidth - left + 14}px` : '';
  box.style.top = `${Math.max(0, Math.min(top - 10, plot.over.clientHeight - box.offsetHeight))}px`;
}
