// The rows. Only those in view are elements; a row that leaves is bound to one that comes.

import { perFrame } from './dom.js';
import { Frame } from './frame.js';
import { Rows } from './model.js';
import { Row } from './row.js';
import { Strip } from './strip.js';

const overscan = 8;
/** Shortest time that fills the axis, nanoseconds. */
const leastZoom = 1;

export class Waterfall {
  constructor(host, events) {
    this.host = host;
    this.events = events;
    this.pool = [];
    this.selected = null;
    this.matches = null;
    this.dims = false;
    this.showsPath = true;
    this.folds = true;
    this.strip = new Strip((from, to) => this.zoom(from, to));
    this.frame = new Frame(this.strip.element);
    ({ scroller: this.scroller, space: this.space, head: this.head } = this.frame);
    host.replaceChildren(...this.frame.elements);
    this.draw = perFrame(() => this.#draw());
    this.scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    this.scroller.addEventListener('click', event => this.#onClick(event));
    this.scroller.addEventListener('dblclick', event => { if (!event.target.closest('.wf-toggle')) this.zoomToSelected(); });
    this.scroller.addEventListener('keydown', event => { delete this.scroller.dataset.quiet; this.onKey(event); });
    this.scroller.addEventListener('blur', () => { delete this.scroller.dataset.quiet; });
    this.#widthByDrag();
    this.resize = new ResizeObserver(() => this.refresh());
    this.resize.observe(this.scroller);
    this.theme = new MutationObserver(() => this.refresh());
    this.theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  }

  /** Goes on in another element, as it stands. */
  moveTo(host) {
    if (host === this.host) return;
    const { scrollTop } = this.scroller, hadFocus = this.scroller.contains(document.activeElement), wasQuiet = 'quiet' in this.scroller.dataset;
    host.style.setProperty('--wf-name', this.host.style.getPropertyValue('--wf-name'));
    host.replaceChildren(...this.frame.elements);
    this.host = host;
    this.scroller.scrollTop = scrollTop;
    if (hadFocus) this.takeFocus(wasQuiet);
    this.refresh();
  }

  /** Takes the focus; quietly, until a key is pressed, when no key led to it. */
  takeFocus(isQuiet) {
    if (isQuiet) this.scroller.dataset.quiet = '';
    this.scroller.focus({ preventScroll: true });
  }

  /** Shows a trace; what was collapsed, selected and zoomed stays. A zoom is for the first one, nanoseconds. */
  show(model, zoom = null) {
    const selected = this.selected === null || !this.model ? null : this.#identity(this.selected);
    this.rows = new Rows(model, this.rows, this.folds);
    const zoomed = this.model && (this.from > 0 || this.to < this.model.duration);
    this.model = model;
    if (!zoomed) this.#setZoom(0, model.duration);
    if (zoom) this.#setZoom(zoom[0], zoom[1]);
    this.selected = selected && model.byId.has(selected) ? model.byId.get(selected) : null;
    this.frame.drawLegend(model);
    this.frame.drawHead(model);
    this.refresh();
  }

  #identity(row) { return row < 0 ? this.model.ids[this.model.repeat(-1 - row).first] : this.model.ids[row]; }

  /** Everything anew: rows, sizes, axis. */
  refresh() {
    if (!this.model) return;
    this.rowHeight = parseFloat(getComputedStyle(this.host).getPropertyValue('--wf-row')) || 24;
    this.height = this.scroller.clientHeight;
    this.space.style.height = `${this.rows.count * this.rowHeight}px`;
    this.scroller.setAttribute('aria-rowcount', this.rows.count + 1);
    this.stale = this.frame.stale = true;
    this.draw();
  }

  // Once a frame, however often a page that opens or grows asks for it.
  #drawFrame() {
    this.timeWidth = this.frame.axis.clientWidth;
    this.frame.drawAxis(this);
    this.strip.draw(this.model, this.from, this.to);
    this.frame.drawFoot(this);
    this.frame.stale = false;
  }

  #draw() {
    if (!this.model) return;
    if (this.frame.stale) this.#drawFrame();
    const { scrollTop } = this.scroller;
    const first = Math.max(0, Math.floor(scrollTop / this.rowHeight) - overscan);
    const last = Math.min(this.rows.count, Math.ceil((scrollTop + this.height) / this.rowHeight) + overscan);
    const free = [], shown = new Map(), made = document.createDocumentFragment();
    for (const row of this.pool) {
      if (row.index >= first && row.index < last && !shown.has(row.index)) shown.set(row.index, row); else free.push(row);
    }
    for (let index = first; index < last; index++) {
      let row = shown.get(index);
      if (row && !this.stale) continue;
      if (!row) {
        row = free.pop();
        if (!row) { row = new Row(); this.pool.push(row); made.append(row.element); }
      }
      row.bind(this, index);
      row.element.hidden = false;
    }
    this.space.append(made);
    for (const row of free) { row.index = -1; row.element.hidden = true; }
    this.stale = false;
    const active = this.selected === null ? -1 : this.indexOf(this.selected);
    if (active >= first && active < last) this.scroller.setAttribute('aria-activedescendant', `wf-row-${active}`);
    else this.scroller.removeAttribute('aria-activedescendant');
  }

  /** Draws the rows in view again, where they are. */
  redraw() { this.stale = true; this.draw(); }

  indexOf(row) { return row < 0 ? this.rows.rowOfRepeat[-1 - row] : this.rows.rowOf[row]; }
  x(ns) { return (ns - this.from) / (this.to - this.from) * this.timeWidth; }

  isMatch(row) { return this.matches !== null && this.#covers(row); }
  isDimmed(row) { return this.dims && this.matches !== null && !this.#covers(row); }
  #covers(row) {
    if (row >= 0) return this.matches.has(row);
    for (const member of this.model.membersOf(-1 - row)) if (this.matches.has(member)) return true;
    return false;
  }

  // Zoom

  get isZoomed() { return this.from > 0 || this.to < Math.max(leastZoom, this.model.duration); }

  #setZoom(from, to) {
    const whole = Math.max(leastZoom, this.model.duration);
    const wide = Math.min(whole, Math.max(leastZoom, to - from)), start = Math.min(Math.max(0, from), whole - wide);
    [this.from, this.to] = [start, start + wide];
  }

  zoom(from, to) {
    this.#setZoom(from, to);
    this.refresh();
    this.events.changed();
  }

  zoomToSelected() {
    if (this.selected === null) return;
    const [start, end] = this.#extent(this.selected), room = Math.max(leastZoom, (end - start) * 0.05);
    this.zoom(start - room, end + room);
  }

  zoomOut() {
    const middle = (this.from + this.to) / 2, wide = (this.to - this.from) * 2;
    this.zoom(middle - wide / 2, middle + wide / 2);
  }

  #extent(row) {
    if (row >= 0) return [this.model.starts[row], this.model.end(row)];
    const repeat = this.model.repeat(-1 - row);
    return [repeat.start, repeat.end];
  }

  #widthByDrag() {
    const set = width => { this.host.style.setProperty('--wf-name', `${Math.min(640, Math.max(240, width))}px`); this.refresh(); };
    let moves = false;
    this.head.addEventListener('pointerdown', event => { if (event.target.closest('.wf-grip')) { moves = true; this.head.setPointerCapture(event.pointerId); event.preventDefault(); } });
    this.head.addEventListener('pointermove', event => { if (moves) set(event.clientX - this.head.getBoundingClientRect().left); });
    for (const name of ['pointerup', 'pointercancel']) this.head.addEventListener(name, () => { moves = false; });
  }

  // Selection, folding, keys

  select(row, { reveal = false, tells = true } = {}) {
    if (row !== null && reveal && row >= 0 && this.rows.reveal(row)) this.refresh();
    this.selected = row;
    this.redraw();
    if (row === null) { if (tells) this.events.selected(null); return; }
    const index = this.indexOf(row);
    if (index >= 0) this.#bringIntoView(index);
    if (tells) this.events.selected(this.selectedNode);
  }

  /** The chosen row as a node: of a repeat, its first span; null when none is chosen. */
  get selectedNode() { return this.selected !== null && this.selected < 0 ? this.model.repeat(-1 - this.selected).first : this.selected; }

  #bringIntoView(index) {
    const top = index * this.rowHeight, room = this.height - this.head.offsetHeight - this.rowHeight, at = this.scroller.scrollTop;
    if (top < at) this.scroller.scrollTop = top - 2 * this.rowHeight;
    else if (top > at + room) this.scroller.scrollTop = top - room + 2 * this.rowHeight;
  }

  fold(row, open) {
    if (!this.rows.canFold(row)) return;
    this.rows.set(row, open);
    this.#folded();
  }

  #folded() {
    this.rows.update();
    if (this.selected !== null && this.indexOf(this.selected) < 0) this.select(this.#shownAbove(this.selected));
    this.refresh();
  }

  #shownAbove(row) {
    let at = row < 0 ? this.model.repeat(-1 - row).parent : row;
    while (at >= 0 && this.rows.rowOf[at] < 0) {
      const repeat = this.model.repeat_of[at];
      if (repeat >= 0 && this.rows.rowOfRepeat[repeat] >= 0) return -1 - repeat;
      at = this.model.parents[at];
    }
    return at >= 0 ? at : null;
  }

  setLevel(level) { this.rows.setLevel(level); this.#folded(); }
  setAll(open) { this.rows.setAll(open); this.#folded(); }
  setFolds(folds) { this.rows.folds = folds; this.#folded(); }
  setPath(shows) { this.showsPath = shows; this.refresh(); }

  #onClick(event) {
    const element = event.target.closest('.wf-row');
    if (!element || element === this.head) return;
    const row = this.pool.find(r => r.element === element)?.row;
    if (row === undefined) return;
    if (event.target.closest('.wf-toggle') && this.rows.canFold(row)) return this.fold(row, !this.rows.isOpen(row));
    this.select(row);
  }

  /** Does what a key says; a key that says nothing is left to others. */
  onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.rows?.count) return;
    const page = Math.max(1, Math.floor(this.height / this.rowHeight) - 2);
    const at = this.selected === null ? -1 : this.indexOf(this.selected);
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.rows.count, End: this.rows.count }[event.key];
    if (move) this.select(this.rows.list[Math.min(this.rows.count - 1, Math.max(0, at + move))]);
    else if (at < 0) return;
    else if (event.key === 'ArrowRight') this.#openOrGoIn(this.selected, event.shiftKey);
    else if (event.key === 'ArrowLeft') this.#closeOrGoOut(this.selected, event.shiftKey);
    else if (event.key === 'Enter' || event.key === ' ') this.events.opened();
    else return;
    event.preventDefault();
  }

  #openOrGoIn(row, subtree) {
    if (subtree) { this.rows.setSubtree(row, true); return this.#folded(); }
    if (this.rows.canFold(row) && !this.rows.isOpen(row)) return this.fold(row, true);
    const next = this.indexOf(row) + 1;
    if (next < this.rows.count && this.rows.levels[next] > this.rows.levels[next - 1]) this.select(this.rows.list[next]);
  }

  #closeOrGoOut(row, subtree) {
    if (subtree) { this.rows.setSubtree(row, false); return this.#folded(); }
    if (this.rows.canFold(row) && this.rows.isOpen(row)) return this.fold(row, false);
    const index = this.indexOf(row);
    for (let above = index - 1; above >= 0; above--) if (this.rows.levels[above] < this.rows.levels[index]) return this.select(this.rows.list[above]);
  }

  dispose() {
    this.resize.disconnect();
    this.theme.disconnect();
    this.draw.cancel();
  }
}
