import { ellipsesIcon } from '@jupyterlab/ui-components';
import React, { useId } from 'react';

import type { Schemas } from '../api/client';
import { IconButton } from '../parts/button';
import { openMenu } from '../parts/menu';
import { countOf } from '../text/numbers';
import { described, ScriptFlag } from './flags';

interface IArgument {
  flag: ScriptFlag;
  value: string | null | undefined;
  checked?: Schemas['CheckedArgument'];
  onChange: (value: string | null) => void;
}

const FORMS = [
  ['List [a, b]', '[]'],
  ['Range range(0, 10)', 'range(0, 10)'],
  ['Random draws uniform(0, 1, 5)', 'uniform(0, 1, 5)']
] as const;

/** One flag of the script: its name, what it is, its sweep, and what that means. */
export function Argument(props: IArgument): React.JSX.Element {
  const { flag, value, checked } = props;
  const hint = useId();
  if (!flag.takes_value) {
    return <Switch {...props} />;
  }
  const set = value !== undefined && value !== '' && value !== null;
  const fault = set ? checked?.fault : null;
  const whole = flag.help ? `${described(flag)}. ${flag.help}` : described(flag);
  return (
    <div className="gj-Argument">
      <label title={whole}>
        <span className="gj-Argument-name">{flag.name}</span>
        <span className="gj-hint">{described(flag)}</span>
        <input
          className="gj-Input"
          value={value ?? ''}
          placeholder={placeholder(flag)}
          aria-invalid={fault !== null && fault !== undefined}
          aria-describedby={hint}
          spellCheck={false}
          onChange={event => props.onChange(event.target.value)}
        />
      </label>
      <IconButton
        icon={ellipsesIcon}
        label={`Ways to sweep ${flag.name}`}
        menu
        onClick={event =>
          openMenu(event.currentTarget, [
            ...FORMS.map(([label, text]) => ({ label, onSelect: () => props.onChange(text) })),
            null,
            { label: 'Leave out', onSelect: () => props.onChange('') }
          ])
        }
      />
      <div id={hint} className="gj-Argument-told">
        {fault ? (
          <Fault fault={fault} />
        ) : (
          set && checked && <span className="gj-hint">{told(checked)}</span>
        )}
      </div>
    </div>
  );
}

/** A fault, with the place in the text where it is. */
function Fault(props: { fault: Schemas['Fault'] }): React.JSX.Element {
  const { message, text, position } = props.fault;
  const signs = Array.from(text ?? ''); // positions count characters
  return (
    <span className="gj-Fault" role="alert">
      {text !== null && position !== null && position < signs.length && (
        <code>
          {signs.slice(0, position).join('')}
          <u>{signs[position]}</u>
          {signs.slice(position + 1).join('')}
        </code>
      )}{' '}
      ✗ {message}
    </span>
  );
}

function Switch(props: IArgument): React.JSX.Element {
  const { flag, value } = props;
  return (
    <div className="gj-Argument gj-mod-switch">
      <label title={flag.help ?? undefined}>
        <input
          type="checkbox"
          checked={value === null}
          onChange={event => props.onChange(event.target.checked ? null : '')}
        />{' '}
        <span className="gj-Argument-name">{flag.name}</span>{' '}
        <span className="gj-hint">{flag.help ?? ''}</span>
      </label>
    </div>
  );
}

function placeholder(flag: ScriptFlag): string {
  const known =
    flag.default !== null && flag.default !== undefined && !flag.computed?.includes('default');
  return known ? JSON.stringify(flag.default).replace(/^"(.*)"$/, '$1') : '';
}

function told(checked: Schemas['CheckedArgument']): string {
  if (checked.count === null) {
    return checked.told ?? '';
  }
  const values = countOf(checked.count, 'value');
  return checked.count > 1 && checked.told ? `${values}: ${checked.told}` : values;
}
