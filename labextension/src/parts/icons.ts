import { LabIcon } from '@jupyterlab/ui-components';

const DOTS = [4, 10, 16].flatMap(y => [4, 10, 16].map(x => [x, y] as const));

/** Three by three dots, one of them full. */
export const sweepIcon = new LabIcon({
  name: 'grid-jupyter:sweep',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 20 20"><g class="jp-icon3" fill="#616161">${DOTS.map(
    ([x, y]) => `<circle cx="${x}" cy="${y}" r="${x === 10 && y === 10 ? 2.6 : 1.3}"/>`
  ).join('')}</g></svg>`
});
