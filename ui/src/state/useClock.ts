/** The present moment for texts such as "3 s ago": one timer for all of them. */
import { useSyncExternalStore } from 'react';

/** How often the moment moves, in milliseconds. */
const STEP = 1000;

const readers = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

/** The present moment in milliseconds since the epoch, to the second. */
export function useClock(): number {
  return useSyncExternalStore(subscribe, () => now);
}

function subscribe(reader: () => void): () => void {
  readers.add(reader);
  if (timer === undefined) {
    tick();
    timer = setInterval(tick, STEP);
  }
  return () => {
    readers.delete(reader);
    if (readers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

function tick(): void {
  now = Date.now();
  for (const reader of readers) reader();
}
