/** The clock of a refreshing page: a moment that moves with every refresh, at once for all panels. */
import { useCallback, useEffect, useState } from 'react';

/** The present moment, renewed every `interval` milliseconds while the page is seen, and on demand. */
export function useNow(interval: number | undefined): [number, () => void] {
  const [now, setNow] = useState(() => Date.now());
  const refresh = useCallback(() => setNow(Date.now()), []);
  useEffect(() => {
    if (!interval) return undefined;
    const timer = setInterval(() => document.visibilityState === 'visible' && refresh(), interval);
    return () => clearInterval(timer);
  }, [interval, refresh]);
  return [now, refresh];
}
