/** Numbers as bars of one scale, each beside its name. */
import { textColor } from '../../lib/color';
import type { PanelProps } from '../props';
import { reducedValues } from '../reduced';
import './BarGaugePanel.css';

export function BarGaugePanel({ panel, data }: PanelProps) {
  const values = reducedValues(panel, data.frames);
  const upright = (panel.options as { orientation?: string } | undefined)?.orientation === 'vertical';
  const known = values.map(({ value }) => value ?? 0).filter(Number.isFinite);
  const min = values[0]?.config.min ?? Math.min(0, ...known);
  const max = values[0]?.config.max ?? Math.max(...known, min + 1e-9);
  return (
    <ul className="bar-gauge" data-upright={upright}>
      {values.map(({ key, name, value, shown }) => {
        const share = `${Math.min(Math.max(((value ?? 0) - min) / (max - min || 1), 0), 1) * 100}%`;
        return (
          <li key={key}>
            <span className="bar-gauge-name">{name}</span>
            <span className="bar-gauge-track">
              <span
                className="bar-gauge-bar"
                style={{ [upright ? 'height' : 'width']: share, background: shown.color }}
              />
            </span>
            <span className="bar-gauge-value" style={{ color: textColor(shown.color) }}>
              {shown.text}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
