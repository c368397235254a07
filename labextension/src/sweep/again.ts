import type { Schemas } from '../api/client';
import { EMPTY, Given, IDraft, splitWords } from './draft';
import type { ScriptFlag } from './flags';
import { bothWays, eitherWay } from './ways';

type Form = Schemas['Form'];

/** Return a word so that it is read back as it is. */
export function quoted(word: string): string {
  const [first, ...rest] = splitWords(word);
  return first === word && rest.length === 0 ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** Return the draft that asks for a run again; what no field of its script can hold stands behind the others. */
export function draftOf(form: Form, flags: readonly ScriptFlag[]): IDraft {
  const positional = flags.filter(flag => !flag.name.startsWith('-')).map(flag => flag.name);
  const known = new Map(flags.flatMap(flag => [flag.name, ...flag.aliases].map(n => [n, flag])));
  const values: Record<string, Given> = {};
  const more: string[] = [];
  for (const { flag, text, words } of form.arguments) {
    const both = flag === null && text !== null ? pairOf(text, flags) : undefined;
    const name = both ?? (flag === null ? positional.shift() : known.get(flag)?.name);
    const pair = name === undefined ? undefined : bothWays(known.get(name));
    // As one word, --lr=1, or given twice: only its words tell it.
    const odd = words.length !== Number(flag !== null) + Number(text !== null);
    if (name === undefined || odd || name in values) {
      more.push(...words.map(quoted));
    } else if (both !== undefined && pair) {
      values[name] = { alone: eitherWay(pair) };
    } else {
      values[name] = pair && flag === pair.off ? { alone: pair.off } : text;
    }
  }
  const options = form.options.map(
    ({ flag, values: texts }): [string, IDraft['options'][string]] => [
      flag,
      texts.length === 0 ? true : texts.length === 1 ? (texts[0] ?? '') : texts
    ]
  );
  return {
    ...EMPTY,
    script: form.script,
    folder: form.folder,
    kernel: form.kernel,
    values,
    more: more.join(' '),
    options: Object.fromEntries(options)
  };
}

/** Return the flag that such a list is of. */
function pairOf(text: string, flags: readonly ScriptFlag[]): string | undefined {
  return flags.find(flag => {
    const pair = bothWays(flag);
    return pair !== undefined && text.replaceAll(' ', '') === eitherWay(pair).replaceAll(' ', '');
  })?.name;
}
