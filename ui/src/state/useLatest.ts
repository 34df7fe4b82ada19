/** The newest value for whoever asks later, such as a plot that draws when the mouse moves. */
import { useCallback, useInsertionEffect, useRef } from 'react';

/** A function that always stays the same and returns the value of the last render. */
export function useLatest<T>(value: T): () => T {
  const kept = useRef(value);
  // Before every layout effect, in which plots are built and ask.
  useInsertionEffect(() => {
    kept.current = value;
  });
  return useCallback(() => kept.current, []);
}
