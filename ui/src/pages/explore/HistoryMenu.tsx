/** The queries that were run before, to be run again. */
import { useState } from 'react';
import type { PaneState } from '../../explore/links';
import { SIGNALS } from '../../explore/signals';

interface HistoryMenuProps {
  history: readonly PaneState[];
  onChoose: (state: PaneState) => void;
}

export function HistoryMenu({ history, onChoose }: HistoryMenuProps) {
  const [open, setOpen] = useState(false);
  return (
    <div className="explore-history">
      <button type="button" className="quiet" aria-expanded={open} onClick={() => setOpen(!open)}>
        History
      </button>
      {open && (
        <ul aria-label="Query history" onKeyDown={(event) => event.key === 'Escape' && setOpen(false)}>
          {history.length === 0 && <li className="muted">No query has been run yet.</li>}
          {history.map((one) => (
            <li key={`${one.signal} ${one.query}`}>
              <button
                type="button"
                className="quiet history-entry"
                onClick={() => {
                  setOpen(false);
                  onChoose(one);
                }}
              >
                <span className="muted">{SIGNALS[one.signal].language}</span>
                <code>{one.query}</code>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
