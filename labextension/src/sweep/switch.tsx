import React, { useId } from 'react';

import { trans } from '../text/trans';
import type { Given } from './draft';
import type { ScriptFlag } from './flags';
import { bothWays, eitherWay } from './ways';

/** What stands for each way a switch can be; absent where a script's flag has no such way. */
export interface IWays {
  off?: Given;
  on: Given;
  both?: Given;
}

/**
 * Return the ways of a flag that is on or off; undefined for any other flag.
 *
 * A `bool` of argparse itself is none: it takes every text for true, also `False`.
 */
export function waysOf(flag: ScriptFlag, kinds: readonly string[]): IWays | undefined {
  const pair = bothWays(flag);
  if (pair) {
    return { off: { alone: pair.off }, on: null, both: { alone: eitherWay(pair) } };
  }
  if (!flag.takes_value) {
    return { off: '', on: null };
  }
  const reads = flag.value_optional || !kinds.includes('argparse');
  return flag.type === 'bool' && reads && !flag.multiple
    ? { off: 'False', on: 'True', both: '[True, False]' }
    : undefined;
}

/** Return which way is given; undefined where it is left to the script, null where it is another text. */
export function wayOf(ways: IWays, given: Given | undefined): keyof IWays | undefined | null {
  const now = JSON.stringify(given ?? (given === null ? null : ''));
  const found = (['off', 'on', 'both'] as const).find(way => JSON.stringify(ways[way]) === now);
  return found ?? (now === '""' ? undefined : null);
}

interface ISwitch {
  name: string;
  ways: IWays;
  given: Given | undefined;
  describedBy?: string;
  onChange: (given: Given) => void;
}

/** A flag that is on or off: `off · on · both`. */
export function Switch(props: ISwitch): React.JSX.Element {
  const { ways } = props;
  const group = useId();
  const chosen = wayOf(ways, props.given);
  const words = { off: trans.__('off'), on: trans.__('on'), both: trans.__('both') };
  const fixed = trans.__(
    '%1 takes no value, so it is the same in all trials. A flag that takes True or False can be both.',
    props.name
  );
  return (
    <span className="gj-Ways" role="radiogroup" aria-label={props.name}>
      {(['off', 'on', 'both'] as const).map(way => (
        <label key={way} title={ways[way] === undefined ? fixed : undefined}>
          <input
            type="radio"
            name={group}
            checked={chosen === way}
            disabled={ways[way] === undefined}
            aria-describedby={props.describedBy}
            onChange={() => props.onChange(ways[way] ?? null)}
          />
          {words[way]}
        </label>
      ))}
    </span>
  );
}
