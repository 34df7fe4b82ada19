/** Keeps what says the same, so that whoever depends on it is not built anew. */
import { useState } from 'react';

/** The value of before while it says the same. */
export function useSame<T>(value: T): T {
  const [kept, keep] = useState(value);
  if (JSON.stringify(kept) === JSON.stringify(value)) return kept;
  keep(value);
  return value;
}
