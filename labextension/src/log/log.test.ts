import { describe, expect, it } from 'vitest';

import type { Schemas } from '../api/client';
import { parted, patternFor, pieces, settled } from './text';
import { fromPiece, withNext, withPrevious } from './window';

function piece(offset: number, text: string, more = {}): Schemas['LogPiece'] {
  const end = offset + new TextEncoder().encode(text).length;
  return {
    stream: 'stdout',
    attempt: 1,
    offset,
    end,
    size: end,
    text,
    line: null,
    over: false,
    empty: null,
    ...more
  };
}

describe('a line', () => {
  it('shows what a carriage return has left', () => {
    expect(settled('10%\r50%\r100%')).toBe('100%');
    expect(settled('100%\r')).toBe('100%');
    expect(settled('plain')).toBe('plain');
  });

  it('has colours, and no other escape codes', () => {
    expect(pieces('\u001b[1;31mbad\u001b[0m end')).toEqual([
      { text: 'bad', tone: 'red', bold: true },
      { text: ' end', tone: undefined, bold: false }
    ]);
    expect(pieces('<img src=x>')).toEqual([{ text: '<img src=x>', bold: false }]);
  });

  it('is parted by what is searched', () => {
    expect(parted('a.b.c', patternFor('.', false, false))).toEqual(['a', '.', 'b', '.', 'c']);
    expect(parted('Loss', patternFor('loss', false, false))).toEqual(['', 'Loss', '']);
    expect(parted('Loss', patternFor('loss', false, true))).toEqual(['Loss']);
    expect(patternFor('(', true, false)).toBeNull();
    expect(parted('abc', patternFor('x*', true, false))).toEqual(['abc']);
  });
});

describe('a stretch of a log', () => {
  it('grows at its end, also in the middle of a line', () => {
    const begun = fromPiece(piece(0, 'one\ntw', { line: 1 }));
    expect(begun).toMatchObject({ lines: ['one', 'tw'], open: true, number: 1 });
    const grown = withNext(begun, piece(6, 'o\nthree\n', { over: true }));
    expect(grown).toMatchObject({
      lines: ['one', 'two', 'three'],
      open: false,
      end: 14,
      over: true
    });
    expect(withNext(grown, piece(14, '', { size: 14 })).lines).toBe(grown.lines);
  });

  it('grows at its top, and counts back', () => {
    const known = fromPiece(piece(8, 'three\n', { line: 3 }));
    const more = withPrevious(known, piece(0, 'one\ntwo\n'));
    expect(more).toMatchObject({ offset: 0, number: 1, lines: ['one', 'two', 'three'] });
  });

  it('begins anew where a piece does not follow', () => {
    expect(withNext(fromPiece(piece(0, 'a\n')), piece(100, 'z\n')).lines).toEqual(['z']);
  });

  it('lets its beginning go when it is long', () => {
    const long = fromPiece(piece(0, 'x\n'.repeat(40_000), { line: 1 }));
    const longer = withNext(long, piece(80_000, 'ä\ny\n'));
    expect(longer.lines).toHaveLength(40_000);
    expect(longer).toMatchObject({ offset: 4, number: 3 });
  });
});
