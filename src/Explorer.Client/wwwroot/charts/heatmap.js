import { clock, duration, full, number, share } from './format.js';
import { element, layout, marks, surface, token } from './surface.js';
import { tellServer } from '../server.js';

/** A heatmap with a box that is drawn, moved and sized by pointer or keys. */
export function heatmap(host, shared) {
  const base = surface(host);
  const { layer, cross, area, place } = base;
  const mark = marks(layer);
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
    paintMarks();
  }

  const paintMarks = () => mark(shared.markers(), model, time => area().left + (time - model.startMs) / (model.endMs - model.startMs) * area().width, area, shared.isFirst(host));

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
  const inUnits = c => ({ startMs: model.firstMs + c.x0 * model.stepMs, endMs: model.firstMs + c.x1 * model.stepMs, low: valueOf(c.y0), high: valueOf(c.y1) });
  function send(compare) {
    if (!cells) return tellServer(shared.server, 'OnBox', null, false);
    live.textContent = describe();
    return tellServer(shared.server, 'OnBox', inUnits(cells), compare);
  }
  function cellMenu(x, y, pageX, pageY) {
    const [column, row] = [Math.floor(cellAt(x)), Math.floor(rowAt(y))];
    if (column < 0 || column >= columns() || row < extra() || row >= model.counts.length) return;
    tellServer(shared.server, 'OnCell', inUnits({ x0: column, x1: column + 1, y0: row, y1: row + 1 }), pageX, pageY);
  }

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
  layer.onpointerup = event => {
    const ended = drag;
    drag = null;
    if (ended?.moved) send(true);
    else if (ended) cellMenu(ended.x, ended.y, event.clientX, event.clientY);
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
    if (event.key === 'Escape' && cells) { event.preventDefault(); event.stopPropagation(); cells = null; paintBox(); send(false); return; }
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if ((!step && event.key !== 'Enter') || columns() === 0) return;
    event.preventDefault();
    // The first key draws a box, of the newest and highest ninth; Enter compares it.
    if (!cells || event.key === 'Enter') {
      clearTimeout(pause);
      const isNew = !cells;
      cells ??= { x0: Math.floor(columns() * 2 / 3), x1: columns(), y0: extra() + Math.floor((model.counts.length - extra()) * 2 / 3), y1: model.counts.length };
      paintBox();
      return send(!isNew);
    }
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
    pause = setTimeout(() => send(false), 300);
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
    markers: () => { if (model) paintMarks(); },
    picture: () => ({ canvas: base.canvas, title: `${model.title}  ${model.context}` }),
    dispose() { clearTimeout(pause); base.purge(); }
  };
}
