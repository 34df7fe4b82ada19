/** What a verification report says, ordered for people. Pure. */
import type { Check, VerificationReport, VerificationSummary } from '../../api/status';
import { groupBy } from '../../lib/groupBy';

/** The checks of one area, in the order in which they were made. */
export interface Area {
  name: string;
  title: string;
  checks: readonly Check[];
  /** `14 passed, 1 failed`. */
  counts: string;
  good: boolean;
}

/** The checks by area, in the order of the report. */
export function areasOf(report: VerificationReport): Area[] {
  return [...groupBy(report.checks, ({ area }) => area)].map(([name, checks]) => {
    const [pass, fail, skip] = (['pass', 'fail', 'skip'] as const).map(
      (status) => checks.filter((check) => check.status === status).length,
    );
    return {
      name,
      title: name.charAt(0).toUpperCase() + name.slice(1),
      checks,
      counts: countsOfChecks({ pass: pass ?? 0, fail: fail ?? 0, skip: skip ?? 0 }),
      good: fail === 0,
    };
  });
}

/** `102 passed, 1 skipped, 2 failed`, without what there is none of. */
export function countsOfChecks({
  pass,
  skip,
  fail,
}: Pick<VerificationSummary, 'pass' | 'skip' | 'fail'>): string {
  const parts = [
    { count: pass, word: 'passed' },
    { count: skip, word: 'skipped' },
    { count: fail, word: 'failed' },
  ];
  const said = parts.filter(({ count }) => count > 0).map(({ count, word }) => `${count} ${word}`);
  return said.join(', ') || 'no checks';
}

/** A check's name within its area. */
export function nameIn(check: Check): string {
  return check.id.startsWith(`${check.area}/`) ? check.id.slice(check.area.length + 1) : check.id;
}
