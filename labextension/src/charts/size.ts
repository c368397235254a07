import { RefObject, useLayoutEffect, useState } from 'react';

/** Return how large an element is drawn, in pixels; zero before it is. */
export function useSize(of: RefObject<HTMLElement>): { width: number; height: number } {
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = of.current;
    if (!element) {
      return undefined;
    }
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize(old => (old.width === width && old.height === height ? old : { width, height }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [of]);
  return size;
}
