// One row of the waterfall: made once, then bound to whatever stands at its place.

import { make } from './dom.js';
import { log, missing } from './model.js';
import { count, length, offset, plural } from './format.js';

const deepest = 12;
/** Marks and stretches that one row draws; what lies on the same pixel is drawn once. */
const mostMarks = 200;

export class Row {
  constructor() {
    this.element = make('div', 'wf-row');
    this.element.setAttribute('role', 'row');
    this.cell = make('div', 'wf-name');
    this.guides = make('span', 'wf-guides');
    this.level = make('span', 'wf-level');
    this.toggle = make('span', 'wf-toggle');
    this.bar = make('i', 'wf-service-bar');
    this.name = make('span', 'wf-title ellipsis');
    this.badges = make('span', 'wf-badges');
    this.service = make('span', 'wf-service ellipsis');
    this.cell.append(this.guides, this.level, this.toggle, this.bar, this.name, this.badges, this.service);
    this.time = make('div', 'wf-time');
    this.end = make('div', 'wf-duration num');
    this.columns = [];
    this.element.append(this.cell, this.time, this.end);
    for (const cell of [this.cell, this.time, this.end]) cell.setAttribute('role', 'gridcell');
  }

  /** Shows a row: a node, or -1 - r for a repeat. */
  bind(view, index) {
    const { model, rows } = view;
    this.index = index;
    this.row = rows.list[index];
    const node = this.row < 0 ? model.repeat(-1 - this.row).first : this.row;
    const kind = model.kinds[node], depth = rows.levels[index];
    const { element } = this;
    element.id = `wf-row-${index}`;
    element.className = 'wf-row';
    element.classList.toggle('seld', view.selected === this.row);
    element.classList.toggle('log', kind === log);
    element.classList.toggle('dimmed', view.isDimmed(this.row));
    element.classList.toggle('match', view.isMatch(this.row));
    element.style.transform = `translateY(${index * view.rowHeight}px)`;
    element.dataset.testid = kind === log ? 'trace-log' : 'trace-span';
    element.dataset.span = model.ids[node];
    this.#accessibility(view, depth);
    this.guides.style.width = `${Math.min(depth, deepest) * 14}px`;
    this.level.textContent = depth > deepest ? count(depth) : '';
    this.toggle.textContent = !rows.canFold(this.row) ? '' : rows.isOpen(this.row) ? '▾' : '▸';
    this.#columns(view, node);
    if (this.row < 0) this.#repeat(view, node);
    else if (kind === log) this.#log(view, node);
    else if (kind === missing) this.#missing(view, node);
    else this.#span(view, node);
  }

  #accessibility(view, depth) {
    const { element } = this, { rows } = view;
    element.setAttribute('aria-level', depth + 1);
    element.setAttribute('aria-rowindex', this.index + 2);
    element.setAttribute('aria-selected', view.selected === this.row ? 'true' : 'false');
    if (rows.canFold(this.row)) element.setAttribute('aria-expanded', rows.isOpen(this.row) ? 'true' : 'false');
    else element.removeAttribute('aria-expanded');
  }

  #columns(view, node) {
    const wanted = view.model.columns;
    while (this.columns.length < wanted.length) {
      const cell = make('div', 'wf-value mono ellipsis');
      cell.setAttribute('role', 'gridcell');
      this.columns.push(cell);
      this.time.before(cell);
    }
    while (this.columns.length > wanted.length) this.columns.pop().remove();
    wanted.forEach((column, i) => {
      const value = this.row < 0 || column.values[node] < 0 ? '' : view.model.texts[column.values[node]];
      this.columns[i].textContent = value;
      this.columns[i].title = value;
    });
  }

  #head(model, node, name, service, isError) {
    this.bar.className = `wf-service-bar series-${model.color(node) || 'none'}`;
    this.name.className = `wf-title ellipsis${isError ? ' err' : ''}`;
    this.name.textContent = name === '' ? '(no name)' : name;
    this.name.title = name;
    this.service.textContent = service;
    this.badges.replaceChildren();
  }

  #badge(text, kind = '', title = '') {
    const badge = make('span', `badge ${kind}`, text);
    if (title) badge.title = title;
    this.badges.append(badge);
  }

  #span(view, node) {
    const { model, rows } = view;
    this.#head(model, node, model.name(node), model.service(node), model.isError(node));
    if (model.isError(node)) this.#badge(model.text(model.statuses, node) || 'error', 'e');
    if (model.isCycle(node)) this.#badge('its own ancestor', 'w', 'The span is below itself by its parent ids; it stands at the top because it has no other place.');
    if (model.isDuplicate(node)) this.#badge('duplicate id', 'w', 'An earlier span of the trace has the same id; children stand below that one.');
    if (model.isNegative(node)) this.#badge('ends before it starts', 'w');
    if (model.skewOf.has(node)) this.#badge(`${this.#skewWord(model, node)} ${length(model.skewOf.get(node))}`, 'w', this.#skewText(model, node));
    if (model.isPeer(node)) this.#badge('peer', '', `Calls ${model.text(model.peers, node)}, which sent no span of its own.`);
    let links = 0;
    for (const mark of model.marksAt(node)) if (model.marks[mark * 4 + 1] === 1) links++;
    if (links > 0) this.#badge(plural(links, 'link'), 'a');
    if (!rows.isOpen(node) && model.hasChildren(node)) {
      const errors = model.errors_below[node];
      this.#badge(`${count(this.#below(model, node))} below`);
      if (errors > 0) this.#badge(plural(errors, 'error'), 'e');
    }
    this.#drawSpan(view, node);
    this.end.textContent = length(model.durations[node]);
    this.end.className = `wf-duration num${model.isError(node) ? ' err' : ''}`;
  }

  #below(model, node) {
    let end = node + 1;
    while (end < model.count && model.depths[end] > model.depths[node]) end++;
    return end - node - 1;
  }

  // Within one service there is one clock, and no skew.
  #skewWord(model, node) { return model.service(model.parents[node]) !== model.service(node) ? 'skew' : model.skewOf.get(node) < 0 ? 'early' : 'late'; }

  #skewText(model, node) {
    const skew = model.skewOf.get(node), other = model.service(model.parents[node]) !== model.service(node);
    const what = skew < 0 ? `Starts ${length(-skew)} before its parent` : `Ends ${length(skew)} after the call that it serves`;
    return `${what}. ${other ? 'The clocks of the two services differ. ' : ''}Nothing is corrected.`;
  }

  #repeat(view, node) {
    const { model } = view, repeat = model.repeat(-1 - this.row);
    this.#head(model, node, model.name(node), model.service(node), false);
    this.#badge(`× ${count(repeat.count)}`);
    if (repeat.errors > 0) this.#badge(plural(repeat.errors, 'error'), 'e');
    const bar = make('i', `wf-bar fold series-${model.color(node) || 'none'}`);
    this.time.replaceChildren();
    if (view.place(bar, repeat.start, repeat.end)) this.time.append(bar);
    if (view.showsPath) this.#path(view, [...model.membersOf(-1 - this.row)].flatMap(member => [...model.pathAt(member)]));
    this.#label(view, `× ${count(repeat.count)} · ${length(repeat.total)} total`, repeat.start, repeat.end);
    this.end.textContent = length(repeat.end - repeat.start);
    this.end.className = 'wf-duration num';
  }

  #log(view, node) {
    const { model } = view, status = model.text(model.statuses, node), at = model.starts[node];
    const kind = model.isError(node) ? 'e' : /^(warn|13|14|15|16)/i.test(status) ? 'w' : '';
    this.#head(model, node, status || 'LOG', model.service(node), false);
    this.bar.className = '';
    this.name.className = `badge ${kind}`;
    const mark = make('i', `wf-log ${kind}`);
    this.time.replaceChildren();
    if (view.placeAt(mark, at)) this.time.append(mark);
    this.#label(view, model.name(node), at, at, 10);
    this.end.textContent = '';
    this.element.title = `${offset(at)} ${model.name(node)}`;
  }

  #missing(view, node) {
    const { model } = view, orphans = model.childrenOf(node).length;
    this.#head(model, node, '', plural(orphans, 'orphan'), false);
    this.bar.className = 'wf-service-bar none';
    this.name.className = 'wf-title ellipsis wf-missing';
    this.name.textContent = `(missing parent ${model.ids[node]})`;
    this.time.replaceChildren();
    this.end.textContent = '';
  }

  #drawSpan(view, node) {
    const { model } = view;
    this.element.removeAttribute('title');
    this.time.replaceChildren();
    const bar = make('i', `wf-bar series-${model.color(node) || 'none'}${model.isError(node) ? ' error' : ''}`);
    const isShown = view.place(bar, model.starts[node], model.end(node));
    if (isShown) this.time.append(bar);
    else this.time.append(make('span', 'wf-away', model.end(node) < view.from ? '◂' : '▸'));
    if (view.showsPath) this.#path(view, model.pathAt(node));
    let last = -10, drawn = 0;
    for (const mark of model.marksAt(node)) {
      const kind = model.marks[mark * 4 + 1], at = model.marks[mark * 4 + 2], x = view.x(at);
      if (kind !== 0 || Math.abs(x - last) < 2 || drawn === mostMarks) continue;
      const ring = make('i', 'wf-event');
      ring.title = `${model.texts[model.marks[mark * 4 + 3]]} ${offset(at)}`;
      if (view.placeAt(ring, at)) { this.time.append(ring); last = x; drawn++; }
    }
  }

  // The stretches of the critical path, joined where no eye tells them apart.
  #path(view, stretches) {
    const { path } = view.model;
    const sorted = stretches.length > 1 ? [...stretches].sort((a, b) => path[a * 3 + 1] - path[b * 3 + 1]) : stretches;
    const joint = (view.to - view.from) / Math.max(1, view.timeWidth) * 2;
    let from = NaN, to = NaN, drawn = 0;
    const draw = () => {
      if (Number.isNaN(from) || drawn === mostMarks) return;
      const line = make('i', 'wf-path');
      if (view.place(line, from, to)) { this.time.append(line); drawn++; }
    };
    for (const stretch of sorted) {
      const start = path[stretch * 3 + 1], end = path[stretch * 3 + 2];
      if (start - to <= joint) { to = Math.max(to, end); continue; }
      draw();
      [from, to] = [start, end];
    }
    draw();
  }

  // Beside what it names, on the side with room, and never off the edge.
  #label(view, text, from, to, gap = 6) {
    const left = view.x(from), right = view.x(to), width = view.timeWidth;
    if (right < 0 || left > width) return;
    const label = make('span', 'wf-label ellipsis', text);
    const roomRight = width - right - gap, roomLeft = left - gap;
    const wanted = text.length * 6.2;
    if (roomRight >= wanted || roomRight >= roomLeft) { label.style.left = `${Math.max(0, right + gap)}px`; label.style.maxWidth = `${Math.max(0, roomRight)}px`; }
    else { label.style.right = `${width - left + gap}px`; label.style.maxWidth = `${Math.max(0, roomLeft)}px`; }
    this.time.append(label);
  }
}
