// The flame graph: spans of one path (service and name, and those of all above) are one box, as wide as the self time of itself and of what is
// below it. Widths add up, whatever ran at once.

import { make, perFrame, surface, token } from './dom.js';
import { count, length, percent, plural } from './format.js';
import { span } from './model.js';

const rowHeight = 20;
const leastWidth = 1.5;

/** Boxes of a trace, parents before children; the first stands for everything. */
export function boxes(model) {
  const list = [{ name: 'all', service: '', color: 0, parent: -1, depth: 0, count: model.spans, self: 0, total: 0, errors: 0, node: -1, children: [] }];
  const boxOf = new Int32Array(model.count), children = new Map();
  for (let node = 0; node < model.count; node++) {
    const above = model.parents[node] < 0 ? 0 : boxOf[model.parents[node]];
    if (model.kinds[node] !== span) { boxOf[node] = above; continue; }
    const key = `${above} ${model.services[node]} ${model.names[node]}`;
    let box = children.get(key);
    if (box === undefined) {
      box = list.length;
      children.set(key, box);
      list[above].children.push(box);
      list.push({ name: model.name(node), service: model.service(node), color: model.color(node), parent: above, depth: list[above].depth + 1, count: 0, self: 0, total: 0, errors: 0, node, children: [] });
    }
    boxOf[node] = box;
    list[box].count++;
    list[box].self += model.self[node];
    if (model.isError(node)) list[box].errors++;
  }
  for (let i = list.length - 1; i >= 0; i--) {
    list[i].total += list[i].self;
    if (list[i].parent >= 0) list[list[i].parent].total += list[i].total;
  }
  let left = 0;
  list[0].left = 0;
  for (const box of list) {
    left = box.left;
    for (const child of box.children) { list[child].left = left; left += list[child].total; }
  }
  return list;
}

export class Flame {
  constructor(host, goTo) {
    this.goTo = goTo;
    this.canvas = make('canvas', 'flame-canvas');
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute('role', 'application');
    this.canvas.setAttribute('aria-label', 'Flame graph: arrows move, Enter zooms, Escape shows everything, w shows the span in the waterfall. The Statistics tab has the same numbers as a table.');
    this.said = make('div', 'flame-said');
    this.said.setAttribute('role', 'status');
    this.said.dataset.testid = 'flame-said';
    // The canvas is as high as what is seen of it, however deep the trace is.
    this.space = make('div', 'flame-space', this.canvas);
    this.scroller = make('div', 'flame-scroll', this.space);
    host.replaceChildren(this.said, this.scroller);
    this.draw = perFrame(() => this.#draw());
    this.scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    this.canvas.addEventListener('pointermove', event => this.#point(this.#at(event)));
    this.canvas.addEventListener('click', event => { const box = this.#at(event); if (box !== null) this.#zoom(box); });
    this.canvas.addEventListener('dblclick', event => { const box = this.#at(event); if (box !== null && this.list[box].node >= 0) this.goTo(this.list[box].node); });
    this.canvas.addEventListener('keydown', event => this.#onKey(event));
    this.resize = new ResizeObserver(() => this.draw());
    this.resize.observe(host);
    this.theme = new MutationObserver(() => this.draw());
    this.theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  }

  show(model) {
    this.list = boxes(model);
    this.top = 0;
    this.pointed = 0;
    this.space.style.height = `${(this.list.reduce((most, box) => Math.max(most, box.depth), 0) + 1) * rowHeight + 4}px`;
    this.#say(0);
    this.draw();
  }

  #width() { return Math.max(1, this.list[this.top].total); }

  #draw() {
    this.canvas.style.height = `${this.scroller.clientHeight}px`;
    const drawing = this.list && surface(this.canvas);
    if (!drawing) return;
    const { context, width, height } = drawing, top = this.list[this.top], whole = this.#width(), { scrollTop } = this.scroller;
    const colors = Array.from({ length: 11 }, (_, i) => token(i === 0 ? '--bg-3' : `--series-${i}`));
    const [text, error, focus, ground] = [token('--fg-1'), token('--error'), token('--focus'), token('--bg-0')];
    context.font = `11px ${token('--font-ui')}`;
    context.textBaseline = 'middle';
    this.places = [];
    for (let i = 0; i < this.list.length; i++) {
      const box = this.list[i], y = box.depth * rowHeight + 2 - scrollTop;
      if (y < -rowHeight || y > height) continue;
      const x = Math.max(0, (box.left - top.left) / whole * width), right = Math.min(width, (box.left + box.total - top.left) / whole * width);
      if (right - x < leastWidth || (box.depth > top.depth && !(box.left >= top.left && box.left + box.total <= top.left + top.total))) continue;
      context.globalAlpha = box.depth < top.depth ? 0.35 : 0.4;
      context.fillStyle = colors[box.color];
      context.fillRect(x, y, right - x - 1, rowHeight - 2);
      context.globalAlpha = 1;
      context.fillStyle = box.errors > 0 ? error : colors[box.color];
      context.fillRect(x, y, Math.min(3, right - x - 1), rowHeight - 2);
      this.places.push([x, right, box.depth, i]);
      if (right - x > 34) {
        context.save();
        context.beginPath();
        context.rect(x + 5, y, right - x - 9, rowHeight);
        context.clip();
        context.fillStyle = text;
        context.fillText(box.count > 1 ? `${box.name} × ${count(box.count)}` : box.name, x + 7, y + rowHeight / 2 - 1);
        context.restore();
      }
      if (i === this.pointed) { context.strokeStyle = focus; context.lineWidth = 2; context.strokeRect(x + 1, y + 1, Math.max(1, right - x - 3), rowHeight - 4); context.strokeStyle = ground; }
    }
  }

  #at(event) {
    const box = this.canvas.getBoundingClientRect(), depth = Math.floor((event.clientY - box.top - 2 + this.scroller.scrollTop) / rowHeight), x = event.clientX - box.left;
    return this.places?.find(place => place[2] === depth && x >= place[0] && x < place[1])?.[3] ?? null;
  }

  #point(index) {
    if (index === null || index === this.pointed) return;
    this.pointed = index;
    this.#say(index);
    this.draw();
  }

  #bringIntoView(index) {
    const y = this.list[index].depth * rowHeight, { scrollTop, clientHeight } = this.scroller;
    if (y < scrollTop) this.scroller.scrollTop = y;
    else if (y + rowHeight > scrollTop + clientHeight) this.scroller.scrollTop = y + rowHeight + 4 - clientHeight;
  }

  #zoom(index) { this.top = index; this.pointed = index; this.#say(index); this.draw(); }

  #say(index) {
    const box = this.list[index], whole = Math.max(1, this.list[0].total);
    this.said.replaceChildren(make('b', '', box.name), ` ${box.service} `, make('span', 'dim', `${plural(box.count, 'span')}, ${length(box.total)} in all, ${percent(box.total / whole)} of the work, self ${length(box.self)}${box.errors ? `, ${plural(box.errors, 'error')}` : ''}`));
  }

  #onKey(event) {
    const box = this.list?.[this.pointed];
    if (!box || event.ctrlKey || event.metaKey || event.altKey) return;
    const siblings = box.parent < 0 ? [0] : this.list[box.parent].children, place = siblings.indexOf(this.pointed);
    const next = { ArrowUp: box.parent, ArrowDown: box.children[0], ArrowLeft: siblings[place - 1], ArrowRight: siblings[place + 1] }[event.key];
    if (next >= 0) { this.#point(next); this.#bringIntoView(next); }
    else if (event.key === 'Enter') this.#zoom(this.pointed);
    else if (event.key === 'Escape' && this.top !== 0) this.#zoom(0);
    else if (event.key === 'w' && box.node >= 0) this.goTo(box.node);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  dispose() {
    this.resize.disconnect();
    this.theme.disconnect();
    this.draw.cancel();
  }
}
