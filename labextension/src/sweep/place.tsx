import { closeIcon, folderIcon } from '@jupyterlab/ui-components';
import React, { useEffect, useRef } from 'react';

import { IconButton } from '../parts/button';
import { useServices } from '../state/services';
import { trans } from '../text/trans';
import { IDraft, parted, startsIn } from './draft';

/** Which script is swept, where it starts, and the configuration file that the sweep follows. */
export function Place(props: {
  draft: IDraft;
  /** Whether it is the script that is wrong. */
  fault: boolean;
  onDraft: (draft: IDraft) => void;
}): React.JSX.Element {
  const { draft, onDraft } = props;
  const { pickScript } = useServices().actions;
  const field = useRef<HTMLInputElement>(null);
  // Another script starts in its own folder again.
  const take = (script: string): void => onDraft({ ...draft, script, folder: null });
  const pick = async (): Promise<void> => {
    const script = await pickScript?.(draft.script || draft.config);
    if (script) {
      take(script);
    }
  };
  const missing = draft.config !== '' && draft.script === '';
  useEffect(() => {
    if (missing) {
      field.current?.focus();
    }
  }, [missing, draft.config]);
  const folder = startsIn(draft);
  const elsewhere = draft.script !== '' && folder !== parted(draft.script).folder;
  return (
    <>
      <div className="gj-Field gj-Script">
        <label>
          {trans.__('Script')}
          <input
            ref={field}
            className="gj-Input"
            value={draft.script}
            placeholder="train.py"
            aria-invalid={props.fault}
            spellCheck={false}
            onChange={event => take(event.target.value.trim())}
          />
        </label>
        {pickScript && (
          <IconButton
            icon={folderIcon}
            label={trans.__('Choose a script…')}
            onClick={() => void pick()}
          />
        )}
      </div>
      {missing && (
        <p className="gj-hint">
          {trans.__('Choose the script that %1 is for.', parted(draft.config).name)}
        </p>
      )}
      {elsewhere && <p className="gj-hint">{trans.__('Starts in %1.', folder || '/')}</p>}
      {draft.config !== '' && (
        <div className="gj-Set">
          <span title={draft.config}>
            {trans.__('Configuration')} <code>{parted(draft.config).name}</code>
          </span>
          <IconButton
            icon={closeIcon}
            label={trans.__('Leave out %1', draft.config)}
            onClick={() => onDraft({ ...draft, config: '' })}
          />
        </div>
      )}
    </>
  );
}
