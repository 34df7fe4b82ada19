/** A number on an arc, with its thresholds around it. */
import { absoluteSteps } from '../../dashboard/fieldConfig';
import { cssColor } from '../../lib/color';
import type { PanelProps } from '../props';
import { type Reduced, reducedValues } from '../reduced';
import './GaugePanel.css';

/** The arc begins lower left and ends lower right; angles in degrees from straight up. */
const START = -110;
const SWEEP = 220;

export function GaugePanel({ panel, data, width, height }: PanelProps) {
  const values = reducedValues(panel, data.frames);
  return (
    <div className="gauge-panel" data-wide={width >= height}>
      {values.map((one) => (
        <Gauge key={one.key} value={one} named={values.length > 1} />
      ))}
    </div>
  );
}

function Gauge({ value: { name, value, shown, config }, named }: { value: Reduced; named: boolean }) {
  const min = config.min ?? 0;
  const max = config.max ?? 100;
  const share = (at: number) => Math.min(Math.max((at - min) / (max - min || 1), 0), 1);
  const steps = absoluteSteps(config.thresholds, min, max);
  return (
    <figure className="gauge">
      <svg viewBox="0 0 200 140" role="img" aria-label={`${name}: ${shown.text}`}>
        {steps.map(({ color, value: from }, at) => {
          const to = steps[at + 1]?.value ?? max;
          return (
            <path
              key={`${color}${from}`}
              d={arc(share(from), share(to), 92)}
              stroke={cssColor(color)}
              strokeWidth="4"
              fill="none"
            />
          );
        })}
        <path d={arc(0, 1, 78)} className="gauge-track" strokeWidth="18" fill="none" />
        {value !== null && Number.isFinite(value) && (
          <path d={arc(0, share(value), 78)} stroke={shown.color} strokeWidth="18" fill="none" />
        )}
        <text
          x="100"
          y="112"
          textAnchor="middle"
          fontSize={Math.min(34, 190 / Math.max(4, shown.text.length))}
          fill={shown.color}
        >
          {shown.text}
        </text>
      </svg>
      {named && <figcaption>{name}</figcaption>}
    </figure>
  );
}

/** An arc between two shares of the sweep, as an SVG path. */
function arc(from: number, to: number, radius: number): string {
  const point = (share: number) => {
    const angle = ((START + SWEEP * share - 90) * Math.PI) / 180;
    return `${(100 + radius * Math.cos(angle)).toFixed(2)} ${(104 + radius * Math.sin(angle)).toFixed(2)}`;
  };
  const large = (to - from) * SWEEP > 180 ? 1 : 0;
  return `M ${point(from)} A ${radius} ${radius} 0 ${large} 1 ${point(Math.max(to, from + 0.0001))}`;
}
