/** One half of Explore: the signal, its query, its result. */
import type { Extension } from '@codemirror/state';
import { useState } from 'react';
import { QueryEditor } from '../../components/QueryEditor';
import { logQl, promql, traceQl } from '../../explore/languages';
import type { PaneState } from '../../explore/links';
import { SIGNALS, type Signal } from '../../explore/signals';
import type { TimeRange } from '../../lib/timeRange';
import { Corrections } from './Corrections';
import { HistoryMenu } from './HistoryMenu';
import { LogsResult } from './LogsResult';
import { MetricsResult } from './MetricsResult';
import { SearchForm } from './SearchForm';
import { TracesResult } from './TracesResult';

const LANGUAGES: Readonly<Record<Signal, Extension>> = {
  metrics: promql('prometheus'),
  logs: logQl('loki'),
  traces: traceQl('tempo'),
};
const RESULTS = { metrics: MetricsResult, logs: LogsResult, traces: TracesResult };

interface PaneProps {
  name: string;
  state: PaneState;
  range: TimeRange;
  history: readonly PaneState[];
  onChange: (state: PaneState) => void;
  onZoom: (range: TimeRange) => void;
}

export function Pane({ name, state, range, history, onChange, onZoom }: PaneProps) {
  const { signal, query } = state;
  const info = SIGNALS[signal];
  const Result = RESULTS[signal];
  const run = (text: string) => onChange({ signal, query: text.trim() });
  return (
    <section className="explore-pane" aria-label={`${name} query`}>
      <div className="explore-pane-bar">
        <fieldset className="explore-signals">
          <legend className="visually-hidden">Signal</legend>
          {(Object.keys(SIGNALS) as Signal[]).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === signal}
              onClick={() => one !== signal && onChange({ signal: one, query: '' })}
            >
              {SIGNALS[one].name}
            </button>
          ))}
        </fieldset>
        <HistoryMenu history={history} onChoose={onChange} />
      </div>
      {signal === 'traces' && <SearchForm uid={info.uid} onRun={run} />}
      <Editor key={signal} signal={signal} query={query} onRun={run} />
      {query === '' ? (
        <Examples signal={signal} onRun={run} />
      ) : (
        <>
          <Corrections signal={signal} uid={info.uid} query={query} range={range} onQuery={run} />
          <Result uid={info.uid} query={query} range={range} onZoom={onZoom} onQuery={run} />
        </>
      )}
    </section>
  );
}

function Examples({ signal, onRun }: { signal: Signal; onRun: (query: string) => void }) {
  return (
    <ul className="explore-examples" aria-label="Example queries">
      {SIGNALS[signal].examples.map((example) => (
        <li key={example.query}>
          <button type="button" className="quiet" onClick={() => onRun(example.query)}>
            {example.text}
            <code>{example.query}</code>
          </button>
        </li>
      ))}
    </ul>
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
