import { describe, expect, it, vi } from 'vitest';

import type { Schemas } from '../api/client';
import { EMPTY, factsOf, faultOf, launchButton, parted, splitWords, words } from './draft';
import { described, listOf, ScriptFlag, told } from './flags';
import { hasField } from './options';
import { waysOf } from './switch';

const draft = {
  ...EMPTY,
  script: 'deep/train.py',
  values: { '--lr': '[0.1, 0.01]', '--amp': null, '--layers': '', data: 'a b' },
  more: "--note 'two words' --zip [1, 2]",
  options: { '--seed': '3', '--use_spot': true as const, '--trials': ' ' }
};

describe('a draft', () => {
  it('becomes the words of a command', () => {
    expect(words(draft)).toEqual([
      ...['--seed', '3', '--use_spot', 'train.py', '--lr', '[0.1, 0.01]', '--amp', 'a b'],
      ...['--note', 'two words', '--zip', '[1, 2]']
    ]);
    expect(parted('deep/train.py')).toEqual({ folder: 'deep', name: 'train.py' });
    expect(parted('train.py')).toEqual({ folder: '', name: 'train.py' });
  });

  it('splits a line as a magic does', () => {
    expect(splitWords(`a "b c" [d, 'e f'] range(1, 4) ''`)).toEqual([
      'a',
      'b c',
      "[d, 'e f']",
      'range(1, 4)',
      ''
    ]);
    expect(splitWords('  ')).toEqual([]);
  });
});

describe('the button', () => {
  const check = {
    arguments: [],
    fault: null,
    faults: 0,
    plan: { trials: 9 }
  } as unknown as Schemas['Check'];

  it('says verb and amount', () => {
    expect(launchButton(check, false, true)).toEqual({
      label: 'Launch 9 trials',
      launches: true,
      disabled: false
    });
    expect(launchButton({ ...check, faults: 1 }, false, true).label).toBe('Fix 1 argument');
    expect(launchButton(check, true, true).label).toBe('Launching…');
    expect(launchButton(undefined, false, true).disabled).toBe(true);
    expect(launchButton(check, false, false).disabled).toBe(true);
  });

  it('stands below what is known so far', () => {
    const broken = { flag: '--opt', label: 'opt', fault: {} };
    const plan = { trials: 9, gpus: 0, place: 'this machine', at_once: 2, cost: null };
    const told = { ...check, arguments: [broken], plan } as unknown as Schemas['Check'];
    expect(factsOf(told)).toEqual([
      '9 trials so far · --opt not yet',
      'This machine · no GPU · 2 at once'
    ]);
  });
});

interface ICases {
  described: [Partial<ScriptFlag>, string][];
  ways: [Partial<ScriptFlag>, string[], string[] | null][];
  lists: [Partial<ScriptFlag>, string, string][];
}

// What the panel of widgets is tested with as well, so that both say the same.
const cases = await vi.importActual<ICases>('../../../tests/form_cases.json');

function flagOf(about: Partial<ScriptFlag>): ScriptFlag {
  return { aliases: [], type: 'str', takes_value: true, multiple: false, ...about } as ScriptFlag;
}

describe('a form', () => {
  it.each(cases.described)('says of %j the same as the panel', (about, told) => {
    expect(described(flagOf({ choices: null, ...about }))).toBe(told);
  });

  it.each(cases.ways)('has for %j the same ways as the panel', (about, kinds, names) => {
    const ways = waysOf(flagOf(about), kinds);
    expect(ways ? Object.keys(ways) : null).toEqual(names);
  });

  it.each(cases.lists)('begins a list of %j as the panel', (about, given, list) => {
    expect(listOf(given, flagOf(about))).toBe(list);
  });

  it('has a field for every flag of Grid that it does not ask for elsewhere', () => {
    const flag = (name: string, group: string): Schemas['Flag'] =>
      ({ name, group, hidden: false }) as Schemas['Flag'];
    expect(hasField(flag('--name', 'The run'), {})).toBe(true);
    expect(hasField(flag('--warm', 'Code and data'), {})).toBe(true);
    expect(hasField(flag('--link', 'Code and data'), { '--link': ['a', 'b'] })).toBe(false);
    expect(hasField(flag('--python', 'Code and data'), {})).toBe(false);
    expect(hasField(flag('--auto_resume', 'Limits'), {})).toBe(false);
    expect(hasField(flag('--datastore_name', 'Code and data'), {})).toBe(true);
  });
});

describe('a fault', () => {
  it('names its flag once', () => {
    const message = "--name 'x y': a run's name has no blanks";
    expect(faultOf({ flag: '--name', message })).toBe(message);
    expect(faultOf({ flag: '--zip', message: 'two axes are needed' })).toBe(
      '--zip: two axes are needed'
    );
    expect(faultOf({ flag: null, message: 'no such file' })).toBe('no such file');
  });
});

describe('a flag', () => {
  const flag = {
    name: '--lr',
    aliases: [],
    type: 'float',
    default: 0.01,
    takes_value: true
  } as unknown as Parameters<typeof described>[0];

  it('is described in a few words', () => {
    expect(described({ ...flag, choices: null })).toBe('float · default 0.01');
    expect(described({ ...flag, choices: ['adam', 'sgd'], default: 'adam' })).toBe(
      'adam, sgd · default adam'
    );
    expect(described({ ...flag, choices: null, required: true })).toBe('float · required');
    expect(described({ ...flag, choices: null, computed: ['default'] })).toBe(
      'float · default is computed'
    );
  });

  it('comes to values, of which each count is told once', () => {
    expect(told({ count: 3, told: '1, 2, 3' })).toBe('3 values: 1, 2, 3');
    expect(told({ count: 1000, told: '0 … 999, 1,000 values' })).toBe('1,000 values: 0 … 999');
    expect(told({ count: null, told: 'any number' })).toBe('any number');
  });
});
