import type { Schemas } from '../api/client';

export type TrialState = Schemas['TrialState'];
export type RunState = Schemas['RunState'];
export type State = TrialState | RunState;

/** The order in which states are counted and drawn. */
export const DONE_FIRST: readonly TrialState[] = [
  'succeeded',
  'pruned',
  'stopped',
  'failed',
  'interrupted',
  'running',
  'starting',
  'queued'
];

/** Whether nothing more happens in a state by itself. */
export function hasEnded(state: State): boolean {
  return ['succeeded', 'failed', 'stopped', 'pruned', 'interrupted'].includes(state);
}

/** Return the counts in words: `57 succeeded, 3 failed`. */
export function countsInWords(counts: Schemas['Counts']): string {
  return DONE_FIRST.filter(state => counts[state])
    .map(state => `${counts[state]?.toLocaleString('en-US')} ${state}`)
    .join(', ');
}
