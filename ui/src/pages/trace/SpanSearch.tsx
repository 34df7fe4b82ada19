/** The search of a trace's spans: text, service, failed ones; from one match to the next. */
import type { WaterfallState } from './useWaterfall';

interface SpanSearchProps
  extends Pick<WaterfallState, 'filter' | 'setFilter' | 'only' | 'setOnly' | 'matches'> {
  services: readonly string[];
  /** Which match has the focus, from 1; 0 for none. */
  place: number;
  /** Goes to the next match, or the one before. */
  onStep: (by: 1 | -1) => void;
}

export function SpanSearch(props: SpanSearchProps) {
  const { filter, setFilter, only, setOnly, matches, services, place, onStep } = props;
  const count = matches?.size ?? 0;
  return (
    <search className="span-search">
      <label>
        <span className="visually-hidden">Find spans</span>
        <input
          type="search"
          placeholder="Find spans: text, key=value, duration>10ms"
          value={filter.text}
          onChange={(event) => setFilter({ ...filter, text: event.target.value })}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return;
            event.preventDefault();
            onStep(event.shiftKey ? -1 : 1);
          }}
        />
      </label>
      {services.length > 1 && (
        <label>
          <span className="visually-hidden">Service</span>
          <select
            value={filter.service}
            onChange={(event) => setFilter({ ...filter, service: event.target.value })}
          >
            <option value="">Every service</option>
            {services.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
      )}
      <label className="span-search-box">
        <input
          type="checkbox"
          checked={filter.errors}
          onChange={() => setFilter({ ...filter, errors: !filter.errors })}
        />{' '}
        Failed
      </label>
      {matches && (
        <>
          <label className="span-search-box">
            <input type="checkbox" checked={only} onChange={() => setOnly(!only)} /> Hide the others
          </label>
          <span className="span-search-count" role="status">
            {count === 0 ? 'No span matches' : `${place > 0 ? `${place} of ` : ''}${count} found`}
          </span>
          <button type="button" disabled={count === 0} aria-label="Previous match" onClick={() => onStep(-1)}>
            ↑
          </button>
          <button type="button" disabled={count === 0} aria-label="Next match" onClick={() => onStep(1)}>
            ↓
          </button>
        </>
      )}
    </search>
  );
}
