/** Whether an element is on the screen or close to it, and when it is the turn of what is not. */
import { type RefObject, useEffect, useLayoutEffect, useState } from 'react';

/** Pixels beyond the window's edges that count as close. */
const CLOSE = 200;
/** The next of what is out of sight waits for a quiet moment, but not longer than this, in milliseconds. */
const LONGEST_WAIT = 250;

export function useVisible(element: RefObject<HTMLElement | null>): boolean {
  const [visible, setVisible] = useState(false);
  useLayoutEffect(() => {
    const target = element.current;
    if (!target) return undefined;
    const { top, bottom } = target.getBoundingClientRect();
    setVisible(bottom > -CLOSE && top < window.innerHeight + CLOSE);
    const observer = new IntersectionObserver(
      (entries) => setVisible(entries.at(-1)?.isIntersecting ?? true),
      { rootMargin: `${CLOSE}px` },
    );
    observer.observe(target);
    return () => observer.disconnect();
  }, [element]);
  return visible;
}

/**
 * True from when something is first in sight; for the rest one after the other, whenever the browser has nothing
 * better to do.
 */
export function useTurn(visible: boolean): boolean {
  const [turn, setTurn] = useState(false);
  useEffect(() => {
    if (turn) return undefined;
    if (visible) {
      setTurn(true);
      return undefined;
    }
    const take = () => setTurn(true);
    if (waiting.size === 0) whenQuiet(callNext);
    waiting.add(take);
    return () => {
      waiting.delete(take);
    };
  }, [visible, turn]);
  return visible || turn;
}

/** Who waits for a turn, in order. */
const waiting = new Set<() => void>();

function callNext(): void {
  const [next] = waiting;
  if (!next) return;
  waiting.delete(next);
  next();
  if (waiting.size > 0) whenQuiet(callNext);
}

function whenQuiet(act: () => void): void {
  if ('requestIdleCallback' in window) requestIdleCallback(act, { timeout: LONGEST_WAIT });
  else setTimeout(act, LONGEST_WAIT);
}
