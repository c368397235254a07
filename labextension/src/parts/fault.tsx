import React from 'react';

import type { Schemas } from '../api/client';

/** What is wrong with a text and how to write it, with the place in the text where it is. */
export function Fault(props: { fault: Schemas['Fault']; id?: string }): React.JSX.Element {
  const { message, text, position } = props.fault;
  const signs = Array.from(text ?? ''); // positions count characters
  return (
    <span id={props.id} className="gj-Fault" role="alert">
      {text !== null && position !== null && position < signs.length && (
        <code>
          {signs.slice(0, position).join('')}
          <u>{signs[position]}</u>
          {signs.slice(position + 1).join('')}
        </code>
      )}
      <span>✗ {message}</span>
    </span>
  );
}
