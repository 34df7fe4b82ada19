/** The whole trace at a glance: one thin line a span. */
import { colorOf } from '../../lib/color';
import type { Row } from '../../trace/tree';

const HEIGHT = 48;
/** More lines than pixels would be drawn over each other. */
const MOST = 400;

export function Minimap({ rows, total }: { rows: readonly Row[]; total: number }) {
  const every = Math.ceil(rows.length / MOST);
  const drawn = rows.filter((_, at) => at % every === 0);
  const step = HEIGHT / Math.max(drawn.length, 1);
  return (
    <svg className="minimap" viewBox={`0 0 1000 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      {drawn.map(({ span }, at) => (
        <rect
          key={span.id}
          x={(span.start / total) * 1000}
          y={at * step}
          width={Math.max((span.duration / total) * 1000, 1)}
          height={Math.max(step * 0.7, 0.6)}
          fill={span.error ? 'var(--bad)' : colorOf(span.service)}
        />
      ))}
    </svg>
  );
}
