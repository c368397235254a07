import type { Schemas } from '../api/client';

type Piece = Schemas['LogPiece'];

/** Lines that are kept; of a longer log those farthest from what is read are let go. */
const MOST = 40_000;

/** A stretch of a log that is known, line by line. */
export interface IWindow {
  /** Where it begins and ends, in bytes. */
  offset: number;
  end: number;
  /** The whole log's size as of the last answer. */
  size: number;
  lines: readonly string[];
  /** The number of the first line from 1; null while it is not known. */
  number: number | null;
  /** Whether the attempt is over and the stretch reaches its end. */
  over: boolean;
  /** Whether the last line has no end yet. */
  open: boolean;
}

function split(text: string): { lines: string[]; open: boolean } {
  const lines = text.split('\n');
  const open = lines.at(-1) !== '';
  if (!open) {
    lines.pop();
  }
  return { lines, open };
}

/** Return a stretch that is one piece. */
export function fromPiece(piece: Piece): IWindow {
  const { lines, open } = split(piece.text);
  const { offset, end, size, line, over } = piece;
  return { offset, end, size, lines, number: line, over, open: open && lines.length > 0 };
}

/** Return a stretch with the piece that follows it. */
export function withNext(known: IWindow, piece: Piece): IWindow {
  if (piece.offset !== known.end) {
    return fromPiece(piece);
  }
  if (!piece.text) {
    return { ...known, size: piece.size, over: piece.over };
  }
  const { lines, open } = split(piece.text);
  const joined = known.open
    ? [
        ...known.lines.slice(0, -1),
        (known.lines.at(-1) ?? '') + (lines[0] ?? ''),
        ...lines.slice(1)
      ]
    : [...known.lines, ...lines];
  const all = { ...known, end: piece.end, size: piece.size, lines: joined, over: piece.over, open };
  return all.lines.length > MOST ? cutTop(all, all.lines.length - MOST) : all;
}

/** Return a stretch with the piece that ends where it begins. */
export function withPrevious(known: IWindow, piece: Piece): IWindow {
  const { lines } = split(piece.text);
  return {
    ...known,
    offset: piece.offset,
    lines: [...lines, ...known.lines],
    number: known.number === null ? null : known.number - lines.length
  };
}

function cutTop(known: IWindow, count: number): IWindow {
  const cut = known.lines.slice(0, count);
  const bytes = new TextEncoder().encode(cut.join('\n')).length + 1;
  return {
    ...known,
    offset: known.offset + bytes,
    lines: known.lines.slice(count),
    number: known.number === null ? null : known.number + count
  };
}
