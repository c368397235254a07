/// <reference types="vite/client" />
import { describe, expect, it } from 'vitest';

import text from '../../schema/sidebar.json?raw';
import { DEFAULTS } from './settings';

interface ISchema {
  properties: Record<string, { title: string; description: string; default: unknown }>;
}

const schema = JSON.parse(text) as ISchema;

describe('the settings', () => {
  it('are those of the schema, which tells of each', () => {
    const described = Object.entries(schema.properties);
    expect(Object.fromEntries(described.map(([name, one]) => [name, one.default]))).toEqual(
      DEFAULTS
    );
    described.forEach(([, one]) => {
      expect(one.title && one.description).toBeTruthy();
    });
  });
});
