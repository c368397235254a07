import React from 'react';

const TAIL = 4;

/** A name that is cut in the middle where it is too long, so that its index at the end stays. */
export function Name(props: { text: string; className?: string }): React.JSX.Element {
  const { text } = props;
  return (
    <span className={`gj-Name ${props.className ?? ''}`} title={text}>
      <span className="gj-sr">{text}</span>
      <span className="gj-Name-head" aria-hidden="true">
        {text.slice(0, -TAIL)}
      </span>
      <span aria-hidden="true">{text.slice(-TAIL)}</span>
    </span>
  );
}
