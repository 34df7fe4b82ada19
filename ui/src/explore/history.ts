/** Queries that were run, newest first; kept in this browser. */
import type { PaneState } from './links';
import { signalOf } from './signals';

/** More are forgotten. */
export const MOST_REMEMBERED = 50;
const KEY = 'dicelab.history';

/** Puts a query in front; the same one further back goes. */
export function remembered(history: readonly PaneState[], ran: PaneState): PaneState[] {
  const others = history.filter(({ signal, query }) => signal !== ran.signal || query !== ran.query);
  return [ran, ...others].slice(0, MOST_REMEMBERED);
}

/** Reads what a browser has kept; whatever is no history is none. */
export function parseHistory(text: string | null): PaneState[] {
  try {
    const parsed: unknown = JSON.parse(text ?? '[]');
    if (!Array.isArray(parsed)) return [];
    return parsed
      .filter(
        (one): one is PaneState => typeof one?.query === 'string' && one.signal === signalOf(one.signal),
      )
      .map(({ signal, query }) => ({ signal, query }))
      .slice(0, MOST_REMEMBERED);
  } catch {
    return [];
  }
}

export function loadHistory(): PaneState[] {
  return parseHistory(localStorage.getItem(KEY));
}

export function saveHistory(history: readonly PaneState[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(history));
  } catch {
    // Without room the history stays as it was.
  }
}
