/** Takes an imported dashboard away, after a second press. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { removeDashboard } from '../../api/lab';

export function RemoveButton({ uid }: { uid: string }) {
  const [asked, setAsked] = useState(false);
  const [, go] = useLocation();
  const cache = useQueryClient();
  const removal = useMutation({
    mutationFn: () => removeDashboard(uid),
    onSuccess: async () => {
      cache.removeQueries({ queryKey: ['dashboard', uid] });
      await cache.invalidateQueries({ queryKey: ['dashboards'] });
      go('/dashboards');
    },
  });
  return (
    <>
      <button
        type="button"
        disabled={removal.isPending}
        onClick={() => (asked ? removal.mutate() : setAsked(true))}
        onBlur={() => setAsked(false)}
      >
        {asked ? 'Remove permanently' : 'Remove'}
      </button>
      {removal.error && <span role="alert">{removal.error.message}</span>}
    </>
  );
}
