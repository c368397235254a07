import { describe, expect, it } from 'vitest';

import type { Schemas } from '../api/client';
import { draftOf, quoted } from './again';
import { argumentWords, EMPTY, labelsOf, seenFrom, splitWords, withGiven, words } from './draft';
import type { ScriptFlag } from './flags';
import { wayOf, waysOf } from './switch';

function flag(name: string, more: Partial<ScriptFlag> = {}): ScriptFlag {
  return {
    name,
    aliases: [],
    type: 'float',
    takes_value: true,
    multiple: false,
    ...more
  } as unknown as ScriptFlag;
}

const flags = [
  flag('data'),
  flag('--lr', { aliases: ['-l'] }),
  flag('--amp', { takes_value: false, aliases: ['--no-amp'], type: 'bool' })
];
const form: Schemas['Form'] = {
  script: 'src/train.py',
  folder: '',
  kernel: 'python3',
  options: [
    { flag: '--smoke', values: [] },
    { flag: '--retries', values: ['2'] },
    { flag: '--link', values: ['a', 'b'] }
  ],
  arguments: [
    { flag: null, text: 'big data', words: ['big data'] },
    { flag: null, text: '[--amp, --no-amp]', words: ['[--amp, --no-amp]'] },
    { flag: '-l', text: '[0.1, 1]', words: ['-l', '[0.1, 1]'] },
    { flag: '--lr', text: '3', words: ['--lr', '3'] },
    { flag: '--x', text: "it's", words: ["--x=it's"] }
  ]
};

describe('a run that is changed', () => {
  it('fills the fields of its script, and keeps the rest as words', () => {
    const draft = draftOf(form, flags);
    expect(draft.values).toEqual({
      data: 'big data',
      '--amp': { alone: '[--amp, --no-amp]' },
      '--lr': '[0.1, 1]'
    });
    expect(splitWords(draft.more)).toEqual(['--lr', '3', "--x=it's"]);
    expect(draft.options).toEqual({ '--smoke': true, '--retries': '2', '--link': ['a', 'b'] });
    expect(words(draft)).toEqual([
      ...['--smoke', '--retries', '2', '--link', 'a', '--link', 'b', 'src/train.py'],
      ...['big data', '[--amp, --no-amp]', '--lr', '[0.1, 1]', '--lr', '3', "--x=it's"]
    ]);
  });

  it('tells off from on', () => {
    const given = (word: string): unknown =>
      draftOf({ ...form, arguments: [{ flag: word, text: null, words: [word] }] }, flags).values;
    expect(given('--amp')).toEqual({ '--amp': null });
    expect(given('--no-amp')).toEqual({ '--amp': { alone: '--no-amp' } });
  });

  it.each(['plain', '[a, b]', 'two words', "it's", `a "b" 'c'`, '', 'uniform(0, 1)', '[half'])(
    'keeps the word %j',
    word => {
      expect(splitWords(quoted(word))).toEqual([word]);
    }
  );
});

describe('a draft', () => {
  it('names files from where it starts', () => {
    expect(seenFrom('', 'grid.yml')).toBe('grid.yml');
    expect(seenFrom('a/b', 'a/c/grid.yml')).toBe('../c/grid.yml');
    expect(seenFrom('a', 'a/train.py')).toBe('train.py');
    const draft = { ...EMPTY, script: 'src/train.py', config: 'grid.yml' };
    expect(words(draft)).toEqual(['--config', '../grid.yml', 'train.py']);
  });

  it('puts positional arguments first, which a flag alone would take for its value', () => {
    const names = ['out', '--amp', '--bn', 'data'];
    let values = withGiven({}, names, '--amp', null);
    values = withGiven(values, names, 'data', 'x');
    values = withGiven(values, names, '--bn', { alone: '[--bn, --no-bn]' });
    values = withGiven(values, names, 'out', 'y');
    expect(argumentWords({ ...EMPTY, values })).toEqual(['y', 'x', '[--bn, --no-bn]', '--amp']);
    expect([...labelsOf(values)]).toEqual([
      ['out', 'arg1'],
      ['data', 'arg2'],
      ['--bn', 'arg3'],
      ['--amp', '--amp']
    ]);
  });
});

describe('a switch', () => {
  const bool = { type: 'bool' };

  it('is off, on or both where the script can be told so', () => {
    const pair = waysOf(flags[2] ?? flag('--amp'), ['argparse']);
    expect(pair).toEqual({
      off: { alone: '--no-amp' },
      on: null,
      both: { alone: '[--amp, --no-amp]' }
    });
    const optional = { ...bool, value_optional: true };
    const values = { off: 'False', on: 'True', both: '[True, False]' };
    expect(waysOf(flag('--bf16', optional), ['HfArgumentParser'])).toEqual(values);
    expect(waysOf(flag('--shout', bool), ['click'])).toEqual(values);
    expect(waysOf(flag('--fast', { ...bool, takes_value: false }), ['argparse'])).toEqual({
      off: '',
      on: null
    });
  });

  it('is no bool that takes every text for true', () => {
    expect(waysOf(flag('--bad', bool), ['argparse'])).toBeUndefined();
    expect(waysOf(flag('--lr'), ['click'])).toBeUndefined();
  });

  it('knows which way is given', () => {
    const ways = { off: 'False', on: 'True', both: '[True, False]' };
    expect(wayOf(ways, '[True, False]')).toBe('both');
    expect(wayOf(ways, undefined)).toBeUndefined();
    expect(wayOf(ways, 'yes')).toBeNull();
    expect(wayOf({ off: '', on: null }, undefined)).toBe('off');
    expect(wayOf({ off: '', on: null }, null)).toBe('on');
  });
});
