import React from 'react';

import type { Schemas } from '../api/client';
import type { IDraft } from './draft';
import { labelOf } from './labels';
import { trans } from '../text/trans';

type Options = IDraft['options'];

const SECTIONS = ['Search', 'Runs on', 'Limits', 'Code and data', 'The run'];

/** Flags that the form asks for above, or that ask for nothing. */
const ELSEWHERE = ['--python', '--config', '--save_config', '--auto_resume', '--localdir'];

/** Whether a flag has a field of its own; one that is given several times has none. */
export function hasField(flag: Schemas['Flag'], options: Options): boolean {
  return (
    SECTIONS.includes(flag.group) &&
    !flag.hidden &&
    !ELSEWHERE.includes(flag.name) &&
    !Array.isArray(options[flag.name])
  );
}

/** Grid's own flags in folded sections, whose heads show what is set. */
export function OptionFields(props: {
  flags: readonly Schemas['Flag'][];
  options: Options;
  /** What each section comes to where nothing is set. */
  unset: Record<string, string>;
  /** The flag that is wrong. */
  fault?: string | null;
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
          flag => flag.group === section && hasField(flag, props.options)
        );
        const set = flags.filter(flag => props.options[flag.name] !== undefined);
        return (
          <details key={section} className="gj-Section">
            <summary>
              <span className="gj-Section-name">{section}</span>{' '}
              <span className="gj-hint">
                {set
                  .map(flag => `${flag.name.slice(2)} ${shown(props.options[flag.name])}`)
                  .join(' · ') || props.unset[section]}
              </span>
            </summary>
            {flags.map(flag => (
              <Field
                key={flag.name}
                flag={flag}
                value={props.options[flag.name]}
                faulty={props.fault === flag.name}
                onChange={value => change(flag.name, value)}
              />
            ))}
          </details>
        );
      })}
    </>
  );
}

function shown(value: Options[string] | undefined): string {
  return value === true || value === undefined ? '' : [value].flat().join(' ');
}

function Field(props: {
  flag: Schemas['Flag'];
  value: Options[string] | undefined;
  faulty: boolean;
  onChange: (value: string | true) => void;
}): React.JSX.Element {
  const { flag, value } = props;
  if (flag.kind === 'switch') {
    return (
      <label className="gj-Option gj-mod-switch" title={flag.name}>
        <input
          type="checkbox"
          checked={value === true}
          onChange={event => props.onChange(event.target.checked ? true : '')}
        />
        <span>
          {labelOf(flag.name)} <span className="gj-hint">{flag.help}</span>
        </span>
      </label>
    );
  }
  const text = shown(value);
  return (
    <label className="gj-Option" title={trans.__('%1: %2', flag.name, flag.help)}>
      <span>{labelOf(flag.name)}</span>
      {flag.choices.length ? (
        <select
          className="gj-Select"
          value={text}
          onChange={event => props.onChange(event.target.value)}
        >
          <option value="">{flag.default || trans.__('not set')}</option>
          {flag.choices.map(choice => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : (
        <input
          className="gj-Input"
          value={text}
          aria-invalid={props.faulty}
          placeholder={flag.default || flag.metavar}
          onChange={event => props.onChange(event.target.value)}
        />
      )}
    </label>
  );
}
