/** Above the spans: what folds all of them, the way out of a zoom, and the ruler of the time that is drawn. */
import { formatValue } from '../../lib/units';
import type { View } from '../../trace/view';

interface WaterfallHeadProps {
  view: View;
  total: number;
  onExpand: () => void;
  onCollapse: () => void;
  onZoom: (view: View) => void;
}

export function WaterfallHead({ view, total, onExpand, onCollapse, onZoom }: WaterfallHeadProps) {
  const zoomed = view.from > 0 || view.to < total;
  return (
    <div className="waterfall-head">
      <span className="waterfall-tools">
        <button type="button" className="quiet" onClick={onExpand}>
          Expand all
        </button>
        <button type="button" className="quiet" onClick={onCollapse}>
          Collapse all
        </button>
        {zoomed && (
          <button type="button" onClick={() => onZoom({ from: 0, to: total })}>
            Whole trace
          </button>
        )}
      </span>
      <div className="waterfall-ruler" aria-hidden="true">
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <span key={share} style={{ left: `${share * 100}%` }}>
            {formatValue(view.from + (view.to - view.from) * share, 'ms')}
          </span>
        ))}
      </div>
    </div>
  );
}
