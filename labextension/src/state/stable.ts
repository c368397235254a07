import { useCallback, useLayoutEffect, useRef } from 'react';

/** Return a function that stays the same, and does what the newest one given would: what is memoised is not drawn anew for it. */
export function useStable<Args extends unknown[]>(
  act: (...args: Args) => void
): (...args: Args) => void {
  const newest = useRef(act);
  useLayoutEffect(() => {
    newest.current = act;
  });
  return useCallback((...args: Args) => newest.current(...args), []);
}
