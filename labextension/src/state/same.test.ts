import { describe, expect, it } from 'vitest';

import { keepingSame } from './same';

describe('a newer answer', () => {
  const older = {
    runs: [
      { run: 'a', counts: { running: 1 } },
      { run: 'b', counts: {} }
    ],
    all: 2
  };
  const copy = (): typeof older => structuredClone(older);

  it('is the older where nothing changed', () => {
    expect(keepingSame(older, copy())).toBe(older);
    expect(keepingSame(undefined, older)).toBe(older);
  });

  it('keeps what is as it was, and nothing else', () => {
    const newer = {
      ...copy(),
      runs: [{ run: 'a', counts: { running: 2 } }, ...copy().runs.slice(1)]
    };
    const kept = keepingSame(older, newer);
    expect(kept).toEqual(newer);
    expect(kept.runs[0]).not.toBe(older.runs[0]);
    expect(kept.runs[1]).toBe(older.runs[1]);
  });

  it('is as long as it is', () => {
    expect(keepingSame([1, 2], [1])).toEqual([1]);
    expect(keepingSame([1], [1, 2])).toEqual([1, 2]);
    expect(keepingSame({ a: 1, b: undefined }, { a: 1 })).toEqual({ a: 1 });
    expect(keepingSame({ a: 1 }, { b: 1 })).toEqual({ b: 1 });
    expect(keepingSame({ a: [] }, { a: {} })).toEqual({ a: {} });
  });

  it('is taken as it is where it is no plain object', () => {
    const newer = { curves: new Map([[1, 2]]) };
    expect(keepingSame({ curves: new Map([[1, 2]]) }, newer).curves).toBe(newer.curves);
  });
});
