import { clock, duration, number } from './format.js';
import { bands, element, layout, marks, partial, seriesColor, seriesDash, surface, token } from './surface.js';
import { tellServer } from '../server.js';

const listSize = 12;

/** A line chart: crosshair, list of the values under the pointer, drag to zoom. */
export function lines(host, shared) {
  const base = surface(host);
  const { layer, cross, area, place } = base;
  const band = bands(layer);
  const hatch = partial(layer);
  const mark = marks(layer);
  const zoom = element('div', 'zoom', layer);
  const dots = element('div', 'dots-layer', layer);
  const list = element('div', 'hover-list', layer);
  const read = host.closest('.card').querySelector('[data-at]');
  zoom.hidden = list.hidden = true;
  let model = null;
  let drag = null;
  let drawn = null;     // the elements of each series, found once after they are drawn: hovering asks for them at every move

  const timeAt = x => model.startMs + Math.min(1, Math.max(0, (x - area().left) / area().width)) * (model.endMs - model.startMs);
  const xOf = time => area().left + (time - model.startMs) / (model.endMs - model.startMs) * area().width;
  const height = value => model.isLog ? Math.log(Math.max(value, 1e-300)) : value;
  const yOf = value => area().top + (1 - (height(value) - height(model.yMin)) / (height(model.yMax) - height(model.yMin))) * area().height;
  const bars = () => model?.style === 'bar' || model?.style === 'group';
  // A point stands at the start of its bucket and is met from both sides; a bar fills it.
  const bucketAt = time => Math.min(model.timesMs.length - 1, Math.max(0, Math.floor((time - model.timesMs[0]) / model.stepMs + (bars() ? 0 : 0.5))));
  const shown = () => model.series.filter(s => shared.isolated().size === 0 || shared.isolated().has(s.group));

  function paint() {
    if (!model || host.clientWidth === 0) return;
    base.paint([...traces(), ...earlier()], { ...layout(model, host, axis()), barmode: model.style === 'bar' ? 'stack' : 'group', bargap: 0.08 });
    drawn = null;
    band(shared.bands(), model, xOf);
    hatch(model, xOf, !bars());
    mark(shared.markers(), model, xOf, area, shared.isFirst(host));
  }

  const axis = () => ({
    type: model.isLog ? 'log' : 'linear', range: model.isLog ? [Math.log10(model.yMin), Math.log10(model.yMax)] : [model.yMin, model.yMax], showgrid: true, gridcolor: token('--line-1')
  });

  // First group last, so that it lies on top of the others.
  function traces() {
    const many = model.series.length * model.timesMs.length > 200000;
    const middles = bars() ? model.timesMs.map(t => t + model.stepMs / 2) : model.timesMs;
    return model.series.slice().reverse().map(s => {
      const color = seriesColor(s.color);
      const values = model.isLog ? s.values.map(v => v > 0 ? v : null) : s.values;
      if (bars()) return { type: 'bar', x: middles, y: values, hoverinfo: 'skip', marker: { color, line: { width: 0 } } };
      const alone = values.map((v, i) => v !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null);
      const dotted = !model.stacked && !many && alone.some(Boolean);
      return {
        type: 'scatter', uid: `s${s.group}`, x: model.timesMs, y: values, mode: dotted ? 'lines+markers' : 'lines', hoverinfo: 'skip', connectgaps: false,
        line: { color, width: model.stacked ? 1 : 1.5, dash: seriesDash(s.color), shape: 'linear', simplify: true },
        ...(dotted ? { marker: { color, size: alone.map(a => a ? 4 : 0), opacity: alone.map(a => a ? 1 : 0), line: { width: 0 } } } : {}),
        ...(model.stacked ? { stackgroup: 'all', fillcolor: color + '66' } : {})
      };
    });
  }

  // The compared period, dotted: line by line, or the sum of what is stacked.
  function earlier() {
    if (!model.series.some(s => s.earlier)) return [];
    const line = { type: 'scatter', mode: 'lines', hoverinfo: 'skip', connectgaps: false, opacity: 0.6 };
    if (model.stacked) {
      const sums = model.timesMs.map((_, i) => model.series.reduce((sum, s) => sum + (s.earlier[i] ?? 0), 0));
      return [{ ...line, uid: 'esum', x: model.timesMs, y: sums, line: { color: token('--fg-2'), width: 1.5, dash: 'dot' } }];
    }
    return model.series.map(s => ({
      ...line, uid: `e${s.group}`, x: model.timesMs, y: model.isLog ? s.earlier.map(v => v > 0 ? v : null) : s.earlier, line: { color: seriesColor(s.color), width: 1.5, dash: 'dot' }
    }));
  }

  function valuesAt(bucket) {
    let sum = 0;
    const rows = shown().slice().reverse().map(s => {
      const value = s.values[bucket];
      if (value === null || value === undefined) return null;
      sum += value;
      return { series: s, value, at: model.stacked ? sum : value };
    }).filter(r => r && (!(model.stacked || model.isLog) || r.value > 0));
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
    const x = Math.max(area().left, xOf(model.timesMs[bucket] + (bars() ? model.stepMs / 2 : 0)));
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
    if (model.timesMs[bucket] < model.fullFromMs || model.timesMs[bucket] >= model.fullToMs) {
      const [from, to] = [Math.max(model.startMs, model.timesMs[bucket]), Math.min(model.endMs, model.timesMs[bucket] + model.stepMs)];
      element('div', 'hover-more', list).textContent = `only ${duration(to - from)} of ${duration(model.stepMs)} lie in this time`;
    }
    if (rows.length === 0) element('div', 'hover-row', list).textContent = 'no events';
    const first = near && rows.indexOf(near) >= listSize ? [...rows.slice(0, listSize - 1), near] : rows.slice(0, listSize);
    for (const row of first) {
      const line = element('div', row === near ? 'hover-row near' : 'hover-row', list);
      element('i', 'swatch', line).style.background = seriesColor(row.series.color);
      element('span', 'mono name', line).textContent = row.series.name;
      const before = row.series.earlier?.[bucket];
      if (before !== undefined && before !== null) element('span', 'dimmer', line).textContent = `was ${number(before, model.unit)}`;
      element('span', 'value', line).textContent = number(row.value, model.unit);
    }
    if (rows.length > first.length) element('div', 'hover-more', list).textContent = `and ${rows.length - first.length} more`;
    list.hidden = false;
    const left = x + 12 + list.offsetWidth > host.clientWidth ? x - 12 - list.offsetWidth : x + 12;
    list.style.left = `${Math.max(0, left)}px`;
    list.style.top = `${Math.max(-20, Math.min(host.clientHeight - list.offsetHeight, 24))}px`;
  }

  // Plotly keeps the area of a stacked trace in the group of the trace below it, but all areas, and all bars, in the order of the traces.
  function elements() {
    const inOrder = selector => { const found = [...host.querySelectorAll(selector)].reverse(); return found.length === model?.series.length ? found : []; };
    const fills = bars() ? inOrder('.barlayer .trace') : model?.stacked ? inOrder('.js-fill') : [];
    return (model?.series ?? []).map((s, index) => {
      const groups = [...host.querySelectorAll(`.traces${s.group}, .tracee${s.group}`)];
      return { groups, parts: [...groups.flatMap(group => [...group.querySelectorAll('.lines, .points')]), ...(fills[index] ? [fills[index]] : [])] };
    });
  }

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
  // A drag zooms; with Shift it selects.
  layer.onpointerup = event => {
    const wasZoom = !zoom.hidden;
    if (drag !== null && !wasZoom) point(timeAt(place(event).x), place(event).y, event.clientX, event.clientY);
    const [from, to] = drag === null ? [0, 0] : [drag, place(event).x].sort((a, b) => a - b).map(timeAt);
    drag = null;
    zoom.hidden = true;
    if (wasZoom && to > from) tellServer(shared.server, 'OnZoom', ...snap(from, to), event.shiftKey);
  };
  layer.onpointercancel = () => { drag = null; zoom.hidden = true; };
  layer.onpointerleave = () => { if (drag === null) { shared.crosshair(null, null); shared.lift(null); } };

  // A click, or Enter at the crosshair: what can be done with the nearest series at that time.
  function point(time, y, pageX, pageY) {
    const bucket = bucketAt(time);
    const near = nearest(valuesAt(bucket), y);
    if (near) tellServer(shared.server, 'OnPoint', near.series.group, model.timesMs[bucket], model.timesMs[bucket] + model.stepMs, pageX, pageY);
  }

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
    if (event.key === 'Enter' && model && cursor !== null) {
      event.preventDefault();
      const box = layer.getBoundingClientRect();
      return point(model.timesMs[cursor], undefined, box.left + xOf(model.timesMs[cursor]), box.top + area().top + 20);
    }
    if (!step || !model || event.altKey || event.ctrlKey) return;
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
    bands: () => { if (model) band(shared.bands(), model, xOf); },
    markers: () => { if (model) mark(shared.markers(), model, xOf, area, shared.isFirst(host)); },
    picture: () => ({ canvas: base.canvas, title: `${model.title}  ${model.context}` }),
    emphasize(lifted, isolated) {
      drawn ??= elements();
      (model?.series ?? []).forEach((s, index) => {
        const strong = (lifted === null || lifted === s.group) && (isolated.size === 0 || isolated.has(s.group));
        const { groups, parts } = drawn[index];
        for (const part of parts) part.style.opacity = strong ? 1 : 0.25;
        for (const group of groups) group.classList.toggle('lifted', lifted === s.group);
      });
    },
    dispose: base.purge
  };
}
