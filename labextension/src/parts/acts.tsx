import React from 'react';

import { useAway } from '../state/services';

/** Buttons that ask the server for something: off while it does not answer. */
export function Acts(props: { children: React.ReactNode; className: string }): React.JSX.Element {
  return (
    <fieldset className={`gj-Acts ${props.className}`} disabled={useAway()}>
      {props.children}
    </fieldset>
  );
}
