import type { Schemas } from '../api/client';
import { countOf } from '../text/numbers';
import { trans } from '../text/trans';

/** What is given for a flag: its text, nothing behind it, or words that stand in its place. */
export type Given = string | null | { alone: string };

/** A sweep that has not been launched: what the form holds. */
export interface IDraft {
  /** Relative to the folder that Jupyter serves. */
  script: string;
  /** The folder it starts in, likewise; its own where null. */
  folder: string | null;
  /** A configuration file, likewise. */
  config: string;
  /** The kernel whose Python runs it; the server's own where null. */
  kernel: string | null;
  /** What stands behind the script's flags, by flag; `''` is left out, `null` is a flag alone. */
  values: Record<string, Given>;
  /** Words for arguments that no flag was found for. */
  more: string;
  /** Grid's own flags; true for one that takes no value, a list for one that is given several times. */
  options: Record<string, string | true | readonly string[]>;
}

export const EMPTY: IDraft = {
  script: '',
  folder: null,
  config: '',
  kernel: null,
  values: {},
  more: '',
  options: {}
};

/** Return the folder of a path, and its name. */
export function parted(path: string): { folder: string; name: string } {
  const cut = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(0, cut)), name: path.slice(cut + 1) };
}

/** Return the folder that a sweep starts in. */
export function startsIn(draft: IDraft): string {
  return draft.folder ?? parted(draft.script).folder;
}

/** Return a path as it is named in a folder; both are relative to the same one. */
export function seenFrom(folder: string, path: string): string {
  const from = folder.split('/').filter(Boolean);
  const to = path.split('/').filter(Boolean);
  let same = 0;
  while (same < from.length && same < to.length - 1 && from[same] === to[same]) {
    same += 1;
  }
  return [...from.slice(same).map(() => '..'), ...to.slice(same)].join('/');
}

/** Whether something is given for a flag. */
export function isGiven(given: Given | undefined): given is Given {
  return given !== undefined && given !== '';
}

/** Return what is given, with one flag's changed: positional arguments first, in the script's own order. */
export function withGiven(
  values: IDraft['values'],
  names: readonly string[],
  name: string,
  given: Given
): IDraft['values'] {
  const now = { ...values, [name]: given };
  // A word behind a flag alone would be taken for its value.
  const lists = Object.keys(now).filter(one => standsAsList(now[one]));
  const first = [...names.filter(one => !one.startsWith('-') && one in now), ...lists];
  const order = [...first, ...Object.keys(now).filter(one => !first.includes(one))];
  return Object.fromEntries(order.map(one => [one, now[one] ?? null]));
}

function standsAsList(given: Given | undefined): boolean {
  return typeof given === 'object' && given !== null && given.alone.startsWith('[');
}

/** Return under which label a check tells of each argument that has a field. */
export function labelsOf(values: IDraft['values']): ReadonlyMap<string, string> {
  let place = 0;
  const given = Object.entries(values).filter(([, one]) => isGiven(one));
  return new Map(
    given.map(([name, one]) => {
      const stands = typeof one === 'object' && one !== null ? one.alone : name;
      return [name, stands.startsWith('-') ? stands : `arg${(place += 1)}`];
    })
  );
}

/** Return the arguments as words; those that are not set are left out. */
export function argumentWords(draft: IDraft): string[] {
  const words = Object.entries(draft.values).flatMap(([flag, given]) => {
    if (given === '') {
      return [];
    }
    if (given === null) {
      return [flag];
    }
    if (typeof given === 'object') {
      return [given.alone];
    }
    return flag.startsWith('-') ? [flag, given] : [given];
  });
  return [...words, ...splitWords(draft.more)];
}

/** Return all words behind `grid run`. */
export function words(draft: IDraft): string[] {
  const folder = startsIn(draft);
  const config = draft.config ? ['--config', seenFrom(folder, draft.config)] : [];
  const options = Object.entries(draft.options).flatMap(([flag, value]) => {
    if (value === true) {
      return [flag];
    }
    const texts = typeof value === 'string' ? [value] : value;
    return texts.filter(text => text.trim() !== '').flatMap(text => [flag, text]);
  });
  const script = draft.script ? [seenFrom(folder, draft.script)] : [];
  return [...config, ...options, ...script, ...argumentWords(draft)];
}

/** Split at blanks outside of quotes and brackets, as a magic line is. */
export function splitWords(line: string): string[] {
  const found: string[] = [];
  let word = '';
  let begun = false;
  let quote = '';
  let depth = 0;
  for (const sign of line) {
    if (quote) {
      if (sign === quote) {
        quote = '';
        word += depth ? sign : '';
      } else {
        word += sign;
      }
    } else if (sign === '"' || sign === "'") {
      quote = sign;
      begun = true;
      word += depth ? sign : '';
    } else if (/\s/.test(sign) && depth === 0) {
      if (begun) {
        found.push(word);
      }
      word = '';
      begun = false;
    } else {
      depth += '[('.includes(sign) ? 1 : 0;
      depth -= '])'.includes(sign) && depth > 0 ? 1 : 0;
      word += sign;
      begun = true;
    }
  }
  return begun ? [...found, word] : found;
}

export interface ILaunchButton {
  label: string;
  /** Whether a click launches, and does not go to the first fault. */
  launches: boolean;
  disabled: boolean;
}

/** Return what the button says and does; while something is checked it stays as it was. */
export function launchButton(
  check: Schemas['Check'] | undefined,
  sending: boolean,
  answered: boolean
): ILaunchButton {
  if (sending) {
    return { label: trans.__('Launching…'), launches: false, disabled: true };
  }
  if (!check) {
    return { label: trans.__('Launch'), launches: false, disabled: true };
  }
  if (check.faults > 0) {
    return {
      label: trans._n('Fix %1 argument', 'Fix %1 arguments', check.faults),
      launches: false,
      disabled: false
    };
  }
  const trials = check.plan?.trials ?? 0;
  return {
    label: trans.__('Launch %1', countOf(trials, 'trial')),
    launches: true,
    disabled: !answered
  };
}

/** Whether what is wrong is the script itself. */
export function isOfScript(check: Schemas['Check'] | undefined, draft: IDraft): boolean {
  const { name } = parted(draft.script);
  return name !== '' && check?.fault?.flag === null && check.fault.message.includes(name);
}

function gpusOf(plan: Schemas['Plan']): string {
  return plan.gpus ? countOf(plan.gpus, 'GPU') : trans.__('no GPU');
}

/** Return what a section of Grid's flags comes to where none of them is set. */
export function unsetOf(plan: Schemas['Plan'] | null | undefined): Record<string, string> {
  return {
    Search: trans.__('grid'),
    'Runs on': plan ? `${plan.place}, ${gpusOf(plan)}` : '',
    Limits: trans.__('none')
  };
}

/** Return what is wrong, with the flag that most messages begin with by themselves. */
export function faultOf(fault: { flag: string | null; message: string }): string {
  const { flag, message } = fault;
  return flag === null || message.startsWith(flag) ? message : `${flag}: ${message}`;
}

/** Return the line under the form: trials, place, GPUs, cost. */
export function factsOf(check: Schemas['Check']): string[] {
  const { plan } = check;
  if (!plan) {
    return [];
  }
  const broken = check.arguments.filter(one => one.fault).map(one => one.flag ?? one.label);
  const first = broken.length
    ? trans.__('%1 so far · %2 not yet', countOf(plan.trials, 'trial'), broken.join(', '))
    : countOf(plan.trials, 'trial');
  const cost = plan.cost?.on_demand;
  const place = plan.machine
    ? trans.__('%1 × %2 (%3)', plan.machines, plan.machine.name, plan.machine.label)
    : `${plan.place.slice(0, 1).toUpperCase()}${plan.place.slice(1)}`;
  const second = [place, gpusOf(plan), trans.__('%1 at once', plan.at_once)];
  if (cost !== null && cost !== undefined) {
    second.push(trans.__('$%1 an hour (%2)', cost.toFixed(2), plan.cost?.told ?? ''));
  }
  return [first, second.join(' · ')];
}
