/** How the lab is, and its rules, asked again as time goes on. */
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { type LabStatus, labStatus, type RuleGroup, ruleGroups } from '../api/status';

const RENEWED_EVERY = 3000;
const NONE: RuleGroup[] = [];

export function useLabStatus(): { status: UseQueryResult<LabStatus>; groups: readonly RuleGroup[] } {
  const status = useQuery({
    queryKey: ['lab-status'],
    queryFn: ({ signal }) => labStatus(signal),
    refetchInterval: RENEWED_EVERY,
  });
  const { data: groups = NONE } = useQuery({
    queryKey: ['rules'],
    queryFn: ({ signal }) => ruleGroups(signal),
    refetchInterval: 5 * RENEWED_EVERY,
  });
  return { status, groups };
}
