/** Chooses the time range and how often the page refreshes; both live in the URL. */
import { useId, useState } from 'react';
import {
  describeRange,
  QUICK_RANGES,
  type RawRange,
  resolveRange,
  resolveTime,
  writtenEnd,
  zoomedOut,
} from '../lib/timeRange';
import './TimePicker.css';

const REFRESH_CHOICES = ['', '5s', '10s', '30s', '1m', '5m', '15m'];

interface TimePickerProps {
  range: RawRange;
  /** When the data begin, and the page's moment, both in milliseconds since the epoch. */
  start: number | undefined;
  now: number;
  onRange: (range: RawRange) => void;
  refresh: string;
  onRefresh: (refresh: string) => void;
  onNow: () => void;
}

export function TimePicker({ range, start, now, onRange, refresh, onRefresh, onNow }: TimePickerProps) {
  const [open, setOpen] = useState(false);
  const choose = (next: RawRange) => {
    onRange(next);
    setOpen(false);
  };
  return (
    <div className="time-picker">
      <div className="time-picker-range">
        <button type="button" aria-expanded={open} aria-haspopup="dialog" onClick={() => setOpen(!open)}>
          {describeRange(range, start)}
        </button>
        {open && <RangeDialog range={range} start={start} onChoose={choose} onClose={() => setOpen(false)} />}
      </div>
      <button
        type="button"
        onClick={() => onRange(zoomedOut(resolveRange(range, now), now))}
        aria-label="Zoom out"
        title="Twice the time range"
      >
        −
      </button>
      <button type="button" onClick={onNow} aria-label="Refresh now" title="Refresh now">
        ↻
      </button>
      <label>
        <span className="visually-hidden">Refresh every</span>
        <select value={refresh} onChange={(event) => onRefresh(event.target.value)}>
          {REFRESH_CHOICES.map((choice) => (
            <option key={choice} value={choice}>
              {choice || 'Off'}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

interface RangeDialogProps {
  range: RawRange;
  start: number | undefined;
  onChoose: (range: RawRange) => void;
  onClose: () => void;
}

function RangeDialog({ range, start, onChoose, onClose }: RangeDialogProps) {
  const [draft, setDraft] = useState({ from: writtenEnd(range.from), to: writtenEnd(range.to) });
  const quickRanges = [
    ...(start === undefined ? [] : [{ label: 'Since the start', from: String(start), to: 'now' }]),
    ...QUICK_RANGES,
  ];
  const errorId = useId();
  const wrong = (['from', 'to'] as const).filter((end) => resolveTime(draft[end], 0) === undefined);
  return (
    <div
      className="time-dialog"
      role="dialog"
      aria-label="Time range"
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (wrong.length === 0) onChoose(draft);
        }}
      >
        {(['from', 'to'] as const).map((end) => (
          <label key={end}>
            {end === 'from' ? 'From' : 'To'}
            <input
              value={draft[end]}
              aria-invalid={wrong.includes(end)}
              aria-describedby={errorId}
              onChange={(event) => setDraft({ ...draft, [end]: event.target.value })}
            />
          </label>
        ))}
        <p id={errorId} className="muted">
          {wrong.length > 0 ? 'Write now-15m or 2026-01-31 12:00:00' : 'For example now-15m, or a date'}
        </p>
        <button type="submit" className="primary" disabled={wrong.length > 0}>
          Apply
        </button>
      </form>
      <ul>
        {quickRanges.map((quick) => (
          <li key={quick.from}>
            <button
              type="button"
              className="quiet"
              aria-pressed={quick.from === range.from && quick.to === range.to}
              onClick={() => onChoose({ from: quick.from, to: quick.to })}
            >
              {quick.label}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
