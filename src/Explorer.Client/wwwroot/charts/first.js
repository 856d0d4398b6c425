// The first drawing of a chart. Plotly takes half a second of the page's only thread to start; until it has, what it is given is drawn here: the same
// traces on the same axes in the same elements, as far as our charts use them. When it is there, it draws over this, and nothing moves.

const svgNames = 'http://www.w3.org/2000/svg';
const make = (name, attributes, parent) => {
  const made = document.createElementNS(svgNames, name);
  for (const key in attributes) made.setAttribute(key, attributes[key]);
  parent?.append(made);
  return made;
};

/** Draws Plotly's traces and layout into an element, in place of what is there. */
export function drawFirst(host, data, layout) {
  const { width, height, margin, xaxis, yaxis } = layout;
  const area = { left: margin.l, top: margin.t, width: Math.max(1, width - margin.l - margin.r), height: Math.max(1, height - margin.t - margin.b) };
  const x = scale(xaxis, area.left, area.width);
  const y = scale(yaxis, area.top + area.height, -area.height);
  const root = make('svg', { class: 'main-svg', width, height });
  axes(root, layout, area, x, y);
  const plot = make('svg', { x: area.left, y: area.top, width: area.width, height: area.height, viewBox: `${area.left} ${area.top} ${area.width} ${area.height}` }, root);
  const of = type => data.filter(trace => trace.type === type);
  if (of('heatmap').length > 0) heatmap(make('g', { class: 'heatmaplayer' }, plot), of('heatmap')[0], x, y);
  if (of('bar').length > 0) bars(make('g', { class: 'barlayer' }, plot), of('bar'), layout, x, y);
  if (of('scatter').length > 0) lines(make('g', { class: 'scatterlayer' }, plot), of('scatter'), x, y);
  host.replaceChildren(root);
}

function scale(axis, from, length) {
  const [low, high] = axis.range;
  return axis.type === 'log' ? value => from + (Math.log10(value) - low) / (high - low) * length : value => from + (value - low) / (high - low) * length;
}

function axes(root, { xaxis, yaxis, font }, area, x, y) {
  const [right, bottom] = [area.left + area.width, area.top + area.height];
  const inside = (at, low, high) => at >= low - 0.5 && at <= high + 0.5;
  const text = make('g', { 'font-family': font.family, 'font-size': font.size, fill: font.color }, root);
  yaxis.tickvals.forEach((value, i) => {
    const at = y(value);
    if (!inside(at, area.top, bottom)) return;
    if (yaxis.showgrid) make('path', { d: `M${area.left},${at}H${right}`, stroke: yaxis.gridcolor }, root);
    make('text', { x: area.left - 1, y: at + font.size * 0.35, 'text-anchor': 'end' }, text).textContent = yaxis.ticktext[i];
  });
  xaxis.tickvals.forEach((value, i) => {
    if (inside(x(value), area.left, right)) make('text', { x: x(value), y: bottom + font.size + 2.5, 'text-anchor': 'middle' }, text).textContent = xaxis.ticktext[i];
  });
  make('path', { d: `M${area.left},${bottom + 0.5}H${right}`, stroke: xaxis.linecolor }, root);
}

const place = value => Math.round(value * 10) / 10;

function lines(layer, traces, x, y) {
  let below = null; // what is stacked so far
  for (const trace of traces) {
    const { color, width, dash } = trace.line;
    const group = make('g', { class: `trace scatter trace${trace.uid ?? ''}`, opacity: trace.opacity ?? 1 }, layer);
    let values = trace.y;
    if (trace.stackgroup) {
      const floor = below ?? values.map(() => 0);
      values = values.map((value, i) => floor[i] + (value ?? 0));
      const back = floor.map((value, i) => `${place(x(trace.x[i]))},${place(y(value))}`).reverse();
      if (values.length > 0) make('path', { class: 'js-fill', d: `M${values.map((value, i) => `${place(x(trace.x[i]))},${place(y(value))}`).join('L')}L${back.join('L')}Z`, fill: trace.fillcolor }, make('g', { class: 'fills' }, group));
      below = values;
    }
    const shape = { class: 'js-line', d: path(trace.x, values, x, y), fill: 'none', stroke: color, 'stroke-width': width };
    if (dash && dash !== 'solid') shape['stroke-dasharray'] = dash === 'dash' ? '9px,9px' : '3px,3px';
    make('path', shape, make('g', { class: 'lines' }, group));
    if (!trace.marker) continue;
    const points = make('g', { class: 'points' }, group);
    trace.marker.size.forEach((size, i) => { if (size > 0) make('circle', { cx: x(trace.x[i]), cy: y(values[i]), r: size / 2, fill: trace.marker.color }, points); });
  }
}

// A value that is not there is a gap.
function path(times, values, x, y) {
  let d = '';
  let isOpen = false;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === null || values[i] === undefined) { isOpen = false; continue; }
    d += `${isOpen ? 'L' : 'M'}${place(x(times[i]))},${place(y(values[i]))}`;
    isOpen = true;
  }
  return d;
}

function bars(layer, traces, { barmode, bargap }, x, y) {
  const times = traces[0].x;
  const step = times.length > 1 ? x(times[1]) - x(times[0]) : 20;
  const sums = times.map(() => 0);
  const floor = y(0); // nowhere on a logarithmic axis: then bars reach below it
  const one = step * (1 - bargap) / (barmode === 'group' ? traces.length : 1);
  traces.forEach((trace, index) => {
    const group = make('g', { class: 'points' }, make('g', { class: 'trace bars' }, layer));
    let d = '';
    trace.y.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      const isStacked = barmode === 'stack';
      const from = isStacked ? y(sums[i]) : Number.isFinite(floor) ? floor : 1e4;
      if (isStacked) sums[i] += value;
      const left = x(times[i]) - step * (1 - bargap) / 2 + (isStacked ? 0 : index * one);
      d += `M${place(left)},${place(from)}V${place(y(isStacked ? sums[i] : value))}h${place(one)}V${place(from)}Z`;
    });
    make('path', { d, fill: trace.marker.color }, group);
  });
}

// A picture of one pixel for each cell, drawn out to the cells' size.
function heatmap(layer, trace, x, y) {
  const [rows, columns] = [trace.z.length, trace.z[0]?.length ?? 0];
  if (rows === 0 || columns === 0) return;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [columns, rows];
  const pen = canvas.getContext('2d');
  const cells = pen.createImageData(columns, rows);
  const ramp = trace.colorscale.map(([at, color]) => [at, [1, 3, 5].map(i => parseInt(color.slice(i, i + 2), 16))]);
  trace.z.forEach((row, r) => row.forEach((value, c) => {
    if (value === null) return;
    const share = Math.min(1, Math.max(0, (value - trace.zmin) / (trace.zmax - trace.zmin)));
    const high = Math.max(1, ramp.findIndex(([at]) => at >= share));
    const [[a, low], [b, top]] = [ramp[high - 1], ramp[high]];
    const pixel = ((rows - 1 - r) * columns + c) * 4;
    for (let i = 0; i < 3; i++) cells.data[pixel + i] = low[i] + (top[i] - low[i]) * (share - a) / (b - a);
    cells.data[pixel + 3] = 255;
  }));
  pen.putImageData(cells, 0, 0);
  const [left, right] = [x(trace.x0 - trace.dx / 2), x(trace.x0 + (columns - 0.5) * trace.dx)];
  const [bottom, top] = [y(trace.y0 - trace.dy / 2), y(trace.y0 + (rows - 0.5) * trace.dy)];
  make('image', { href: canvas.toDataURL(), x: left, y: top, width: right - left, height: bottom - top, preserveAspectRatio: 'none', style: 'image-rendering:pixelated' }, make('g', { class: 'hm' }, layer));
}
