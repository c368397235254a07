import { useCallback, useMemo } from 'react';

import { answer } from '../api/client';
import { useLive } from '../state/live';
import { useServices } from '../state/services';

/** Return what trials were given for a parameter; it never changes once a trial has started. */
export function useValues(
  run: string,
  label: string,
  trials: readonly number[]
): ReadonlyMap<number, string> {
  const { api } = useServices();
  const only = trials.join(',');
  const load = useCallback(
    async (signal: AbortSignal) => {
      if (!label || !only) {
        return [];
      }
      const query = { only, sort: 'trial', limit: 1000 };
      const found = await answer(
        api.GET('/runs/{run}/trials', { params: { path: { run }, query }, signal })
      );
      return found.rows;
    },
    [api, run, label, only]
  );
  const rows = useLive(load, null).data;
  return useMemo(
    () => new Map((rows ?? []).map(row => [row.trial, row.params[label] ?? ''])),
    [rows, label]
  );
}
