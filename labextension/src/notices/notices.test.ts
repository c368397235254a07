import { describe, expect, it } from 'vitest';

import type { Schemas } from '../api/client';
import { endOf, isTold, Underway } from './ends';

const run = {
  run: 'calm-heron-9',
  state: 'succeeded',
  counts: { succeeded: 57 },
  best: null
} as unknown as Schemas['RunRow'];
const failed = { ...run, state: 'failed', counts: { succeeded: 57, failed: 3 } } as typeof run;

describe('what is under way', () => {
  it('ends once, and only where it was seen before', () => {
    const underway = new Underway();
    expect(underway.saw('old', 'succeeded')).toBe(false);
    expect(underway.saw('one', 'queued')).toBe(false);
    expect(underway.saw('one', 'running')).toBe(false);
    expect(underway.saw('one', 'paused')).toBe(false);
    expect(underway.runs).toEqual(['one']);
    expect(underway.saw('one', 'failed')).toBe(true);
    expect(underway.saw('one', 'failed')).toBe(false);
    expect(underway.saw('one', 'running')).toBe(false);
    expect(underway.saw('one', 'succeeded')).toBe(true);
  });

  it('has not ended where it was deleted', () => {
    const underway = new Underway();
    underway.saw('one', 'running');
    expect(underway.saw('one', null)).toBe(false);
    expect(underway.runs).toEqual([]);
  });
});

describe('an end', () => {
  it('is told as it is set', () => {
    expect([isTold(run, 'all'), isTold(run, 'failed'), isTold(run, 'none')]).toEqual([
      true,
      false,
      false
    ]);
    expect([isTold(failed, 'failed'), isTold(failed, 'none')]).toEqual([true, false]);
  });

  it('says what failed and what is best', () => {
    const best = { metric: 'val_loss', mode: 'min', value: 0.18151, trial: 12 } as const;
    expect(endOf({ ...run, best })).toBe(
      'calm-heron-9 ended: 57 succeeded. Best val_loss 0.1815, trial 12.'
    );
    expect(endOf(failed)).toBe('calm-heron-9 ended with failures: 57 succeeded, 3 failed.');
  });
});
