import React from 'react';

import type { State } from '../text/states';
import { trans } from '../text/trans';

const SHAPES: Record<State, React.JSX.Element> = {
  queued: <circle cx="6" cy="6" r="4.25" className="gj-line" />,
  starting: (
    <>
      <circle cx="6" cy="6" r="4.25" className="gj-line" />
      <path d="M6 1.75a4.25 4.25 0 0 1 0 8.5z" className="gj-fill" />
    </>
  ),
  running: <path d="M3 1.5v9l7.5-4.5z" className="gj-fill" />,
  succeeded: <path d="M1.75 6.5 4.75 9.5 10.25 2.75" className="gj-line" />,
  failed: <path d="M2.25 2.25l7.5 7.5M9.75 2.25l-7.5 7.5" className="gj-line" />,
  stopped: <path d="M2 2h8v8H2z" className="gj-fill" />,
  pruned: (
    <>
      <circle cx="6" cy="6" r="4.25" className="gj-line" />
      <path d="M3.75 6h4.5" className="gj-line" />
    </>
  ),
  interrupted: <path d="M7 .75 2.5 6.75h3L5 11.25l4.5-6h-3z" className="gj-fill" />,
  paused: <path d="M2.5 1.5h2.5v9H2.5zM7 1.5h2.5v9H7z" className="gj-fill" />
};

/** The shape of a state; the word beside it says the same, so it is hidden from screen readers. */
export function Sign(props: { state: State }): React.JSX.Element {
  return (
    <svg className="gj-Sign" data-state={props.state} viewBox="0 0 12 12" aria-hidden="true">
      {SHAPES[props.state]}
    </svg>
  );
}

/** A state as shape and word. */
export function StateWord(props: { state: State }): React.JSX.Element {
  return (
    <span className="gj-StateWord">
      <Sign state={props.state} /> {props.state}
    </span>
  );
}

/** The mark of the best trial; it keeps its place where there is none. */
export function Star(props: { best: boolean }): React.JSX.Element {
  return (
    <span
      className="gj-Star"
      {...(props.best
        ? { title: trans.__('best'), role: 'img', 'aria-label': trans.__('best') }
        : {})}
    >
      {props.best ? '★' : ''}
    </span>
  );
}
