/** What is missing or doubtful in what stands beside it. */
import type { ReactNode } from 'react';
import './Warning.css';

export function Warning({ children }: { children: ReactNode }) {
  return (
    <p role="note" className="warning">
      ⚠ {children}
    </p>
  );
}
