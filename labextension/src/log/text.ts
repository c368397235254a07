import Anser, { AnserJsonEntry } from 'anser';

/** Characters of a line that are drawn before one asks for more. */
export const LONGEST = 10_000;

/** A piece of a line in one look; `tone` is one of eight, or none. */
export interface IPiece {
  text: string;
  tone?: string;
  bold: boolean;
}

const TONES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** Return what a terminal would show of a line: what a carriage return draws over is gone. */
export function settled(line: string): string {
  const end = line.endsWith('\r') ? line.length - 1 : line.length;
  return line.slice(line.lastIndexOf('\r', end - 1) + 1, end);
}

/** Return a line in pieces by its escape codes, of which colours and bold count. */
export function pieces(line: string): IPiece[] {
  if (!line.includes('\u001b')) {
    return [{ text: line, bold: false }];
  }
  return Anser.ansiToJson(line, { use_classes: true, remove_empty: true }).map(piece);
}

function piece(entry: AnserJsonEntry): IPiece {
  const name = /^ansi-(?:bright-)?(\w+)$/.exec(entry.fg)?.[1];
  return {
    text: entry.content,
    tone: name && TONES.includes(name) ? name : undefined,
    bold: entry.decorations.includes('bold')
  };
}

/** Return the parts of a text that match and those between, in turn; the first is between. */
export function parted(text: string, pattern: RegExp | null): string[] {
  if (!pattern) {
    return [text];
  }
  const parts: string[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match[0] !== '') {
      parts.push(text.slice(from, match.index), match[0]);
      from = match.index + match[0].length;
    }
  }
  return [...parts, text.slice(from)];
}

/** Return the pattern of a search, or null where it has none or is none. */
export function patternFor(q: string, regex: boolean, matchCase: boolean): RegExp | null {
  if (!q) {
    return null;
  }
  try {
    return new RegExp(regex ? q : q.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), matchCase ? 'g' : 'gi');
  } catch {
    return null;
  }
}
