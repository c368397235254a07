import React from 'react';

import type { Schemas } from '../api/client';
import type { IDraft } from './draft';

type Options = IDraft['options'];

const SECTIONS = ['Search', 'Runs on', 'Limits'];

/** Grid's own flags in folded sections, whose heads show what is set. */
export function OptionFields(props: {
  flags: readonly Schemas['Flag'][];
  options: Options;
  onChange: (options: Options) => void;
}): React.JSX.Element {
  const change = (name: string, value: string | true): void => {
    const set = Object.entries(props.options).filter(([other]) => other !== name);
    props.onChange(Object.fromEntries(value === '' ? set : [...set, [name, value]]));
  };
  return (
    <>
      {SECTIONS.map(section => {
        const flags = props.flags.filter(
          flag => flag.group === section && !flag.hidden && !flag.later
        );
        const set = flags.filter(flag => props.options[flag.name] !== undefined);
        return (
          <details key={section} className="gj-Section">
            <summary>
              {section}{' '}
              <span className="gj-hint">
                {set
                  .map(flag => `${flag.name.slice(2)} ${shown(props.options[flag.name])}`)
                  .join(' · ')}
              </span>
            </summary>
            {flags.map(flag => (
              <Field
                key={flag.name}
                flag={flag}
                value={props.options[flag.name]}
                onChange={value => change(flag.name, value)}
              />
            ))}
          </details>
        );
      })}
    </>
  );
}

function shown(value: string | true | undefined): string {
  return value === true || value === undefined ? '' : value;
}

function Field(props: {
  flag: Schemas['Flag'];
  value: string | true | undefined;
  onChange: (value: string | true) => void;
}): React.JSX.Element {
  const { flag, value } = props;
  if (flag.kind === 'switch') {
    return (
      <label className="gj-Option gj-mod-switch">
        <input
          type="checkbox"
          checked={value === true}
          onChange={event => props.onChange(event.target.checked ? true : '')}
        />{' '}
        {flag.name.slice(2)} <span className="gj-hint">{flag.help}</span>
      </label>
    );
  }
  const text = shown(value);
  return (
    <label className="gj-Option" title={flag.help}>
      <span>{flag.name.slice(2)}</span>
      {flag.choices.length ? (
        <select
          className="gj-Select"
          value={text}
          onChange={event => props.onChange(event.target.value)}
        >
          <option value="">{flag.default || 'not set'}</option>
          {flag.choices.map(choice => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          className="gj-Input"
          value={text}
          placeholder={flag.default || flag.metavar}
          onChange={event => props.onChange(event.target.value)}
        />
      )}
    </label>
  );
}
