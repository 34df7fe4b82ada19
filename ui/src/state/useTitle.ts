/** The title of the browser's tab: where one is, the nearest first. */
import { useEffect } from 'react';

const PRODUCT = 'Dicelab';

/** Sets the title as long as the page is there; empty parts are left out. */
export function useTitle(parts: readonly (string | undefined)[]): void {
  const title = [...parts, PRODUCT].filter(Boolean).join(' · ');
  useEffect(() => {
    document.title = title;
    return () => {
      document.title = PRODUCT;
    };
  }, [title]);
}
