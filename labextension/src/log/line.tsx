import React, { memo, useMemo, useState } from 'react';

import { formatCount } from '../text/numbers';
import { LONGEST, parted, pieces, settled } from './text';
import { trans } from '../text/trans';

/** One line of a log: its number, its text with colours and hits; text is never HTML. */
export const Line = memo(function Line(props: {
  number: number | null;
  text: string;
  pattern: RegExp | null;
  /** Whether it is the hit, or the error, that one has gone to. */
  marked: boolean;
  error: boolean;
}): React.JSX.Element {
  const [whole, setWhole] = useState(false);
  const text = useMemo(() => settled(props.text), [props.text]);
  const shown = whole ? text : text.slice(0, LONGEST);
  const rest = text.length - shown.length;
  return (
    <div
      className="gj-Line"
      data-marked={props.marked || undefined}
      data-error={props.error || undefined}
    >
      <span className="gj-Line-number" aria-hidden="true">
        {props.number === null ? '' : props.number}
      </span>
      <span className="gj-Line-text">
        {pieces(shown).map((piece, place) => (
          <span key={place} data-tone={piece.tone} data-bold={piece.bold || undefined}>
            {parted(piece.text, props.pattern).map((part, index) =>
              index % 2 ? <mark key={index}>{part}</mark> : part
            )}
          </span>
        ))}
        {rest > 0 && (
          <>
            {trans.__('… %1 more characters', formatCount(rest))}{' '}
            <button type="button" className="gj-Link" onClick={() => setWhole(true)}>
              {trans.__('Show')}
            </button>
          </>
        )}
      </span>
      {props.error && <span className="gj-Line-err">{trans.__('err')}</span>}
    </div>
  );
});
