import { ellipsesIcon } from '@jupyterlab/ui-components';
import React, { useId, useRef } from 'react';

import type { Schemas } from '../api/client';
import { IconButton } from '../parts/button';
import { Fault } from '../parts/fault';
import { openMenu } from '../parts/menu';
import { trans } from '../text/trans';
import { Given, isGiven } from './draft';
import { defaultOf, described, listOf, ScriptFlag, told } from './flags';
import { Switch, wayOf, waysOf } from './switch';

interface IArgument {
  flag: ScriptFlag;
  /** The libraries that read the script's command line. */
  kinds: readonly string[];
  given: Given | undefined;
  checked?: Schemas['CheckedArgument'];
  /** What a configuration file gives for it where nothing is given here. */
  configured?: string;
  onChange: (given: Given) => void;
}

/** One flag of the script: its name, what it is, its sweep, and what that means. */
export function Argument(props: IArgument): React.JSX.Element {
  const { flag, given, checked, onChange } = props;
  const hint = useId();
  const field = useRef<HTMLInputElement>(null);
  const ways = waysOf(flag, props.kinds);
  const set = isGiven(given) && given !== null;
  const fault = set ? checked?.fault : null;
  const whole = flag.help ? `${described(flag)}. ${flag.help}` : described(flag);
  const menu = (event: React.MouseEvent<HTMLButtonElement>): void => {
    const sweep = (text: string): void => {
      onChange(text);
      // Behind the menu, which gives the focus back to its button.
      window.setTimeout(() => field.current?.focus(), 50);
    };
    openMenu(event.currentTarget, [
      ...(ways ? [] : waysToSweep(given, flag, sweep)),
      { label: trans.__('Leave out'), onSelect: () => onChange('') }
    ]);
  };
  const name = (
    <>
      <span className="gj-Argument-name">{flag.name}</span>
      <span className="gj-hint">{described(flag)}</span>
    </>
  );
  return (
    <div className="gj-Argument">
      {ways && wayOf(ways, given) !== null ? (
        <div className="gj-Argument-field" title={whole}>
          {name}
          <Switch
            name={flag.name}
            ways={ways}
            given={given}
            describedBy={hint}
            onChange={onChange}
          />
        </div>
      ) : (
        <label className="gj-Argument-field" title={whole}>
          {name}
          <input
            ref={field}
            className="gj-Input"
            value={textOf(given)}
            placeholder={defaultOf(flag)}
            aria-invalid={fault !== null && fault !== undefined}
            aria-describedby={hint}
            spellCheck={false}
            onChange={event => onChange(event.target.value)}
          />
        </label>
      )}
      {ways?.off !== '' && (
        <IconButton
          icon={ellipsesIcon}
          label={trans.__('Ways to sweep %1', flag.name)}
          menu
          onClick={menu}
        />
      )}
      <div id={hint} className="gj-Argument-told">
        {fault ? (
          <Fault fault={fault} />
        ) : (
          <span className="gj-hint">
            {set ? checked && told(checked) : !isGiven(given) && props.configured}
          </span>
        )}
      </div>
    </div>
  );
}

function waysToSweep(
  given: Given | undefined,
  flag: ScriptFlag,
  sweep: (text: string) => void
): { label: string; onSelect: () => void }[] {
  return [
    [trans.__('List [a, b]'), listOf(textOf(given), flag)],
    [trans.__('Range range(0, 10)'), 'range(0, 10)'],
    [trans.__('Random draws uniform(0, 1, 5)'), 'uniform(0, 1, 5)']
  ].map(([label = '', text = '']) => ({ label, onSelect: () => sweep(text) }));
}

function textOf(given: Given | undefined): string {
  return typeof given === 'string' ? given : (given?.alone ?? '');
}
