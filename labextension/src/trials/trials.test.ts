import { describe, expect, it } from 'vitest';

import type { Schemas } from '../api/client';
import { compared } from '../trial/compared';
import { layOut, allColumns, chosenColumns, firstColumns } from './columns';
import { sortedBy } from './heads';
import { stepFor } from './keys';
import { gathered, moved, renewed } from './order';

const run = {
  varying: ['lr', 'opt'],
  metrics: ['val_loss', 'acc'],
  metric: 'val_loss'
} as Schemas['RunDetail'];

function row(trial: number, lr: string, loss: number): Schemas['TrialRow'] {
  return {
    trial,
    state: 'succeeded',
    reason: null,
    params: { lr, opt: 'adam' },
    metrics: { val_loss: loss },
    duration: 42,
    elapsed: null,
    attempts: 1,
    started: null,
    ended: null,
    best: false
  };
}

describe('columns', () => {
  it('begin with what varies, the chosen metric and the duration', () => {
    expect(firstColumns(run)).toEqual([
      'trial',
      'state',
      'params.lr',
      'params.opt',
      'metrics.val_loss',
      'duration'
    ]);
    expect(allColumns(run).map(column => column.id)).toContain('metrics.acc');
    const much = { ...run, varying: Array.from('abcdefghi') };
    expect(firstColumns(much).slice(0, 4)).toEqual([
      'trial',
      'state',
      'metrics.val_loss',
      'duration'
    ]);
    expect(chosenColumns(run, ['trial', 'metrics.gone'])).toHaveLength(1);
  });

  it('have numbers on the right, with the same decimals, and never shrink', () => {
    const widths = new Map<string, number>();
    const columns = chosenColumns(run, ['params.lr', 'params.opt', 'metrics.val_loss']);
    const laid = layOut(columns, [row(0, '1e-4', 0.1815), row(1, '0.1', 1.471)], widths);
    expect(laid.columns.map(column => column.right)).toEqual([true, false, true]);
    expect(laid.columns[2]?.decimals).toBe(4);
    expect(layOut(columns, [], widths).template).toBe(laid.template);
  });
});

describe('the order of rows', () => {
  const shown = new Map([
    [0, 7],
    [1, 3],
    [2, 5]
  ]);

  it('tells how many stand elsewhere', () => {
    expect(moved(shown, 0, [7, 5, 3])).toBe(2);
    expect(moved(shown, 0, [7, 3, 5, 9])).toBe(0);
    expect(moved(shown, 1, [3, 5])).toBe(0);
  });

  it('is renewed where it is known anew, and ends where the rows do', () => {
    const all = new Set([1, 3, 5, 7]);
    expect([...renewed(shown, 1, [5, 3], 3, true, all)]).toEqual([
      [0, 7],
      [1, 5],
      [2, 3]
    ]);
    expect([...renewed(shown, 0, [7], 1, true, all)]).toEqual([[0, 7]]);
    expect([...renewed(shown, 5, [1], 9, false, all)]).toEqual([[5, 1]]);
  });

  it('forgets the places of what is not known any more', () => {
    expect([...renewed(shown, 2, [5], 9, true, new Set([5, 7]))]).toEqual([
      [0, 7],
      [2, 5]
    ]);
  });

  it('is not kept apart from what is known of the trials', () => {
    const none = new Set<number>();
    const first = gathered(new Map(), [{ trial: 1, now: 'a' }], none);
    expect([...gathered(first, [{ trial: 1, now: 'b' }], none).values()]).toEqual([
      { trial: 1, now: 'b' }
    ]);
    expect([...first.values()]).toEqual([{ trial: 1, now: 'a' }]);
    expect(gathered(first, [{ trial: 1, now: 'a' }], none).get(1)).toBe(first.get(1));
  });

  it('forgets what came long ago, unless it is shown', () => {
    const many = Array.from({ length: 1_500 }, (_, trial) => ({ trial }));
    const kept = gathered(gathered(new Map(), many.slice(0, 900), new Set()), many, new Set([7]));
    expect(kept.size).toBe(1_000);
    expect(kept.has(1_499)).toBe(true);
    const later = gathered(kept, [{ trial: 9_999 }], new Set([kept.keys().next().value ?? -1]));
    expect([later.size, later.has(9_999)]).toEqual([1_000, true]);
    expect(later.has(kept.keys().next().value ?? -1)).toBe(true);
  });
});

describe('a head', () => {
  const best = { where: '', states: '', sort: 'best', descending: false };

  it('sorts, turns, and goes back to the best', () => {
    const once = sortedBy(best, 'params.lr');
    expect(once).toMatchObject({ sort: 'params.lr', descending: false });
    const twice = sortedBy(once, 'params.lr');
    expect(twice).toMatchObject({ sort: 'params.lr', descending: true });
    expect(sortedBy(twice, 'params.lr')).toEqual(best);
  });
});

describe('keys', () => {
  const plain = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false };
  const step = (key: string, active = 5, more = {}): ReturnType<typeof stepFor> =>
    stepFor({ ...plain, key, ...more }, active, 10, 4);

  it('move within the rows', () => {
    expect(step('ArrowDown')).toEqual({ kind: 'move', to: 6, tick: false });
    expect(step('ArrowDown', 5, { shiftKey: true })).toEqual({ kind: 'move', to: 6, tick: true });
    expect(step('PageDown', 8)).toEqual({ kind: 'move', to: 9, tick: false });
    expect(step('ArrowUp', 0)).toEqual({ kind: 'move', to: 0, tick: false });
    expect(step('Home')).toEqual({ kind: 'move', to: 0, tick: false });
    expect(step('End')).toEqual({ kind: 'move', to: 9, tick: false });
  });

  it('open, tick and filter, and leave others to the browser', () => {
    expect(step('Enter')).toEqual({ kind: 'open' });
    expect(step(' ')).toEqual({ kind: 'tick' });
    expect(step('/')).toEqual({ kind: 'filter' });
    expect(step('c', 5, { ctrlKey: true })).toBeNull();
    expect(step('Tab')).toBeNull();
  });
});

describe('a comparison', () => {
  it('tells what differs', () => {
    const lines = compared([row(0, '0.1', 0.5), row(1, '0.2', 0.5)]);
    expect(lines.filter(line => !line.equal).map(line => line.name)).toEqual(['lr']);
    expect(lines.find(line => line.name === 'val_loss')?.texts).toEqual(['0.5000', '0.5000']);
  });
});
