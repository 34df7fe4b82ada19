/** Annotations over the plot: a line at each event, a band where it lasted; its words in a title. */
import type uPlot from 'uplot';
import type { Mark } from '../../dashboard/annotations';
import { clock } from '../../lib/clock';
import type { TimeRange } from '../../lib/timeRange';
import { usePlotBox } from './usePlotBox';

interface MarksProps {
  plot: uPlot;
  marks: readonly Mark[];
  panelId: number | undefined;
  range: TimeRange;
}

export function Marks({ plot, marks, panelId, range }: MarksProps) {
  const box = usePlotBox(plot);
  const inside = marks.filter(
    (mark) => mark.to >= range.from && mark.from <= range.to && (mark.panelId ?? panelId) === panelId,
  );
  return (
    <div className="plot-marks" style={box}>
      {inside.map((mark) => {
        const left = Math.max(0, plot.valToPos(mark.from / 1000, 'x'));
        const right = Math.min(box.width, plot.valToPos(mark.to / 1000, 'x'));
        if (!Number.isFinite(left) || !Number.isFinite(right)) return null;
        const when = mark.to > mark.from ? `${clock(mark.from)} to ${clock(mark.to)}` : clock(mark.from);
        const label = [`${mark.name}, ${when}`, mark.text, mark.tags.join(', ')].filter(Boolean).join('\n');
        return (
          <span
            key={`${mark.name} ${mark.from} ${mark.text}`}
            className="plot-mark"
            role="img"
            aria-label={label}
            title={label}
            style={{ left, width: Math.max(0, right - left), borderColor: mark.color, color: mark.color }}
          />
        );
      })}
    </div>
  );
}
