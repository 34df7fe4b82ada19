/** Explore: one query in one of the three languages; everything of it stands in the address. */
import type { Extension } from '@codemirror/state';
import { useMemo, useState } from 'react';
import { QueryEditor } from '../../components/QueryEditor';
import { TimePicker } from '../../components/TimePicker';
import { logQl, promql, traceQl } from '../../explore/languages';
import { SIGNALS, type Signal, signalOf } from '../../explore/signals';
import { parseDuration } from '../../lib/duration';
import { resolveRange, type TimeRange } from '../../lib/timeRange';
import { useUrlParam, useUrlRange } from '../../state/url';
import { useNow } from '../../state/useNow';
import './ExplorePage.css';
import { LogsResult } from './LogsResult';
import { MetricsResult } from './MetricsResult';
import { TracesResult } from './TracesResult';

const LANGUAGES: Readonly<Record<Signal, Extension>> = {
  metrics: promql('prometheus'),
  logs: logQl('loki'),
  traces: traceQl('tempo'),
};
const RESULTS = { metrics: MetricsResult, logs: LogsResult, traces: TracesResult };
const STANDARD_RANGE = { from: 'now-1h', to: 'now' };

export default function ExplorePage() {
  const [signalParam, setSignal] = useUrlParam('signal');
  const [query = '', setQuery] = useUrlParam('query');
  const [raw, setRaw] = useUrlRange(STANDARD_RANGE);
  const [refresh = '', setRefresh] = useUrlParam('refresh');
  const [now, renew] = useNow(parseDuration(refresh));
  const range = useMemo(() => resolveRange(raw, now), [raw, now]);
  const signal = signalOf(signalParam);
  const info = SIGNALS[signal];
  const Result = RESULTS[signal];
  const zoom = ({ from, to }: TimeRange) => setRaw({ from: String(from), to: String(to) });
  const run = (text: string) => {
    setQuery(text || undefined);
    renew();
  };
  return (
    <div className="explore">
      <div className="explore-bar">
        <h1>Explore</h1>
        <div role="tablist" aria-label="Signal" className="explore-signals">
          {(Object.keys(SIGNALS) as Signal[]).map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              aria-selected={one === signal}
              onClick={() => {
                setQuery(undefined);
                setSignal(one);
              }}
            >
              {SIGNALS[one].name}
            </button>
          ))}
        </div>
        <TimePicker range={raw} onRange={setRaw} refresh={refresh} onRefresh={setRefresh} onNow={renew} />
      </div>
      <Editor key={signal} signal={signal} query={query} onRun={run} />
      {query === '' ? (
        <ul className="explore-examples">
          {info.examples.map((example) => (
            <li key={example.query}>
              <button type="button" className="quiet" onClick={() => run(example.query)}>
                {example.text}
                <code>{example.query}</code>
              </button>
            </li>
          ))}
        </ul>
      ) : (
        <Result uid={info.uid} query={query} range={range} onZoom={zoom} />
      )}
    </div>
  );
}

function Editor({ signal, query, onRun }: { signal: Signal; query: string; onRun: (query: string) => void }) {
  const [draft, setDraft] = useState(query);
  const [ran, setRan] = useState(query);
  // An address that changes under the editor (a link, the way back) brings its query along.
  if (ran !== query) {
    setRan(query);
    setDraft(query);
  }
  const { language } = SIGNALS[signal];
  return (
    <div className="explore-query">
      <QueryEditor
        value={draft}
        language={LANGUAGES[signal]}
        label={`${language} query`}
        hint={`A ${language} query; Enter runs it`}
        onChange={setDraft}
        onRun={onRun}
      />
      <button type="button" className="primary" onClick={() => onRun(draft)}>
        Run
      </button>
    </div>
  );
}
