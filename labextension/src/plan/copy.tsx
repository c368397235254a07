import { caretDownIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { Schemas } from '../api/client';
import { copyText } from '../parts/copy';
import { openMenu } from '../parts/menu';
import { useServices } from '../state/services';
import { trans } from '../text/trans';

/** A plan as a line: to copy for a cell or a shell, or to put into a cell. */
export function CopyPlan(props: { plan?: Schemas['Plan'] | null }): React.JSX.Element {
  const { plan } = props;
  const { actions } = useServices();
  return (
    <button
      type="button"
      className="gj-Button"
      aria-haspopup="menu"
      disabled={!plan}
      onClick={event =>
        openMenu(event.currentTarget, [
          {
            label: trans.__('Copy %grid line'),
            onSelect: () => void copyText(plan?.magic ?? '')
          },
          {
            label: trans.__('Insert as cell'),
            onSelect: () => actions.insertCell(plan?.magic ?? '')
          },
          {
            label: trans.__('Copy shell line'),
            onSelect: () => void copyText(plan?.command ?? '')
          }
        ])
      }
    >
      {trans.__('Copy')}
      <caretDownIcon.react tag="span" className="gj-Icon" />
    </button>
  );
}
