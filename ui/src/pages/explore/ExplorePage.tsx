/** Explore: one query in one of the three languages, or two side by side; everything of it stands in the address. */
import { useMemo, useState } from 'react';
import { useSearchParams } from 'wouter';
import { TimePicker } from '../../components/TimePicker';
import { loadHistory, remembered, saveHistory } from '../../explore/history';
import type { PaneState } from '../../explore/links';
import { signalOf } from '../../explore/signals';
import { parseDuration } from '../../lib/duration';
import { resolveRange, type TimeRange } from '../../lib/timeRange';
import { useUrlParam, withParams } from '../../state/url';
import { useNow } from '../../state/useNow';
import { useOpeningRange } from '../../state/useOpeningRange';
import { useTitle } from '../../state/useTitle';
import './ExplorePage.css';
import { Pane } from './Pane';

const STANDARD_RANGE = { from: 'now-1h', to: 'now' };
/** The second pane's parameters bear this suffix. */
const SECOND = '2';

export default function ExplorePage() {
  const [params, setParams] = useSearchParams();
  const [refresh = '', setRefresh] = useUrlParam('refresh');
  const [now, renew] = useNow(parseDuration(refresh));
  const { raw, setRaw, start, ready } = useOpeningRange(STANDARD_RANGE, now);
  const [history, setHistory] = useState(loadHistory);
  const range = useMemo(() => resolveRange(raw, now), [raw, now]);
  const split = params.has(`signal${SECOND}`);
  const zoom = ({ from, to }: TimeRange) => setRaw({ from: String(from), to: String(to) });
  const change = (suffix: string, state: PaneState | undefined) => {
    const next = {
      [`signal${suffix}`]: state?.signal,
      [`query${suffix}`]: state?.query || undefined,
    };
    setParams((current) => withParams(current, next));
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
        <TimePicker
          range={raw}
          start={start}
          now={now}
          onRange={setRaw}
          refresh={refresh}
          onRefresh={setRefresh}
          onNow={renew}
        />
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
