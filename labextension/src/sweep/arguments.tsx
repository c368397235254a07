import React, { useState } from 'react';

import type { Schemas } from '../api/client';
import { trans } from '../text/trans';
import { Argument } from './argument';
import { IDraft, isGiven, labelsOf, parted, withGiven } from './draft';
import { ScriptFlag, told, useScriptFlags } from './flags';
import { isNotebook } from './kinds';

const MANY = 8;

interface IArguments {
  draft: IDraft;
  check?: Schemas['Check'];
  onDraft: (draft: IDraft) => void;
}

/** The script's own arguments: a field for each flag that its source tells, and a free one for others. */
export function Arguments(props: IArguments): React.JSX.Element {
  const { draft, check } = props;
  const read = useScriptFlags(draft.script);
  const [filter, setFilter] = useState('');
  const flags = read.data?.flags ?? [];
  const names = flags.map(flag => flag.name);
  const fitting = flags.filter(flag => flag.name.includes(filter.trim()));
  // Those that are set stay where they are, so that a field never jumps while one types in it.
  const labels = labelsOf(draft.values);
  const checked = new Map(check?.arguments.map(one => [one.flag ?? one.label, one]));
  const fold = flags.length > MANY && filter === '';
  const first = fold
    ? fitting.filter((flag, place) => place < MANY || isGiven(draft.values[flag.name]))
    : fitting;
  const rest = fitting.filter(flag => !first.includes(flag));
  const field = (flag: ScriptFlag): React.JSX.Element => (
    <Argument
      key={`${flag.command ?? ''} ${flag.name}`}
      flag={flag}
      kinds={read.data?.kinds ?? []}
      given={draft.values[flag.name]}
      checked={checked.get(labels.get(flag.name) ?? '')}
      configured={configured(flag, draft, check?.plan)}
      onChange={given =>
        props.onDraft({ ...draft, values: withGiven(draft.values, names, flag.name, given) })
      }
    />
  );
  const none = draft.script !== '' && read.data !== undefined && flags.length === 0;
  // A notebook takes what its cell sets and nothing else.
  const untold = !isNotebook(draft.script) && (none || (read.data && !read.data.complete));
  return (
    <fieldset className="gj-Arguments">
      <legend>
        {trans.__('Arguments')}{' '}
        {flags.length > 0 && (
          <span className="gj-hint">
            {trans._n('%1 flag read from script', '%1 flags read from script', flags.length)}
          </span>
        )}
      </legend>
      {read.error && <p className="gj-Fault">✗ {read.error.message}</p>}
      {flags.length > MANY && (
        <input
          type="search"
          className="gj-Input"
          placeholder={trans.__('Filter flags')}
          aria-label={trans.__('Filter flags')}
          value={filter}
          onChange={event => setFilter(event.target.value)}
        />
      )}
      {first.map(field)}
      {rest.length > 0 && (
        <details>
          <summary>
            {trans._n(
              '%1 more flag at its default',
              '%1 more flags at their defaults',
              rest.length
            )}
          </summary>
          {rest.map(field)}
        </details>
      )}
      {read.data?.notes.map(note => (
        <p key={note} className="gj-hint">
          {note}
        </p>
      ))}
      {(draft.more !== '' || untold) && (
        <label className="gj-Field">
          {none
            ? trans.__('No flags found in %1. Type them:', parted(draft.script).name)
            : trans.__('Further arguments')}
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

/** Return what the configuration file gives for a flag. */
function configured(
  flag: ScriptFlag,
  draft: IDraft,
  plan: Schemas['Plan'] | null | undefined
): string | undefined {
  const label = flag.name.replace(/^-+/, '').replaceAll('-', '_');
  const axis = draft.config ? plan?.axes.find(one => one.label === label) : undefined;
  return (
    axis &&
    trans.__('%1 (%2)', (axis.count === 1 && axis.told) || told(axis), parted(draft.config).name)
  );
}
