import { describe, expect, it } from 'vitest';

import {
  countOf,
  decimalsFor,
  formatBytes,
  formatCount,
  formatDuration,
  formatMetric,
  formatParameter,
  formatWhen
} from './numbers';

describe('numbers', () => {
  it('has separators, and powers where there are too many digits', () => {
    expect(formatCount(12480112)).toBe('12,480,112');
    expect(formatCount(1.2e18)).toBe('1.2 × 10^18');
    expect(countOf(1, 'trial')).toBe('1 trial');
    expect(countOf(4096, 'trial')).toBe('4,096 trials');
  });

  it('shows metrics with four significant digits, alike down a column', () => {
    expect(formatMetric(0.181512)).toBe('0.1815');
    expect(formatMetric(1.234567e-7)).toBe('1.235e-7');
    expect(formatMetric('nan')).toBe('nan');
    expect(formatMetric(12)).toBe('12');
    expect(decimalsFor([0.1815, 1.471])).toBe(4);
    expect(decimalsFor([12, 8])).toBe(0);
    expect(decimalsFor([])).toBe(0);
    expect(formatMetric(12, 0)).toBe('12');
    // A trial that went astray does not take the others' digits, and the points stand below each other.
    expect(formatMetric(0.18151, 4)).toBe('0.1815');
    expect(formatMetric(1.4712, 4)).toBe('1.471\u2007');
    expect(formatMetric(10.2062, 4)).toBe('10.21\u2007\u2007');
  });

  it.each([
    ['1e-4', '1e-4'],
    ['0.00015', '0.00015'],
    ['65536000000', '65536000000'],
    ['adam', 'adam'],
    ['0.0052735837683586095', '0.005274'],
    ['-3.1415926535', '-3.142'],
    ['1.2345678912e-7', '1.235e-7'],
    ['12345678.912345', '1.235e+7'],
    ['2026.11.23', '2026.11.23']
  ])('shows the parameter %s as %s', (text, told) => {
    expect(formatParameter(text)).toBe(told);
  });

  it.each([
    [0, '0.0 s'],
    [0.03, '< 0.1 s'],
    [0.05, '0.1 s'],
    [0.84, '0.8 s'],
    [42, '42 s'],
    [187, '3 m 07 s'],
    [3840, '1 h 04 m'],
    [183600, '2 d 03 h']
  ])('shows %d seconds as %s', (seconds, told) => {
    expect(formatDuration(seconds)).toBe(told);
  });

  it('shows sizes and times', () => {
    expect(formatBytes(82_000)).toBe('82 KB');
    expect(formatBytes(1_210_000_000)).toBe('1.2 GB');
    const now = new Date(2026, 10, 23, 14, 0).getTime() / 1000;
    expect(formatWhen(now - 20, now)).toBe('just now');
    expect(formatWhen(now - 245, now)).toBe('4 min ago');
    expect(formatWhen(now - 3 * 3600, now)).toBe('3 h ago');
    expect(formatWhen(now - 20 * 3600, now)).toBe('yesterday');
    expect(formatWhen(now - 20 * 86_400, now)).toBe('2026-11-03');
  });
});
