/** Keeps what says the same, so that whoever depends on it is not built anew. */
import { useRef } from 'react';

/** The value of before while it says the same. */
export function useSame<T>(value: T): T {
  const kept = useRef(value);
  if (JSON.stringify(kept.current) !== JSON.stringify(value)) kept.current = value;
  return kept.current;
}
