/** What state each series was in over time; equal neighbours are one stretch (`state-timeline`) or not (`status-history`). */
import { seriesOf } from '../../charts/align';
import { timeTicks } from '../../charts/timeAxis';
import { configOf, display, type FieldConfig, nameOf } from '../../dashboard/fieldConfig';
import { type Stretch, stretchesOf } from '../../dashboard/spans';
import { clock } from '../../lib/clock';
import { paletteColor } from '../../lib/color';
import type { TimeRange } from '../../lib/timeRange';
import type { PanelProps } from '../props';
import './StateTimelinePanel.css';

/** Rows and stretches that are drawn; more could not be seen. */
const MOST_ROWS = 60;
const MOST_STRETCHES = 600;
const TICKS = 6;

export function StateTimelinePanel({ panel, data, range, step }: PanelProps) {
  const join = panel.type === 'state-timeline';
  const rows = seriesOf(data.frames).slice(0, MOST_ROWS);
  const states = new Map<number | string, number>();
  return (
    <div className="state-timeline">
      <div className="state-rows">
        {rows.map(({ frame, field, times }, at) => {
          const config = configOf(panel, frame, field);
          const time = { name: 'Time', type: 'time' as const, values: times };
          const stretches = stretchesOf(time, field, step, join).slice(-MOST_STRETCHES);
          for (const { value } of stretches) if (!states.has(value)) states.set(value, states.size);
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: series may share a name
            <div className="state-row" key={at}>
              <span className="state-name">{nameOf(config, frame, field)}</span>
              <Track stretches={stretches} range={range} config={config} states={states} />
            </div>
          );
        })}
      </div>
      <TimeAxis range={range} />
    </div>
  );
}

interface TrackProps {
  stretches: readonly Stretch[];
  range: TimeRange;
  config: FieldConfig;
  /** Colours by order of appearance where the dashboard names none. */
  states: ReadonlyMap<number | string, number>;
}

function Track({ stretches, range, config, states }: TrackProps) {
  const length = range.to - range.from;
  const share = (time: number) => Math.min(Math.max((time - range.from) / length, 0), 1) * 100;
  return (
    <span className="state-track">
      {stretches.map(({ from, to, value }) => {
        const shown = display(value, config);
        const colored = config.color?.mode || config.mappings?.length;
        const width = share(to) - share(from);
        const label = `${shown.text}, ${clock(from)} – ${clock(to)}`;
        return (
          <span
            key={from}
            className="state"
            title={label}
            style={{
              left: `${share(from)}%`,
              width: `${width}%`,
              background: colored ? shown.color : paletteColor(states.get(value) ?? 0),
            }}
          >
            {width > 6 && shown.text}
          </span>
        );
      })}
    </span>
  );
}

function TimeAxis({ range }: { range: TimeRange }) {
  const span = (range.to - range.from) / 1000;
  const ticks = Array.from({ length: TICKS }, (_, at) => range.from / 1000 + (span * (at + 0.5)) / TICKS);
  return (
    <div className="state-axis" aria-hidden="true">
      {timeTicks(ticks, span).map((text, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a place on the axis
        <span key={at}>{text}</span>
      ))}
    </div>
  );
}
