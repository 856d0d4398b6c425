// The only code, with charts/, that knows Plotly. Plotly draws; pointer, crosshair, hover list, zoom and box are ours, so that they cost no round trip
// and look the same on every chart.

import { heatmap } from './charts/heatmap.js';
import { lines } from './charts/lines.js';
import { savePictures } from './charts/picture.js';

let library;
const address = new URL('lib/plotly.min.js', import.meta.url).href;

/** Has the browser fetch Plotly, which takes nothing from the page's thread. Not with the document: a megabyte would be in the way of all that the first chart needs. */
function fetchAhead() {
  if (document.querySelector(`link[href="${address}"]`)) return;
  document.head.append(Object.assign(document.createElement('link'), { rel: 'preload', as: 'script', href: address }));
}

/** Asks for Plotly once; until it is there, charts are drawn without it (charts/first.js). */
function plotly() {
  library ??= new Promise((done, failed) => {
    const script = document.createElement('script');
    script.src = address;
    script.onload = () => done(window.Plotly);
    script.onerror = () => { library = undefined; failed(new Error('the chart library did not load')); };
    document.head.append(script);
  });
  return library;
}

/** Draws the charts of one page inside `root`; `server` hears of zooms and boxes. */
export function board(root, server) {
  const plots = new Map();
  let isolated = new Set();
  let lifted = null;
  let marked = [];
  let banded = [];

  // When the page has time, and soon, before a hand is at it: what starts the library keeps everything else waiting, so it goes by steps.
  const whenIdle = then => window.requestIdleCallback ? requestIdleCallback(then, { timeout: 400 }) : setTimeout(then, 200);
  const takeOver = () => { for (const [selector, plot] of plots) whenIdle(() => { if (plots.get(selector) === plot) { plot.paint(); emphasis(); } }); };
  const drawn = () => {
    if (window.Plotly) return;
    fetchAhead();
    whenIdle(() => plotly().then(takeOver, () => { /* what is drawn stays */ }));
  };
  const repaint = () => { for (const plot of plots.values()) plot.paint(); };
  const theme = new MutationObserver(repaint);
  theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  const size = new ResizeObserver(() => { for (const plot of plots.values()) plot.resize(); });

  const crosshair = (time, from) => { for (const plot of plots.values()) plot.crosshair(time, plot === from); };
  const emphasis = () => {
    for (const plot of plots.values()) plot.emphasize?.(lifted, isolated);
    // Rows stay readable: the lifted one is marked, and only those outside an isolation fade.
    for (const row of scope().querySelectorAll('[data-series]')) {
      row.classList.toggle('lifted', lifted === +row.dataset.series);
      row.classList.toggle('faded', isolated.size > 0 && !isolated.has(+row.dataset.series));
    }
  };
  const lift = group => { if (lifted !== group) { lifted = group; emphasis(); } };
  const scope = () => root.closest('[data-linked]') ?? root;

  const onOver = event => {
    const row = event.target.closest?.('[data-series]');
    if (row || lifted !== null) lift(row ? +row.dataset.series : null);
  };
  const onClick = event => {
    const swatch = event.target.closest?.('.swatch');
    const row = swatch?.closest('[data-series]');
    if (!row) return;
    event.stopPropagation();
    const group = +row.dataset.series;
    const only = isolated.size === 1 && isolated.has(group);
    if (!event.ctrlKey && !event.metaKey) isolated = only ? new Set() : new Set([group]);
    else if (isolated.has(group)) isolated.delete(group); else isolated.add(group);
    emphasis();
  };
  const onKey = event => {
    if (event.key !== 'Escape' || isolated.size === 0 || event.defaultPrevented) return;
    isolated = new Set();
    event.preventDefault();
    emphasis();
  };
  scope().addEventListener('pointerover', onOver);
  const onLeave = () => lift(null);
  scope().addEventListener('pointerleave', onLeave);
  scope().addEventListener('click', onClick, true);
  document.addEventListener('keydown', onKey, true);

  const shared = {
    server, crosshair, lift, isolated: () => isolated, markers: () => marked, bands: () => banded,
    isFirst: host => root.querySelector('[data-chart]') === host
  };
  return {
    /** Draws line charts into their cards, in order, and the heatmap into its own. */
    draw(charts, cells, box) {
      const wanted = new Map();
      charts.forEach((model, index) => wanted.set(`[data-chart="${index}"]`, [model, lines]));
      if (cells) wanted.set('[data-chart="heatmap"]', [cells, heatmap]);
      for (const [selector, plot] of plots) {
        if (wanted.has(selector) && plot.host.isConnected) continue;
        plot.dispose();
        plots.delete(selector);
      }
      isolated = new Set();
      for (const [selector, [model, make]] of wanted) {
        const host = root.querySelector(selector);
        if (!host) continue;
        if (!plots.has(selector)) {
          plots.set(selector, make(host, shared));
          size.observe(host);
        }
        plots.get(selector).show(model, box);
      }
      emphasis();
      drawn();
    },
    /** Marks places of the time axes: `{ atMs, text }` each. */
    markers(list) {
      marked = list;
      for (const plot of plots.values()) plot.markers();
    },
    /** Shows which times are compared: `{ startMs, endMs, isSelection }` each. */
    bands(list) {
      banded = list;
      for (const plot of plots.values()) plot.bands?.();
    },
    /** Saves one chart, or all of them one below the other, as a PNG file. */
    async save(key, name) {
      const chosen = [...root.querySelectorAll('[data-chart]')].map(host => `[data-chart="${host.dataset.chart}"]`).filter(s => key === null || s === `[data-chart="${key}"]`);
      const Plotly = await plotly();
      repaint(); // as Plotly's own, where it was drawn before it came
      await savePictures(Plotly, chosen.map(s => plots.get(s)).filter(Boolean).map(plot => plot.picture()), name);
    },
    /** Moves the box without drawing the cells again. */
    box(box) { for (const plot of plots.values()) plot.setBox?.(box); },
    dispose() {
      theme.disconnect();
      size.disconnect();
      scope().removeEventListener('pointerover', onOver);
      scope().removeEventListener('pointerleave', onLeave);
      scope().removeEventListener('click', onClick, true);
      document.removeEventListener('keydown', onKey, true);
      for (const plot of plots.values()) plot.dispose();
      plots.clear();
    }
  };
}
