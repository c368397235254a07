import type { ScriptFlag } from './flags';

/** Return the two spellings of a flag that is turned on and off: `--amp` and `--no-amp`. */
export function bothWays(flag: ScriptFlag | undefined): { on: string; off: string } | undefined {
  const off = flag?.aliases.find(alias => /^--no[-_]/.test(alias));
  return flag && off !== undefined && !flag.takes_value ? { on: flag.name, off } : undefined;
}

/** Return the list that passes a flag in some trials and its opposite in the others. */
export function eitherWay(pair: { on: string; off: string }): string {
  return `[${pair.on}, ${pair.off}]`;
}
