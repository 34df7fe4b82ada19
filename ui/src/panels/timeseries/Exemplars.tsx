/** Exemplars as diamonds over the plot; each is a link to its trace. */
import type uPlot from 'uplot';
import { Link } from 'wouter';
import type { Exemplar } from '../../lib/frame';
import type { TimeRange } from '../../lib/timeRange';

/** As many as can be told apart. */
const MOST = 60;

interface ExemplarsProps {
  plot: uPlot;
  exemplars: readonly Exemplar[];
  range: TimeRange;
  /** Named so that a change of the data moves the marks. */
  data: uPlot.AlignedData;
}

export function Exemplars({ plot, exemplars, range }: ExemplarsProps) {
  const ratio = window.devicePixelRatio || 1;
  const box = {
    left: plot.bbox.left / ratio,
    top: plot.bbox.top / ratio,
    width: plot.bbox.width / ratio,
    height: plot.bbox.height / ratio,
  };
  const inside = exemplars.filter(({ time, traceId }) => traceId && time >= range.from && time <= range.to);
  const thinned = inside.filter((_, at) => at % Math.ceil(inside.length / MOST) === 0);
  return (
    <div className="exemplars" style={box}>
      {thinned.map((one) => {
        const x = plot.valToPos(one.time / 1000, 'x');
        const y = Math.min(Math.max(plot.valToPos(one.value, 'y'), 0), box.height);
        const label = `Trace ${one.traceId}, ${one.value}`;
        return (
          <Link
            key={`${one.traceId}-${one.time}-${one.value}`}
            href={`/explore/trace/${encodeURIComponent(one.traceId)}`}
            className="exemplar"
            style={{ left: x, top: y }}
            aria-label={label}
            title={label}
          />
        );
      })}
    </div>
  );
}
