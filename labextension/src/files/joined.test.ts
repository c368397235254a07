import { expect, test } from 'vitest';

import { joined } from './joined';

test('lines of a notebook on disk are joined, and nothing else is changed', () => {
  const lines = ['a\n', 'b'];
  const onDisk = {
    metadata: { kept: lines },
    cells: [
      { cell_type: 'markdown', source: lines, attachments: { 'x.png': { 'image/png': lines } } },
      {
        cell_type: 'code',
        source: 'one',
        outputs: [
          { output_type: 'stream', text: lines },
          { output_type: 'display_data', data: { 'text/html': lines, 'application/json': lines } },
          { output_type: 'error', traceback: lines }
        ]
      }
    ]
  };
  expect(joined(onDisk)).toEqual({
    metadata: { kept: lines },
    cells: [
      { cell_type: 'markdown', source: 'a\nb', attachments: { 'x.png': { 'image/png': 'a\nb' } } },
      {
        cell_type: 'code',
        source: 'one',
        outputs: [
          { output_type: 'stream', text: 'a\nb' },
          { output_type: 'display_data', data: { 'text/html': 'a\nb', 'application/json': lines } },
          { output_type: 'error', traceback: lines }
        ]
      }
    ]
  });
  expect(joined('no notebook')).toBe('no notebook');
});
