// What all charts share: colours, axes, a place for Plotly and a layer above it that takes the pointer.

import { drawFirst } from './first.js';

const margin = { l: 46, r: 10, t: 6, b: 20 };

export const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
export const seriesColor = index => index < 30 ? token(`--series-${index % 10 + 1}`) : token('--fg-3');
export const seriesDash = index => index < 10 || index >= 30 ? 'solid' : index < 20 ? 'dash' : 'dot';

export const element = (name, className, parent) => {
  const made = document.createElement(name);
  made.className = className;
  parent?.append(made);
  return made;
};

/** Places of a time axis that are marked: a dotted line each, with its name where there is room for one. */
export function marks(layer) {
  const place = element('div', 'marks', layer);
  return (list, model, xOf, area, named) => {
    place.replaceChildren();
    if (!model) return;
    let free = -Infinity;
    for (const mark of list) {
      if (mark.atMs < model.startMs || mark.atMs > model.endMs) continue;
      const x = xOf(mark.atMs);
      const line = element('i', 'mark', place);
      line.style.left = `${x}px`;
      if (!named || x < free) continue;
      const label = element('span', 'mark-name', place);
      label.textContent = mark.text;
      label.title = mark.text;
      const width = label.offsetWidth;
      const right = area().left + area().width;
      label.style.left = `${x + 4 + width > right ? x - 4 - width : x + 4}px`;
      free = x + 8 + width;
    }
  };
}

/** Stretches of a time axis that are compared: a band each. */
export function bands(layer) {
  const place = element('div', 'bands', layer);
  return (list, model, xOf) => {
    place.replaceChildren();
    if (!model) return;
    for (const band of list) {
      const [from, to] = [Math.max(model.startMs, band.startMs), Math.min(model.endMs, band.endMs)];
      if (!(to > from)) continue;
      const made = element('div', `band ${band.isSelection ? 'sel' : 'base'}`, place);
      made.style.left = `${xOf(from)}px`;
      made.style.width = `${Math.max(2, xOf(to) - xOf(from))}px`;
    }
  };
}

/** The stretches of a time axis whose buckets lie only partly inside the window; of lines, with the way to the point of such a bucket. */
export function partial(layer) {
  const parts = [element('div', 'partial', layer), element('div', 'partial', layer)];
  return (model, xOf, isLine) => {
    const last = model.fullToMs < model.endMs && isLine ? Math.max(model.startMs, model.fullToMs - model.stepMs) : model.fullToMs;
    const stretches = [[model.startMs, model.fullFromMs], [last, model.endMs]];
    parts.forEach((part, i) => {
      const [from, to] = stretches[i];
      part.hidden = !(to - from > 1e-6) || model.timesMs.length === 0;
      if (part.hidden) return;
      part.style.left = `${xOf(from)}px`;
      part.style.width = `${Math.max(2, xOf(to) - xOf(from))}px`;
    });
  };
}

export function layout(model, host, y) {
  const axis = { fixedrange: true, zeroline: false, ticks: '', showgrid: false };
  const ticks = timeTicks(model, host);
  return {
    paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)', margin: { ...margin, pad: 0 }, showlegend: false, hovermode: false, dragmode: false,
    width: host.clientWidth, height: host.clientHeight, font: { family: token('--font-ui'), size: 11, color: token('--fg-3') },
    xaxis: { ...axis, type: 'linear', range: [model.startMs, model.endMs], showline: true, linecolor: token('--line-2'), tickmode: 'array', tickvals: ticks.map(t => t.at), ticktext: ticks.map(t => t.text) },
    yaxis: { ...axis, ...y, tickmode: 'array', tickvals: model.yTicks.map(t => t.at), ticktext: model.yTicks.map(t => t.text) }
  };
}

function timeTicks(model, host) {
  const room = Math.floor((host.clientWidth - margin.l) / 64);
  const ticks = room >= model.wideTicks.length || !model.narrowTicks ? model.wideTicks : model.narrowTicks;
  const every = Math.max(1, Math.ceil(ticks.length / Math.max(1, room)));
  // A label at the very edge would be cut or push the plot.
  const inner = (model.endMs - model.startMs) * 0.985 + model.startMs;
  return ticks.filter((tick, index) => index % every === 0 && tick.at <= inner);
}

/** What every plot has: a place for Plotly and a layer above it that takes the pointer. */
export function surface(host) {
  host.replaceChildren();
  const canvas = element('div', 'canvas', host);
  const layer = element('div', 'layer', host);
  const cross = element('div', 'cross', layer);
  cross.hidden = true;
  const area = () => ({ left: margin.l, top: margin.t, width: Math.max(1, host.clientWidth - margin.l - margin.r), height: Math.max(1, host.clientHeight - margin.t - margin.b) });
  return {
    host, canvas, layer, cross, area,
    place: event => { const box = layer.getBoundingClientRect(); return { x: event.clientX - box.left, y: event.clientY - box.top }; },
    /** Has Plotly draw, or draws first until it is there. */
    paint: (data, options) => {
      if (!window.Plotly) { drawFirst(canvas, data, options); return; }
      if (!canvas.classList.contains('js-plotly-plot')) canvas.replaceChildren();
      window.Plotly.react(canvas, data, options, { staticPlot: true, displayModeBar: false, responsive: false });
    },
    purge: () => { window.Plotly?.purge(canvas); host.replaceChildren(); }
  };
}
