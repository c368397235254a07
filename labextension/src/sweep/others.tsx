import { closeIcon } from '@jupyterlab/ui-components';
import React from 'react';

import type { Schemas } from '../api/client';
import { IconButton } from '../parts/button';
import { trans } from '../text/trans';
import type { IDraft } from './draft';
import { hasField } from './options';

/** Grid's flags that are set and have no field, as those of a run that is changed may be. */
export function Others(props: {
  flags: readonly Schemas['Flag'][];
  options: IDraft['options'];
  onChange: (options: IDraft['options']) => void;
}): React.JSX.Element {
  const shown = new Set(
    props.flags.filter(flag => hasField(flag, props.options)).map(flag => flag.name)
  );
  const others = Object.entries(props.options).filter(([name]) => !shown.has(name));
  return (
    <>
      {props.flags.length > 0 &&
        others.map(([name, value]) => (
          <div key={name} className="gj-Set">
            <code>{[name, value === true ? [] : value].flat().join(' ')}</code>
            <IconButton
              icon={closeIcon}
              label={trans.__('Leave out %1', name)}
              onClick={() =>
                props.onChange(
                  Object.fromEntries(
                    Object.entries(props.options).filter(([other]) => other !== name)
                  )
                )
              }
            />
          </div>
        ))}
    </>
  );
}
