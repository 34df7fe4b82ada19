/** True for what a store says about an empty result, beside what the original products say. */
export function isHint(text: string): boolean {
  return text.startsWith('Dicelab hint: ');
}

/** A store's hint without its mark and its place in a query that the reader does not see; several queries share it. */
export function plainHint(hint: string): string {
  return hint.replace(/^Dicelab hint: /, '').replace(/ \(\d+:\d+\)$/, '');
}
