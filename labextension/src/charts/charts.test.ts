import { describe, expect, it } from 'vitest';

import { axesOf, ordered, shifted } from './axes';
import { brushed, fitting, snapped } from './brush';
import { bestSoFar, Curve, grouped, nearest, Point, pointsOf, smooth } from './curve';
import { pictureOf } from './lines';
import { isCrowded, makeScale, spanOf, spread, suitsLog, ticksOf, tickText } from './scale';
import { joined } from './use';

const curve = (trial: number, ...values: Curve['points'][number][1][]): Curve => ({
  trial,
  points: values.map((value, step) => [step, value, 100 + 10 * step]),
  total: values.length,
  thinned: false
});

describe('a scale', () => {
  it('is logarithmic where values span a hundredfold, all above zero', () => {
    expect(suitsLog([1e-5, 1e-2])).toBe(true);
    expect(suitsLog([0.5, 2])).toBe(false);
    // A trial that went astray does not push the others together.
    expect(isCrowded([0.31, 0.35, 0.4, 0.5, 0.6, 10])).toBe(true);
    expect(isCrowded([1, 3, 5, 7, 9, 10])).toBe(false);
    expect(isCrowded([-1, 0.1, 0.2, 0.3, 0.4, 50])).toBe(false);
    expect(suitsLog([0, 1000])).toBe(false);
    expect(suitsLog([])).toBe(false);
  });

  it('covers all values, but for outliers that flatten the rest', () => {
    const calm = Array.from({ length: 100 }, (_, number) => 1 + number / 100);
    expect(spanOf(calm, false, false)).toEqual([1, 1.99]);
    const [, high] = spanOf([...calm, 1e6], false, false);
    expect(high).toBeLessThan(2);
    expect(spanOf([...calm, 1e6], false, true)).toEqual([1, 1e6]);
  });

  it('has room around one value, and without any', () => {
    const [low, high] = spanOf([5, 5], false, false);
    expect(low).toBeLessThan(5);
    expect(high).toBeGreaterThan(5);
    expect(spanOf([], true, false)).toEqual([1, 10]);
    expect(spanOf([-1, 0], true, false)).toEqual([1, 10]);
  });

  it('has the powers of ten as ticks where there are many', () => {
    expect(ticksOf(makeScale([1e-5, 1e-1], [0, 100], true), 6)).toEqual([
      1e-5, 1e-4, 1e-3, 1e-2, 1e-1
    ]);
    expect(ticksOf(makeScale([0, 10], [0, 100], false), 6)).toEqual([0, 2, 4, 6, 8, 10]);
  });

  it('says ticks shortly', () => {
    expect([0.30000000000000004, 1e-5, 2e6, 0].map(tickText)).toEqual(['0.3', '1e-5', '2e6', '0']);
    // As d3 gives them, which divides and multiplies.
    expect([1.1999999999999999e29, 9.999999999999999e-301].map(tickText)).toEqual([
      '1.2e29',
      '1e-300'
    ]);
  });

  it('gives names room without changing their order', () => {
    expect(spread([10, 12, 11], 5)).toEqual([10, 20, 15]);
    expect(spread([10, 12, 11], 5, 15)).toEqual([5, 15, 10]);
  });
});

describe('a curve', () => {
  it('leaves out what cannot be drawn, and goes along steps or seconds', () => {
    expect(pointsOf(curve(0, 3, 'nan', 1), 'step')).toEqual([
      [0, 3],
      [2, 1]
    ]);
    expect(pointsOf(curve(0, 3, 2), 'time')).toEqual([
      [0, 3],
      [10, 2]
    ]);
  });

  it('is smoothed without a pull to zero at its beginning', () => {
    const flat: Point[] = [1, 2, 3].map(x => [x, 7]);
    smooth(flat, 0.9).forEach(([, y]) => expect(y).toBeCloseTo(7));
    expect(smooth([[0, 1]], 0)).toEqual([[0, 1]]);
  });

  it('has a best value so far', () => {
    const points: Point[] = [
      [0, 3],
      [1, 1],
      [2, 2]
    ];
    expect(bestSoFar(points, 'min').map(point => point[1])).toEqual([3, 1, 1]);
    expect(bestSoFar(points, 'max').map(point => point[1])).toEqual([3, 3, 3]);
  });

  it('is read where it is near', () => {
    const points: Point[] = [
      [0, 3],
      [10, 1]
    ];
    expect(nearest(points, 8, 3)).toEqual([10, 1]);
    expect(nearest(points, 5, 3)).toBeUndefined();
    expect(nearest([], 5, 3)).toBeUndefined();
  });

  it('is one with others of its group: mean and range', () => {
    const lines = [
      {
        name: 'adam',
        points: [
          [0, 0],
          [2, 2]
        ] satisfies Point[]
      },
      {
        name: 'adam',
        points: [
          [0, 2],
          [1, 3],
          [2, 4]
        ] satisfies Point[]
      },
      { name: 'sgd', points: [] }
    ];
    expect(grouped(lines)).toEqual([
      {
        name: 'adam',
        count: 2,
        mean: [
          [0, 1],
          [1, 2],
          [2, 3]
        ],
        band: [
          [0, 0, 2],
          [1, 1, 3],
          [2, 2, 4]
        ]
      }
    ]);
  });
});

describe('curves that grow', () => {
  const known = new Map([[1, curve(1, 5, 4)]]);

  it('are joined with what is new', () => {
    const news: Curve = { trial: 1, points: [[2, 3, 120]], total: 3, thinned: false };
    expect(
      joined(known, [news])
        .get(1)
        ?.points.map(point => point[1])
    ).toEqual([5, 4, 3]);
  });

  it('are left out while their beginning is missing', () => {
    const news: Curve = { trial: 2, points: [[2, 3, 120]], total: 3, thinned: false };
    expect(joined(known, [news]).has(2)).toBe(false);
    expect(joined(undefined, [news]).has(2)).toBe(true);
  });
});

describe('a picture of curves', () => {
  const shown = {
    ticked: [2],
    best: 1,
    mode: 'min',
    look: { smoothing: 0, along: 'step', by: '' },
    values: new Map([
      [0, 'sgd'],
      [1, 'adam'],
      [2, 'adam']
    ])
  } as const;
  const curves = new Map([0, 1, 2].map(trial => [trial, curve(trial, 3, 2 + trial)]));

  it('has what stands out on top: what is ticked, then the best', () => {
    const { lines } = pictureOf({ ...shown, curves });
    expect(lines.map(line => [line.name, line.kind])).toEqual([
      ['0', 'other'],
      ['2', 'series'],
      ['★ 1', 'best']
    ]);
  });

  it('keeps the raw lines when it smooths', () => {
    const look = { ...shown.look, smoothing: 0.5 };
    const first = pictureOf({ ...shown, look, curves }).lines[0];
    expect(first?.raw).not.toEqual(first?.points);
  });

  it('groups by a parameter', () => {
    const { lines } = pictureOf({ ...shown, look: { ...shown.look, by: 'opt' }, curves });
    expect(lines.map(line => line.name)).toEqual(['sgd', 'adam']);
    expect(lines.every(line => line.band)).toBe(true);
  });

  it('has a dot for each single value, and the best so far', () => {
    const singles = new Map([0, 1].map(trial => [trial, curve(trial, 3 - trial)]));
    const { lines, dots } = pictureOf({ ...shown, curves: singles });
    expect(dots).toBe(true);
    expect(lines[0]?.points).toEqual([
      [0, 3],
      [1, 2]
    ]);
    expect(lines.slice(1).map(line => line.points)).toEqual([[[0, 3]], [[1, 2]]]);
  });
});

describe('parallel coordinates', () => {
  const answer = {
    metric: 'val/loss',
    mode: 'min' as const,
    trials: [4, 2, 3],
    values: [0.1, 0.2, 0.4],
    axes: [
      {
        label: 'lr',
        flag: '--lr',
        values: ['1e-4', '0.01', '1'],
        places: [0, 1, 2],
        numeric: true,
        log: true
      },
      {
        label: 'opt',
        flag: '--opt',
        values: ['adam "w"', '8', 'True'],
        places: [0, 1, 2],
        numeric: false,
        log: false
      }
    ],
    measured: 3,
    without: 0
  };
  const axes = axesOf(answer, [100, 0]);

  it('have ticks at the values as they were passed, on a log axis where it suits', () => {
    expect(axes[0]?.ticks.map(tick => tick.text)).toEqual(['1e-4', '0.01', '1']);
    expect(axes[0]?.scale(0.01)).toBeCloseTo(50);
  });

  it('cut long values at an axis, and keep them whole for the tooltip', () => {
    const [lr, opt] = axesOf(
      {
        ...answer,
        axes: answer.axes.map((axis, place) => ({
          ...axis,
          values: place ? ['a long name', 'b', 'c'] : ['0.010441590323', '2', '3'],
          log: false
        }))
      },
      [100, 0]
    );
    expect(lr?.ticks[0]).toEqual({ at: 0.010441590323, text: '0.01044', whole: '0.010441590323' });
    expect(opt?.ticks[0]).toEqual({ at: 0, text: 'a long n…', whole: 'a long name' });
  });

  it('have the best at the top', () => {
    const metric = axes[2];
    expect(metric?.scale(0.1)).toBeLessThan(metric?.scale(0.4) ?? 0);
  });

  it('are a condition where they are marked', () => {
    const brushes = new Map([
      ['params.lr', { low: 1e-4, high: 0.01 }],
      ['params.opt', { low: -0.5, high: 2 }],
      ['metrics.val/loss', { low: 0.1, high: 0.3 }]
    ]);
    expect(brushed(axes, brushes).condition).toBe(
      '`params.lr` >= 0.0001 and `params.lr` <= 0.01 and ' +
        '`params.opt` in ["adam \\"w\\"", 8, True] and ' +
        '`metrics.val/loss` >= 0.1 and `metrics.val/loss` <= 0.3'
    );
    expect(fitting(axes, brushes, 3)).toEqual([true, true, false]);
    expect(brushed(axes, new Map()).condition).toBe('');
  });

  it('are marked from value to value', () => {
    const [lr] = axes;
    expect(lr && snapped(lr, { low: 5e-5, high: 0.5 })).toEqual({ low: 1e-4, high: 0.01 });
    expect(lr && snapped(lr, { low: 0.123456, high: 0.2 })).toEqual({ low: 0.1235, high: 0.2 });
  });

  it('are moved, and stay as they were moved when another comes', () => {
    const order = shifted(axes, 'params.opt', -1);
    expect(order).toEqual(['params.opt', 'params.lr', 'metrics.val/loss']);
    expect(ordered(axes, order).map(axis => axis.label)).toEqual(['opt', 'lr', 'val/loss']);
    expect(ordered(axes, ['params.opt', 'params.lr']).map(axis => axis.id)).toEqual(order);
    expect(shifted(axes, 'params.lr', -1)).toEqual(axes.map(axis => axis.id));
  });
});
