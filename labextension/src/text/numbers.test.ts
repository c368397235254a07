import { describe, expect, it } from 'vitest';

import {
  countOf,
  cutMiddle,
  decimalsFor,
  formatBytes,
  formatCount,
  formatDuration,
  formatMetric,
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
    expect(decimalsFor([0.1815, 1.471])).toBe(3);
    expect(formatMetric(0.1815, 3)).toBe('0.181');
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

  it('cuts names in the middle and keeps their index', () => {
    expect(cutMiddle('spiffy-sunfish-821', 15)).toBe('spiffy-sun…-821');
    expect(cutMiddle('short', 15)).toBe('short');
  });
});
