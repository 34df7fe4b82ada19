/** One number per series, large, with the line of its past behind it. */
import type { Field } from '../../lib/frame';
import type { PanelProps } from '../props';
import { reducedValues } from '../reduced';
import { Sparkline } from './Sparkline';
import './StatPanel.css';

interface StatOptions {
  graphMode?: 'none' | 'area' | 'line';
  colorMode?: 'none' | 'value' | 'background' | 'background_solid';
  textMode?: 'auto' | 'value' | 'value_and_name' | 'name' | 'none';
}

export function StatPanel({ panel, data, width, height }: PanelProps) {
  const { graphMode = 'none', colorMode = 'value', textMode = 'auto' } = (panel.options ?? {}) as StatOptions;
  const values = reducedValues(panel, data.frames);
  const named = textMode.includes('name') || (textMode === 'auto' && values.length > 1);
  const wide = width > height;
  const each = wide ? { width: width / values.length, height } : { width, height: height / values.length };
  const solid = colorMode.startsWith('background');
  return (
    <div className="stat-panel" data-wide={wide}>
      {values.map(({ key, name, shown, field }) => {
        const size = Math.min(each.height * 0.42, (each.width / Math.max(shown.text.length, 3)) * 1.3, 44);
        const color = solid || colorMode === 'none' ? undefined : shown.color;
        return (
          <div
            key={key}
            className="stat"
            data-graph={graphMode !== 'none'}
            style={solid ? { background: shown.color, color: '#fff' } : undefined}
          >
            {graphMode !== 'none' && (
              <Sparkline values={numbers(field)} color={solid ? '#ffffff' : shown.color} />
            )}
            <span className="stat-value" style={{ fontSize: `${size}px`, color }}>
              {shown.text}
            </span>
            {named && <span className="stat-name">{name}</span>}
          </div>
        );
      })}
    </div>
  );
}

function numbers(field: Field): number[] {
  return field.values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
}
