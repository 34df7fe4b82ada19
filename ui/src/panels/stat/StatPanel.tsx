/** One number per series, large, with the line of its past behind it. */
import { configOf, display, nameOf } from '../../dashboard/fieldConfig';
import type { Field } from '../../lib/frame';
import { reduce } from '../../lib/reduce';
import type { PanelProps } from '../props';
import { Sparkline } from './Sparkline';
import './StatPanel.css';

interface StatOptions {
  reduceOptions?: { calcs?: string[] };
  graphMode?: 'none' | 'area' | 'line';
  colorMode?: 'none' | 'value' | 'background' | 'background_solid';
  textMode?: 'auto' | 'value' | 'value_and_name' | 'name' | 'none';
}

export function StatPanel({ panel, data, width, height }: PanelProps) {
  const options = (panel.options ?? {}) as StatOptions;
  const calc = options.reduceOptions?.calcs?.[0] ?? 'lastNotNull';
  const fields = data.frames.flatMap((frame) =>
    frame.fields.filter(({ type }) => type === 'number').map((field) => ({ frame, field })),
  );
  const named = options.textMode?.includes('name') || (options.textMode !== 'value' && fields.length > 1);
  const each = {
    width: width / Math.max(1, width > height ? fields.length : 1),
    height: height / Math.max(1, width > height ? 1 : fields.length),
  };
  return (
    <div className="stat-panel" data-wide={width > height}>
      {fields.map(({ frame, field }, at) => {
        const config = configOf(panel, frame, field);
        const { text, color } = display(reduce(field.values, calc), config, at);
        const solid = options.colorMode?.startsWith('background');
        const name = nameOf(config, frame, field);
        const size = Math.min(each.height * 0.42, (each.width / Math.max(text.length, 3)) * 1.5, 64);
        return (
          <div key={name} className="stat" style={solid ? { background: color, color: '#fff' } : undefined}>
            {options.graphMode !== 'none' && options.graphMode !== undefined && (
              <Sparkline values={numbers(field)} color={solid ? '#ffffff' : color} />
            )}
            <span
              className="stat-value"
              style={{
                fontSize: `${size}px`,
                color: solid || options.colorMode === 'none' ? undefined : color,
              }}
            >
              {text}
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
