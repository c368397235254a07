// What a measured page is asked for. All times are milliseconds of the page's own clock.
globalThis.probes = (() => {
  performance.setResourceTimingBufferSize(5000);

  const frame = () => new Promise(requestAnimationFrame);

  const PATIENCE = 30_000;

  /** Wait until something holds; return when that has been painted: the frame in which it does has been drawn. */
  const painted = async holds => {
    const until = performance.now() + PATIENCE;
    while (!holds()) {
      await frame();
      if (performance.now() > until) {
        throw new Error(`in vain: ${holds}`);
      }
    }
    await frame();
    await frame();
    return performance.now();
  };

  let answer;

  return {
    painted,

    /** Return how long after the arrival of the last answer from a path that ends so something is painted. */
    afterData: async (ending, holds) => {
      const at = await painted(holds);
      const asked = performance.getEntriesByType('resource').filter(({ name }) => new URL(name).pathname.endsWith(ending));
      return at - asked.at(-1).responseEnd;
    },

    /** Time the next click: from the event, however long that has waited, to the paint in which something holds. */
    watchClick: holds => {
      answer = new Promise(done =>
        addEventListener('click', event => done(painted(holds).then(at => at - event.timeStamp)), {
          capture: true,
          once: true
        })
      );
    },
    clicked: () => answer,

    /** Scroll a box for some seconds by so many pixels a frame, to and fro; return how long the longest frame was. */
    scroll: async (box, seconds, pixels) => {
      const end = performance.now() + 1000 * seconds;
      let [last, longest] = [await frame(), 0];
      const most = box.scrollHeight - box.clientHeight;
      let [at, by] = [box.scrollTop, pixels];
      while (last < end) {
        by = at + by > most ? -pixels : at + by < 0 ? pixels : by;
        at += by;
        box.scrollTop = at;
        const now = await frame();
        longest = Math.max(longest, now - last);
        last = now;
      }
      return longest;
    },

    /** Read all lines of a log by scrolling through it; one that is not there is empty. */
    lines: async box => {
      const found = [];
      box.scrollTop = 0;
      for (;;) {
        await frame();
        await frame();
        for (const line of box.querySelectorAll('.gj-Line')) {
          const [number, text] = line.children;
          found[Number(number.textContent) - 1] = text.textContent;
        }
        if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) {
          return Array.from(found, text => text ?? '');
        }
        box.scrollTop += box.clientHeight;
      }
    },

    /** Lay a box over the page that holds nothing, and is as high as another's content; return it. */
    emptyBox: other => {
      const box = document.createElement('div');
      box.style = 'position: fixed; inset: 0; overflow: auto; background: white; z-index: 9999';
      box.append(document.createElement('div'));
      box.firstChild.style.height = `${other.scrollHeight}px`;
      document.body.append(box);
      return box;
    }
  };
})();
