import { expect, it } from 'vitest';

import { factsOf } from './view';

it.each([
  ['6 trials · grid · seed 1', []],
  ['  kept by --where "lr < 1"', []],
  ['12 combinations          9 kept by --where "a > 1"', []],
  ['Cost      $3.16 an hour', [['Cost', '$3.16 an hour']]],
  ['Whole run about $11', [['Whole run', 'about $11']]],
  [
    'GPUs      6 = 6 trials × 1      Machines  6 × g4dn.xlarge',
    [
      ['GPUs', '6 = 6 trials × 1'],
      ['Machines', '6 × g4dn.xlarge']
    ]
  ]
])('parts %j', (line, facts) => {
  expect(factsOf(line)).toEqual(facts);
});
