import React from 'react';
import { trans } from '../text/trans';

interface IBanner {
  children: React.ReactNode;
  /** Its buttons. */
  actions?: React.ReactNode;
  /** The command that does the same. */
  command?: string | null;
  /** Whether something went wrong just now, which is read out at once. */
  alert?: boolean;
}

/** What a run or a view needs of the user: the reason, what to do, and the same as a command. */
export function Banner(props: IBanner): React.JSX.Element {
  return (
    <div
      className="gj-Banner"
      data-alert={props.alert || undefined}
      role={props.alert ? 'alert' : 'status'}
    >
      <div>{props.children}</div>
      {props.actions && <div className="gj-Banner-actions">{props.actions}</div>}
      {props.command && (
        <div className="gj-hint">
          {trans.__('or:')} <code>{props.command}</code>
        </div>
      )}
    </div>
  );
}
