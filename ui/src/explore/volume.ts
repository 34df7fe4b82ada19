/** How many lines of a log query there are, by level. Pure. */
import { LEVEL_NAMES } from '../lib/logLine';

/** The LogQL for it: the level may stand under several names, the first that a line has is taken. */
export function volumeOf(query: string): string {
  const level = `{{ or ${LEVEL_NAMES.map((name) => `.${name}`).join(' ')} "unknown" | lower }}`;
  return `sum by (level) (count_over_time(${query} | label_format level=\`${level}\` [$__interval]))`;
}
