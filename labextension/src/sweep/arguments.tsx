import React, { useState } from 'react';

import type { Schemas } from '../api/client';
import { Argument } from './argument';
import type { IDraft } from './draft';
import { useScriptFlags } from './flags';

const MANY = 8;

interface IArguments {
  draft: IDraft;
  checked: readonly Schemas['CheckedArgument'][];
  onDraft: (draft: IDraft) => void;
}

/** The script's own arguments: a field for each flag that its source tells, and a free one for others. */
export function Arguments(props: IArguments): React.JSX.Element {
  const { draft } = props;
  const read = useScriptFlags(draft.script);
  const [filter, setFilter] = useState('');
  const flags = read.data?.flags ?? [];
  const fitting = flags.filter(flag => flag.name.includes(filter.trim()));
  const isSet = (name: string): boolean =>
    (draft.values[name] ?? '') !== '' || draft.values[name] === null;
  // Those that are set stay where they are, so that a field never jumps while one types in it.
  const checkedBy = new Map(props.checked.map(one => [one.flag ?? one.label, one]));
  const fold = flags.length > MANY && filter === '';
  const first = fold ? fitting.filter((flag, place) => place < MANY || isSet(flag.name)) : fitting;
  const rest = fitting.filter(flag => !first.includes(flag));
  const field = (flag: (typeof flags)[number]): React.JSX.Element => (
    <Argument
      key={`${flag.command ?? ''} ${flag.name}`}
      flag={flag}
      value={draft.values[flag.name]}
      checked={checkedBy.get(flag.name)}
      onChange={value =>
        props.onDraft({ ...draft, values: { ...draft.values, [flag.name]: value } })
      }
    />
  );
  const none = draft.script !== '' && read.data !== undefined && flags.length === 0;
  return (
    <fieldset className="gj-Arguments">
      <legend>
        Arguments
        {flags.length > 0 && ` · ${flags.length} flags read from script`}
      </legend>
      {read.error && <p className="gj-Fault">✗ {read.error.message}</p>}
      {flags.length > MANY && (
        <input
          type="search"
          className="gj-Input"
          placeholder="Filter flags"
          aria-label="Filter flags"
          value={filter}
          onChange={event => setFilter(event.target.value)}
        />
      )}
      {first.map(field)}
      {rest.length > 0 && (
        <details>
          <summary>{rest.length} more flags at their defaults</summary>
          {rest.map(field)}
        </details>
      )}
      {read.data?.notes.map(note => (
        <p key={note} className="gj-hint">
          {note}
        </p>
      ))}
      {(none || (read.data && !read.data.complete)) && (
        <label className="gj-Field">
          {none ? `No flags found in ${draft.script}. Type them:` : 'Further arguments'}
          <input
            className="gj-Input"
            value={draft.more}
            placeholder="--lr [0.1, 0.01]"
            spellCheck={false}
            onChange={event => props.onDraft({ ...draft, more: event.target.value })}
          />
        </label>
      )}
    </fieldset>
  );
}
