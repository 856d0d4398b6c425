// The only code that knows Plotly. Plotly draws; pointer, crosshair, hover list, zoom and box are ours, so that they cost no round trip
// and look the same on every chart.

const margin = { l: 46, r: 10, t: 6, b: 20 };
const listSize = 12;
const space = '\u00a0';

// What is told while the connection is lost is lost as well: the page comes back at its address.
const tellServer = async (server, method, ...values) => { try { await server.invokeMethodAsync(method, ...values); } catch { /* the page comes back */ } };

let library;
function plotly() {
  library ??= new Promise((done, failed) => {
    const script = document.createElement('script');
    script.src = new URL('lib/plotly.min.js', import.meta.url).href;
    script.onload = () => done(window.Plotly);
    script.onerror = () => { library = undefined; failed(new Error('the chart library did not load')); };
    document.head.append(script);
  });
  return library;
}

const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const seriesColor = index => index < 30 ? token(`--series-${index % 10 + 1}`) : token('--fg-3');
const seriesDash = index => index < 10 || index >= 30 ? 'solid' : index < 20 ? 'dash' : 'dot';

/** Draws the charts of one page inside `root`; `server` hears of zooms and boxes. */
export function board(root, server) {
  const plots = new Map();
  let isolated = new Set();
  let lifted = null;

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
  scope().addEventListener('click', onClick, true);
  document.addEventListener('keydown', onKey, true);

  const shared = { server, crosshair, lift, isolated: () => isolated };
  return {
    /** Draws line charts into their cards, in order, and the heatmap into its own. */
    async draw(charts, heatmap, box) {
      const Plotly = await plotly();
      const wanted = new Map();
      charts.forEach((model, index) => wanted.set(`[data-chart="${index}"]`, [model, lines]));
      if (heatmap) wanted.set('[data-chart="heatmap"]', [heatmap, heat]);
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
          plots.set(selector, make(Plotly, host, shared));
          size.observe(host);
        }
        plots.get(selector).show(model, box);
      }
      emphasis();
    },
    /** Moves the box without drawing the cells again. */
    box(box) { for (const plot of plots.values()) plot.setBox?.(box); },
    dispose() {
      theme.disconnect();
      size.disconnect();
      scope().removeEventListener('pointerover', onOver);
      scope().removeEventListener('click', onClick, true);
      document.removeEventListener('keydown', onKey, true);
      for (const plot of plots.values()) plot.dispose();
      plots.clear();
    }
  };
}

const element = (name, className, parent) => {
  const made = document.createElement(name);
  made.className = className;
  parent?.append(made);
  return made;
};

function layout(model, host, y) {
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
function surface(Plotly, host) {
  host.replaceChildren();
  const canvas = element('div', 'canvas', host);
  const layer = element('div', 'layer', host);
  const cross = element('div', 'cross', layer);
  cross.hidden = true;
  const area = () => ({ left: margin.l, top: margin.t, width: Math.max(1, host.clientWidth - margin.l - margin.r), height: Math.max(1, host.clientHeight - margin.t - margin.b) });
  return {
    host, canvas, layer, cross, area,
    paint: (data, options) => Plotly.react(canvas, data, options, { staticPlot: true, displayModeBar: false, responsive: false }),
    purge: () => { Plotly.purge(canvas); host.replaceChildren(); }
  };
}

function lines(Plotly, host, shared) {
  const base = surface(Plotly, host);
  const { layer, cross, area } = base;
  const zoom = element('div', 'zoom', layer);
  const dots = element('div', 'dots-layer', layer);
  const list = element('div', 'hover-list', layer);
  const read = host.closest('.card').querySelector('[data-at]');
  zoom.hidden = list.hidden = true;
  let model = null;
  let drag = null;

  const timeAt = x => model.startMs + Math.min(1, Math.max(0, (x - area().left) / area().width)) * (model.endMs - model.startMs);
  const xOf = time => area().left + (time - model.startMs) / (model.endMs - model.startMs) * area().width;
  const yOf = value => area().top + (1 - (value - model.yMin) / (model.yMax - model.yMin)) * area().height;
  const bucketAt = time => Math.min(model.timesMs.length - 1, Math.max(0, Math.floor((time - model.timesMs[0]) / model.stepMs + 0.5)));
  const shown = () => model.series.filter(s => shared.isolated().size === 0 || shared.isolated().has(s.group));

  function paint() {
    if (!model || host.clientWidth === 0) return;
    const many = model.series.length * model.timesMs.length > 200000;
    // First group last, so that it lies on top of the others.
    const data = model.series.slice().reverse().map(s => {
      const color = seriesColor(s.color);
      const alone = s.values.map((v, i) => v !== null && (s.values[i - 1] ?? null) === null && (s.values[i + 1] ?? null) === null);
      const dotted = !model.stacked && !many && alone.some(Boolean);
      return {
        type: 'scatter', uid: `s${s.group}`, x: model.timesMs, y: s.values, mode: dotted ? 'lines+markers' : 'lines', hoverinfo: 'skip', connectgaps: false,
        line: { color, width: model.stacked ? 1 : 1.5, dash: seriesDash(s.color), shape: 'linear', simplify: true },
        ...(dotted ? { marker: { color, size: alone.map(a => a ? 4 : 0), opacity: alone.map(a => a ? 1 : 0), line: { width: 0 } } } : {}),
        ...(model.stacked ? { stackgroup: 'all', fillcolor: color + '66' } : {})
      };
    });
    base.paint(data, layout(model, host, { range: [model.yMin, model.yMax], showgrid: true, gridcolor: token('--line-1') }));
  }

  function valuesAt(bucket) {
    let sum = 0;
    const rows = shown().slice().reverse().map(s => {
      const value = s.values[bucket];
      if (value === null || value === undefined) return null;
      sum += value;
      return { series: s, value, at: model.stacked ? sum : value };
    }).filter(r => r && (!model.stacked || r.value > 0));
    return rows.sort((a, b) => b.value - a.value);
  }

  function crosshair(time, isSource, y) {
    if (!model) return;
    const inside = time !== null && model.timesMs.length > 0 && time >= model.startMs && time <= model.endMs;
    cross.hidden = !inside;
    dots.replaceChildren();
    list.hidden = true;
    if (!inside) { read.textContent = ''; return; }
    const bucket = bucketAt(time);
    const x = Math.max(area().left, xOf(model.timesMs[bucket]));
    cross.style.left = `${x}px`;
    const rows = valuesAt(bucket);
    const near = nearest(rows, isSource ? y : undefined);
    head(bucket, rows, near);
    if (near) dot(x, near);
    if (isSource) { fillList(bucket, rows, near, x); shared.lift(rows.length > 1 && near ? near.series.group : null); }
  }

  function nearest(rows, y) {
    if (rows.length === 0) return null;
    return y === undefined ? rows[0] : rows.reduce((best, row) => Math.abs(yOf(row.at) - y) < Math.abs(yOf(best.at) - y) ? row : best);
  }

  function head(bucket, rows, near) {
    read.replaceChildren();
    if (!near) return;
    const total = model.stacked ? rows.reduce((sum, row) => sum + row.value, 0) : near.value;
    const label = element('span', 'dimmer', read);
    label.textContent = clock(model.timesMs[bucket], model) + (model.stacked || model.series.length === 1 ? ' ' : ` ${near.series.name} `);
    element('span', '', read).textContent = number(total, model.unit);
  }

  function dot(x, row) {
    const mark = element('i', 'cross-dot', dots);
    mark.style.left = `${x}px`;
    mark.style.top = `${yOf(row.at)}px`;
    mark.style.background = seriesColor(row.series.color);
  }

  function fillList(bucket, rows, near, x) {
    list.replaceChildren();
    const top = element('div', 'hover-head', list);
    element('span', '', top).textContent = `${clock(model.timesMs[bucket], model, true)} – ${clock(model.timesMs[bucket] + model.stepMs, model, true)}`;
    element('span', '', top).textContent = model.title;
    if (rows.length === 0) element('div', 'hover-row', list).textContent = 'no events';
    const first = near && rows.indexOf(near) >= listSize ? [...rows.slice(0, listSize - 1), near] : rows.slice(0, listSize);
    for (const row of first) {
      const line = element('div', row === near ? 'hover-row near' : 'hover-row', list);
      element('i', 'swatch', line).style.background = seriesColor(row.series.color);
      element('span', 'mono name', line).textContent = row.series.name;
      element('span', 'value', line).textContent = number(row.value, model.unit);
    }
    if (rows.length > first.length) element('div', 'hover-more', list).textContent = `and ${rows.length - first.length} more`;
    list.hidden = false;
    const left = x + 12 + list.offsetWidth > host.clientWidth ? x - 12 - list.offsetWidth : x + 12;
    list.style.left = `${Math.max(0, left)}px`;
    list.style.top = `${Math.max(-20, Math.min(host.clientHeight - list.offsetHeight, 24))}px`;
  }

  const place = event => { const box = layer.getBoundingClientRect(); return { x: event.clientX - box.left, y: event.clientY - box.top }; };
  layer.onpointermove = event => {
    if (!model) return;
    const { x, y } = place(event);
    const time = timeAt(x);
    shared.crosshair(time, null);
    crosshair(time, true, y);
    if (drag === null) return;
    const [from, to] = [Math.min(drag, x), Math.max(drag, x)].map(v => Math.min(area().left + area().width, Math.max(area().left, v)));
    zoom.hidden = to - from < 4;
    zoom.style.left = `${from}px`;
    zoom.style.width = `${to - from}px`;
  };
  layer.onpointerdown = event => { if (model && event.button === 0) { drag = place(event).x; layer.setPointerCapture(event.pointerId); } };
  layer.onpointerup = event => {
    const wasZoom = !zoom.hidden;
    const [from, to] = drag === null ? [0, 0] : [drag, place(event).x].sort((a, b) => a - b).map(timeAt);
    drag = null;
    zoom.hidden = true;
    if (wasZoom && to > from) tellServer(shared.server, 'OnZoom', ...snap(from, to));
  };
  layer.onpointercancel = () => { drag = null; zoom.hidden = true; };
  layer.onpointerleave = () => { if (drag === null) { shared.crosshair(null, null); shared.lift(null); } };

  // A zoom takes whole buckets when there are some to take.
  function snap(from, to) {
    const step = model.stepMs;
    const [a, b] = [Math.floor(from / step) * step, Math.ceil(to / step) * step];
    return to - from >= step ? [Math.max(a, model.startMs), Math.min(b, model.endMs)] : [from, to];
  }

  let cursor = null;
  layer.tabIndex = 0;
  layer.setAttribute('role', 'figure');
  layer.onkeydown = event => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step || !model) return;
    event.preventDefault();
    cursor = Math.min(model.timesMs.length - 1, Math.max(0, (cursor ?? (step > 0 ? -1 : model.timesMs.length)) + step));
    shared.crosshair(model.timesMs[cursor], null);
    crosshair(model.timesMs[cursor], true);
  };
  layer.onblur = () => { cursor = null; shared.crosshair(null, null); };

  return {
    host, paint, crosshair: (time, isSource) => { if (!isSource) crosshair(time, false); },
    show(next) {
      model = next;
      layer.setAttribute('aria-label', `${model.title} ${model.context}`);
      crosshair(null, false);
      paint();
    },
    resize: paint,
    emphasize(lifted, isolated) {
      // Plotly keeps the area of a stacked trace in the group of the trace below it, but all areas in the order of the traces.
      const areas = model?.stacked ? [...host.querySelectorAll('.js-fill')].reverse() : [];
      (model?.series ?? []).forEach((s, index) => {
        const strong = (lifted === null || lifted === s.group) && (isolated.size === 0 || isolated.has(s.group));
        for (const group of host.querySelectorAll(`.traces${s.group}`)) {
          for (const part of group.querySelectorAll('.lines, .points')) part.style.opacity = strong ? 1 : 0.25;
          group.classList.toggle('lifted', lifted === s.group);
        }
        if (areas.length === model.series.length) areas[index].style.opacity = strong ? 1 : 0.25;
      });
    },
    dispose: base.purge
  };
}

function heat(Plotly, host, shared) {
  const base = surface(Plotly, host);
  const { layer, cross, area } = base;
  const shades = [0, 1, 2, 3].map(() => element('div', 'shade', layer));
  const frame = element('div', 'box', layer);
  const label = element('div', 'box-label', layer);
  const handles = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w'].map(side => { const made = element('i', `handle ${side}`, frame); made.dataset.side = side; return made; });
  const list = element('div', 'hover-list', layer);
  const live = element('span', 'offscreen', host);
  const read = host.closest('.card').querySelector('[data-at]');
  live.setAttribute('aria-live', 'polite');
  let model = null;
  let cells = null;     // the box in whole cells: { x0, x1, y0, y1 }, ends exclusive; fractions when it was not drawn here
  let drag = null;
  list.hidden = true;

  const columns = () => model.counts[0]?.length ?? 0;
  const extra = () => model.extraRows.length;
  const xOf = cell => area().left + (model.firstMs + cell * model.stepMs - model.startMs) / (model.endMs - model.startMs) * area().width;
  const yOf = row => area().top + (1 - row / model.counts.length) * area().height;
  const cellAt = x => (model.startMs + (x - area().left) / area().width * (model.endMs - model.startMs) - model.firstMs) / model.stepMs;
  const rowAt = y => (1 - (y - area().top) / area().height) * model.counts.length;
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  function valueOf(row) {
    const at = clamp(row - extra(), 0, model.edges.length - 1);
    const low = Math.min(model.edges.length - 2, Math.floor(at));
    const [a, b] = [model.edges[low], model.edges[low + 1]];
    return at === low ? a : at === low + 1 ? b : model.isLog ? a * (b / a) ** (at - low) : a + (b - a) * (at - low);
  }
  function rowOf(value) {
    const { edges } = model;
    if (value <= edges[0]) return extra();
    const high = edges.findIndex(e => e >= value);
    if (high < 0) return extra() + edges.length - 1;
    const [a, b] = [edges[high - 1], edges[high]];
    return extra() + high - 1 + (model.isLog ? Math.log(value / a) / Math.log(b / a) : (value - a) / (b - a));
  }

  function paint() {
    if (!model || host.clientWidth === 0) return;
    const z = model.counts.map(row => row.map(count => count === null ? null : Math.log10(count + 1)));
    const scale = [1, 2, 3, 4, 5, 6, 7].map((n, i) => [i / 6, token(`--heat-${n}`)]);
    const data = [{
      type: 'heatmap', z, x0: model.firstMs + model.stepMs / 2, dx: model.stepMs, y0: 0.5, dy: 1, zmin: Math.log10(2), zmax: Math.max(Math.log10(model.max + 1), Math.log10(2) + 1e-6),
      colorscale: scale, showscale: false, zsmooth: false, xgap: 0, ygap: 0, hoverinfo: 'skip', hoverongaps: false
    }];
    base.paint(data, layout(model, host, { range: [0, Math.max(1, model.counts.length)] }));
    paintBox();
  }

  function paintBox() {
    const has = cells !== null && model !== null;
    for (const part of [frame, label, ...shades]) part.hidden = !has;
    if (!has) return;
    const a = area();
    const [left, right] = [clamp(xOf(cells.x0), a.left, a.left + a.width), clamp(xOf(cells.x1), a.left, a.left + a.width)];
    const [top, bottom] = [clamp(yOf(cells.y1), a.top, a.top + a.height), clamp(yOf(cells.y0), a.top, a.top + a.height)];
    set(frame, left, top, right - left, bottom - top);
    set(shades[0], a.left, a.top, a.width, top - a.top);
    set(shades[1], a.left, bottom, a.width, a.top + a.height - bottom);
    set(shades[2], a.left, top, left - a.left, bottom - top);
    set(shades[3], right, top, a.left + a.width - right, bottom - top);
    label.textContent = describe();
    const x = clamp(right - label.offsetWidth, a.left, a.left + a.width - label.offsetWidth);
    label.style.left = `${x}px`;
    label.style.top = `${top - a.top >= 24 ? top - 23 : top + 4}px`;
  }
  const set = (part, left, top, width, height) => Object.assign(part.style, { left: `${left}px`, top: `${top}px`, width: `${Math.max(0, width)}px`, height: `${Math.max(0, height)}px` });

  function count() {
    let sum = 0;
    for (let row = Math.round(cells.y0); row < Math.round(cells.y1); row++)
      for (let column = Math.round(cells.x0); column < Math.round(cells.x1); column++) sum += model.counts[row]?.[column] ?? 0;
    return sum;
  }
  function describe() {
    const whole = [cells.x0, cells.x1, cells.y0, cells.y1].every(v => Math.abs(v - Math.round(v)) < 1e-3);
    return `${duration((cells.x1 - cells.x0) * model.stepMs)} × ${number(valueOf(cells.y0), model.unit)} – ${number(valueOf(cells.y1), model.unit)} · ${whole ? '' : '~'}${full(count())} events`;
  }

  function setBox(box) {
    if (!model || drag) return;
    cells = box === null || box === undefined ? null : {
      x0: (box.startMs - model.firstMs) / model.stepMs, x1: (box.endMs - model.firstMs) / model.stepMs, y0: rowOf(box.low), y1: rowOf(box.high)
    };
    paintBox();
  }
  function send() {
    if (!cells) return tellServer(shared.server, 'OnBox', null);
    live.textContent = describe();
    return tellServer(shared.server, 'OnBox', {
      startMs: model.firstMs + cells.x0 * model.stepMs, endMs: model.firstMs + cells.x1 * model.stepMs, low: valueOf(cells.y0), high: valueOf(cells.y1)
    });
  }

  const place = event => { const box = layer.getBoundingClientRect(); return { x: event.clientX - box.left, y: event.clientY - box.top }; };
  layer.onpointerdown = event => {
    if (!model || event.button !== 0 || columns() === 0) return;
    const { x, y } = place(event);
    const side = event.target.dataset?.side;
    const inside = event.target === frame;
    drag = { x, y, side: side ?? (inside ? 'move' : 'new'), from: cells && { ...cells }, moved: false };
    layer.setPointerCapture(event.pointerId);
  };
  layer.onpointermove = event => {
    if (!model) return;
    const { x, y } = place(event);
    hover(x, y);
    if (!drag) return;
    if (!drag.moved && Math.hypot(x - drag.x, y - drag.y) < 4) return;
    drag.moved = true;
    list.hidden = true;
    cells = dragged(x, y);
    paintBox();
  };
  layer.onpointerup = () => {
    const ended = drag;
    drag = null;
    if (ended?.moved) send();
  };
  layer.onpointercancel = () => { if (drag) { cells = drag.from; drag = null; paintBox(); } };
  layer.onpointerleave = () => { list.hidden = true; if (!drag) shared.crosshair(null, null); };

  function dragged(x, y) {
    const bounds = c => ({ x0: clamp(c.x0, 0, columns() - 1), x1: clamp(c.x1, 1, columns()), y0: clamp(c.y0, extra(), model.counts.length - 1), y1: clamp(c.y1, extra() + 1, model.counts.length) });
    if (drag.side === 'new') {
      const [x0, x1] = [cellAt(drag.x), cellAt(x)].sort((a, b) => a - b);
      const [y0, y1] = [rowAt(drag.y), rowAt(y)].sort((a, b) => a - b);
      return bounds({ x0: Math.floor(x0), x1: Math.ceil(x1), y0: Math.floor(y0), y1: Math.ceil(y1) });
    }
    const dx = Math.round(cellAt(x) - cellAt(drag.x));
    const dy = Math.round(rowAt(y) - rowAt(drag.y));
    const f = drag.from;
    if (drag.side === 'move') {
      const [width, height] = [f.x1 - f.x0, f.y1 - f.y0];
      const x0 = clamp(f.x0 + dx, 0, columns() - width);
      const y0 = clamp(f.y0 + dy, extra(), model.counts.length - height);
      return { x0, x1: x0 + width, y0, y1: y0 + height };
    }
    const next = { ...f };
    if (drag.side.includes('w')) next.x0 = Math.min(f.x1 - 1, Math.round(f.x0 + dx));
    if (drag.side.includes('e')) next.x1 = Math.max(f.x0 + 1, Math.round(f.x1 + dx));
    if (drag.side.includes('s')) next.y0 = Math.min(f.y1 - 1, Math.round(f.y0 + dy));
    if (drag.side.includes('n')) next.y1 = Math.max(f.y0 + 1, Math.round(f.y1 + dy));
    return bounds(next);
  }

  function hover(x, y) {
    const [column, row] = [Math.floor(cellAt(x)), Math.floor(rowAt(y))];
    const inside = column >= 0 && column < columns() && row >= 0 && row < model.counts.length;
    const time = model.firstMs + column * model.stepMs;
    shared.crosshair(inside ? time : null, null);
    list.hidden = !inside || drag !== null;
    if (list.hidden) return;
    const cell = model.counts[row][column] ?? 0;
    list.replaceChildren();
    const top = element('div', 'hover-head', list);
    element('span', '', top).textContent = `${clock(time, model, true)} – ${clock(time + model.stepMs, model, true)}`;
    const line = element('div', 'hover-row', list);
    element('span', 'name', line).textContent = row < extra() ? model.extraRows[row] : `${number(valueOf(row), model.unit)} – ${number(valueOf(row + 1), model.unit)}`;
    element('span', 'value', line).textContent = `${full(cell)} events`;
    if (model.total > 0) element('div', 'hover-more', list).textContent = `${share(cell / model.total * 100)} of all`;
    list.style.left = `${x + 14 + list.offsetWidth > host.clientWidth ? x - 14 - list.offsetWidth : x + 14}px`;
    list.style.top = `${clamp(y - list.offsetHeight / 2, 0, host.clientHeight - list.offsetHeight)}px`;
  }

  layer.tabIndex = 0;
  layer.setAttribute('role', 'application');
  layer.onkeydown = event => {
    if (!model) return;
    if (event.key === 'Escape' && cells) { event.preventDefault(); event.stopPropagation(); cells = null; paintBox(); send(); return; }
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (!step || !cells) return;
    event.preventDefault();
    const by = event.ctrlKey ? 5 : 1;
    const { x0, x1, y0, y1 } = cells;
    if (event.shiftKey) cells = { x0, y0, x1: clamp(x1 + step[0] * by, x0 + 1, columns()), y1: clamp(y1 + step[1] * by, y0 + 1, model.counts.length) };
    else {
      const dx = clamp(step[0] * by, -x0, columns() - x1);
      const dy = clamp(step[1] * by, extra() - y0, model.counts.length - y1);
      cells = { x0: x0 + dx, x1: x1 + dx, y0: y0 + dy, y1: y1 + dy };
    }
    paintBox();
    clearTimeout(pause);
    pause = setTimeout(send, 300);
  };
  let pause;

  return {
    host, paint, setBox,
    crosshair(time, isSource) {
      if (!model || isSource) return;
      cross.hidden = time === null || time < model.startMs || time > model.endMs;
      read.textContent = '';
      if (!cross.hidden) cross.style.left = `${area().left + (time - model.startMs) / (model.endMs - model.startMs) * area().width}px`;
    },
    show(next, box) {
      model = next;
      layer.setAttribute('aria-label', `${model.title}: draw a box to select events`);
      paint();
      setBox(box);
    },
    resize: paint,
    dispose() { clearTimeout(pause); base.purge(); }
  };
}

// Numbers under the pointer follow the rules of the tables (Display/Format.cs).
const digits = value => {
  const rounded = value === 0 ? 0 : +value.toPrecision(3);
  return rounded >= 99.95 ? value.toFixed(0) : rounded >= 9.995 ? value.toFixed(1) : rounded >= 0.9995 ? value.toFixed(2) : `${+value.toPrecision(3)}`;
};
const full = value => Number.isInteger(value) || value >= 1000 ? Math.round(value).toLocaleString('en-US') : digits(value);
const minus = (value, format) => value < 0 ? `\u2212${format(-value)}` : format(value);
const share = value => value > 0 && value < 0.005 ? `<0.1${space}%` : `${value < 9.995 ? value.toFixed(2) : value.toFixed(1)}${space}%`;
const pair = (value, size, large, small) => `${Math.floor(value / size)}${space}${large}${value % size ? `${space}${value % size}${space}${small}` : ''}`;

function duration(ms) {
  const rounded = +ms.toPrecision(3);
  if (ms === 0) return `0${space}ms`;
  if (rounded < 0.001) return `${digits(ms * 1e6)}${space}ns`;
  if (rounded < 1) return `${digits(ms * 1000)}${space}µs`;
  if (rounded < 1000) return `${digits(ms)}${space}ms`;
  if (rounded < 100000) return `${digits(ms / 1000)}${space}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  return minutes < 1440 ? pair(minutes, 60, 'h', 'min') : pair(Math.round(minutes / 60), 24, 'd', 'h');
}

function large(value, units) {
  let index = 0;
  while (index < units.length - 1 && +value.toPrecision(3) >= 1000) { value /= 1000; index++; }
  return `${index === 0 ? full(value) : digits(value)}${units[index] ? space + units[index] : ''}`;
}

function number(value, unit) {
  return minus(value, v => {
    switch (unit) {
      case 'Nanoseconds': return duration(v / 1e6);
      case 'Microseconds': return duration(v / 1e3);
      case 'Milliseconds': return duration(v);
      case 'Seconds': return duration(v * 1e3);
      case 'Bytes': return large(v, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);
      case 'Percent': return share(v);
      default: return v < 999999.5 ? full(v) : large(v, ['', 'k', 'M', 'G', 'T']);
    }
  });
}

const clocks = new Map();
function clock(ms, model, withSeconds) {
  const style = model.stepMs < 1000 ? 3 : withSeconds || model.stepMs < 60000 ? 2 : 1;
  const days = model.endMs - model.startMs > 86400000;
  const key = `${model.zone} ${style} ${days}`;
  if (!clocks.has(key)) {
    clocks.set(key, new Intl.DateTimeFormat('en-GB', {
      timeZone: model.zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(style > 1 ? { second: '2-digit' } : {}), ...(style > 2 ? { fractionalSecondDigits: 3 } : {}),
      ...(days ? { day: 'numeric', month: 'short' } : {})
    }));
  }
  return clocks.get(key).format(ms);
}
