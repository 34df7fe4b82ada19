/** Exemplars as diamonds over the plot; each is a link to its trace. */
import type uPlot from 'uplot';
import { Link } from 'wouter';
import { clock } from '../../lib/clock';
import type { Exemplar } from '../../lib/frame';
import type { TimeRange } from '../../lib/timeRange';
import { usePlotBox } from './usePlotBox';

/** As many as can be told apart. */
const MOST = 60;

interface ExemplarsProps {
  format: (value: number) => string;
  plot: uPlot;
  exemplars: readonly Exemplar[];
  range: TimeRange;
}

export function Exemplars({ plot, exemplars, range, format }: ExemplarsProps) {
  const box = usePlotBox(plot);
  const inside = distinct(exemplars).filter(({ time }) => time >= range.from && time <= range.to);
  const thinned = inside.filter((_, at) => at % Math.ceil(inside.length / MOST) === 0);
  return (
    <div className="exemplars" style={box}>
      {thinned.map((one) => {
        const x = plot.valToPos(one.time / 1000, 'x');
        const y = Math.min(Math.max(plot.valToPos(one.value, 'y'), 0), box.height);
        if (!Number.isFinite(x) || !Number.isFinite(y)) return null;
        const label = `Trace ${one.traceId}: ${format(one.value)} at ${clock(one.time)}`;
        return (
          <Link
            key={one.traceId}
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

/** Each trace once: several queries of a panel, and several buckets of a histogram, hand out the same exemplar. */
function distinct(exemplars: readonly Exemplar[]): Exemplar[] {
  return [...new Map(exemplars.filter(({ traceId }) => traceId).map((one) => [one.traceId, one])).values()];
}
