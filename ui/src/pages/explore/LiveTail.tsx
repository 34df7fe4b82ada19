/** Lines as they come, over Loki's tail. */
import { useEffect, useState } from 'react';
import { parseTail, tailUrl } from '../../api/loki';
import { LogLines } from '../../components/LogLines';
import type { LogLine } from '../../lib/frame';

/** Lines kept; older ones leave the page, not the store. */
const MOST_LINES = 500;

export function LiveTail({ uid, query }: { uid: string; query: string }) {
  const [lines, setLines] = useState<readonly LogLine[]>([]);
  const [state, setState] = useState('connecting');
  useEffect(() => {
    const socket = new WebSocket(tailUrl(uid, query, 50));
    socket.onopen = () => setState('live');
    socket.onclose = () => setState('ended');
    socket.onmessage = ({ data }) => {
      const fresh = parseTail(String(data)).reverse();
      setLines((old) => [...fresh, ...old].slice(0, MOST_LINES));
    };
    return () => {
      socket.onclose = null;
      socket.close();
    };
  }, [uid, query]);
  return (
    <div className="explore-lines">
      <p role="status" className="muted">
        {state === 'live'
          ? `Live, ${lines.length} lines`
          : state === 'ended'
            ? 'The tail has ended'
            : 'Connecting…'}
      </p>
      <LogLines lines={lines} />
    </div>
  );
}
