/** Explore: one query in one of the three languages, or two side by side; everything of it stands in the address. */
import { useState } from 'react';
import { useSearchParams } from 'wouter';
import { TimePicker } from '../../components/TimePicker';
import { loadHistory, remembered, saveHistory } from '../../explore/history';
import type { PaneState } from '../../explore/links';
import { signalOf } from '../../explore/signals';
import { withParams } from '../../state/url';
import { useTitle } from '../../state/useTitle';
import { usePageTime } from '../usePageTime';
import './ExplorePage.css';
import { Pane } from './Pane';

const STANDARD_RANGE = { from: 'now-1h', to: 'now' };
/** The second pane's parameters bear this suffix. */
const SECOND = '2';

export default function ExplorePage() {
  const [params, setParams] = useSearchParams();
  const { range, ready, zoom, renew, picker } = usePageTime(STANDARD_RANGE);
  const [history, setHistory] = useState(loadHistory);
  const split = params.has(`signal${SECOND}`);
  const change = (suffix: string, state: PaneState | undefined) => {
    const next = {
      [`signal${suffix}`]: state?.signal,
      [`query${suffix}`]: state?.query || undefined,
    };
    // The same query again asks again, and is no step of the way back.
    setParams((current) => withParams(current, next), {
      replace: withParams(params, next).toString() === params.toString(),
    });
    if (state?.query) {
      const kept = remembered(history, state);
      setHistory(kept);
      saveHistory(kept);
    }
    renew();
  };
  const paneOf = (suffix: string): PaneState => ({
    signal: signalOf(params.get(`signal${suffix}`) ?? undefined),
    query: params.get(`query${suffix}`) ?? '',
  });
  useTitle([paneOf('').query, 'Explore']);
  if (!ready) return <p className="app-wait">Loading…</p>;
  const suffixes = split ? ['', SECOND] : [''];
  return (
    <div className="explore" data-split={split}>
      <div className="explore-bar">
        <h1>Explore</h1>
        <button
          type="button"
          aria-pressed={split}
          onClick={() => change(SECOND, split ? undefined : paneOf(''))}
        >
          {split ? 'Close split' : 'Split'}
        </button>
        <TimePicker {...picker} />
      </div>
      <div className="explore-panes">
        {suffixes.map((suffix) => (
          <Pane
            key={suffix}
            name={suffix === SECOND ? 'Right' : 'Left'}
            state={paneOf(suffix)}
            range={range}
            history={history}
            onChange={(state) => change(suffix, state)}
            onZoom={zoom}
          />
        ))}
      </div>
    </div>
  );
}
