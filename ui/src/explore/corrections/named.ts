/** Corrections that a store names itself, in its hint about an empty result. Pure. */
import { type Correction, offsetOf, placeOf, replaced, type Said } from './correction';

/** From what a hint says: the metric, label or value that was meant. */
export function named(query: string, { hints }: Said): Correction[] {
  return hints.flatMap((hint) => {
    const [, wrong, right] = /"([^"]+)"; did you mean "([^"]+)"\?/.exec(hint) ?? [];
    if (!wrong || !right) return [];
    const isValue = hint.includes('unknown value');
    const text = `Use ${isValue ? `"${right}"` : right} instead of ${isValue ? `"${wrong}"` : wrong}`;
    const from = offsetOf(query, hint);
    const at = isValue ? query.indexOf(`"${wrong}"`, from) : placeOf(query, wrong, from);
    if (at < 0) return [];
    return [
      { text, query: replaced(query, at, wrong.length + (isValue ? 2 : 0), isValue ? `"${right}"` : right) },
    ];
  });
}
