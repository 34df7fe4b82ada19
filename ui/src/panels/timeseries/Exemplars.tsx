/** Exemplars as diamonds over the plot; each is a link to its trace. */
import { useEffect, useReducer } from 'react';
import type uPlot from 'uplot';
import { Link } from 'wouter';
import { clock } from '../../lib/clock';
import type { Exemplar } from '../../lib/frame';
import type { TimeRange } from '../../lib/timeRange';

/** As many as can be told apart. */
const MOST = 60;

interface ExemplarsProps {
  format: (value: number) => string;
  plot: uPlot;
  exemplars: readonly Exemplar[];
  range: TimeRange;
}

export function Exemplars({ plot, exemplars, range, format }: ExemplarsProps) {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  // The marks move whenever the plot is drawn: with new data, another size or another range.
  useEffect(() => {
    const hooks = plot.hooks as { draw?: (() => void)[] | undefined };
    hooks.draw = [...(hooks.draw ?? []), redraw];
    redraw();
    return () => {
      hooks.draw = hooks.draw?.filter((hook) => hook !== redraw);
    };
  }, [plot]);
  const ratio = window.devicePixelRatio || 1;
  const box = {
    left: plot.bbox.left / ratio,
    top: plot.bbox.top / ratio,
    width: plot.bbox.width / ratio,
    height: plot.bbox.height / ratio,
  };
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
