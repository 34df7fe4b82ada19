/** Lines as they come, over Loki's tail. */
import { useEffect, useEffectEvent, useRef, useState } from 'react';
import { parseTail, tailUrl } from '../../api/loki';
import { LogLines } from '../../components/LogLines';
import { withFilter } from '../../explore/logFilter';
import type { LogLine } from '../../lib/frame';
import type { ResultProps } from './result';

/** Lines kept; older ones leave the page, not the store. */
const MOST_LINES = 500;
/** Lines that come first. */
const BACKLOG = 50;

type State = 'connecting' | 'live' | 'ended';

export function LiveTail({ uid, query, onQuery }: Pick<ResultProps, 'uid' | 'query' | 'onQuery'>) {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [dropped, setDropped] = useState(0);
  const [state, setState] = useState<State>('connecting');
  const [paused, setPaused] = useState(false);
  const waiting = useRef<LogLine[]>([]);
  const show = (fresh: readonly LogLine[]) => setLines((old) => [...fresh, ...old].slice(0, MOST_LINES));
  const take = useEffectEvent((text: string) => {
    const frame = parseTail(text);
    waiting.current = [...frame.lines.reverse(), ...waiting.current].slice(0, MOST_LINES);
    if (frame.dropped > 0) setDropped((old) => old + frame.dropped);
    if (!paused) show(waiting.current.splice(0));
  });
  useEffect(() => {
    setLines([]);
    setDropped(0);
    setState('connecting');
    const socket = new WebSocket(tailUrl(uid, query, BACKLOG));
    socket.onopen = () => setState('live');
    socket.onclose = () => setState('ended');
    socket.onmessage = ({ data }) => take(String(data));
    return () => {
      waiting.current = [];
      socket.onclose = null;
      socket.close();
    };
  }, [uid, query]);
  const resume = () => {
    setPaused(false);
    show(waiting.current.splice(0));
  };
  return (
    <div className="explore-lines">
      <p className="explore-live">
        <span role="status" className="muted" data-live={state}>
          {WORDS[state]}
          {state === 'live' && `, the newest ${lines.length} lines`}
          {dropped > 0 && `; ${dropped} were left out because too many came at once`}
        </span>
        <button type="button" aria-pressed={paused} onClick={paused ? resume : () => setPaused(true)}>
          {paused ? 'Resume' : 'Pause'}
        </button>
      </p>
      <LogLines lines={lines} onFilter={(filter) => onQuery(withFilter(query, filter))} />
    </div>
  );
}

const WORDS: Readonly<Record<State, string>> = {
  connecting: 'Connecting…',
  live: 'Live',
  ended: 'The connection has ended; start the live view again',
};
