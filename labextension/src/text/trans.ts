import { nullTranslator, TranslationBundle } from '@jupyterlab/translation';

let bundle: TranslationBundle = nullTranslator.load('grid_jupyter');

/** Say all words in the language of a bundle. */
export function speak(language: TranslationBundle): void {
  bundle = language;
}

type Part = string | number;

/** The words in Lab's language; also for code that no component is around. */
export const trans = {
  __: (text: string, ...parts: Part[]): string => bundle.__(text, ...parts),
  /** With a count, which is `%1`. */
  _n: (one: string, many: string, count: number, ...parts: Part[]): string =>
    bundle._n(one, many, count, ...parts)
};
