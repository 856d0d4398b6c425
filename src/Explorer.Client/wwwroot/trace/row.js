// One row of the waterfall: made once, then bound to whatever stands at its place. A frame of fast scrolling binds thirty, so that what is as it was
// is left alone: texts go into the text nodes that are there, attributes and marks are kept.

import { make } from './dom.js';
import { log, missing } from './model.js';
import { count, length, offset, plural } from './format.js';
import { TimeCell } from './timecell.js';

const deepest = 12;

export class Row {
  constructor() {
    this.element = make('div', 'wf-row');
    this.element.setAttribute('role', 'row');
    this.cell = make('div', 'wf-name');
    this.guides = make('span', 'wf-guides');
    this.level = make('span', 'wf-level', '');
    this.toggle = make('span', 'wf-toggle', '');
    this.bar = make('i', 'wf-service-bar');
    this.name = make('span', 'wf-title ellipsis', '');
    this.badges = make('span', 'wf-badges');
    this.service = make('span', 'wf-service ellipsis', '');
    this.cell.append(this.guides, this.level, this.toggle, this.bar, this.name, this.badges, this.service);
    this.time = new TimeCell();
    this.end = make('div', 'wf-duration num', '');
    this.columns = [];
    this.attributes = {};
    this.element.append(this.cell, this.time.element, this.end);
    for (const cell of [this.cell, this.end]) cell.setAttribute('role', 'gridcell');
  }

  /** Shows a row: a node, or -1 - r for a repeat. */
  bind(view, index) {
    const { model, rows } = view, row = rows.list[index];
    this.index = index;
    this.row = row;
    const node = row < 0 ? model.repeat(-1 - row).first : row;
    const kind = model.kinds[node], depth = rows.levels[index], canFold = rows.canFold(row), isOpen = canFold && rows.isOpen(row), isChosen = view.selected === row;
    this.#class(this.element, `wf-row${isChosen ? ' seld' : ''}${kind === log ? ' log' : ''}${view.isDimmed(row) ? ' dimmed' : ''}${view.isMatch(row) ? ' match' : ''}`);
    this.element.style.transform = `translateY(${index * view.rowHeight}px)`;
    this.#attribute('id', `wf-row-${index}`);
    this.#attribute('data-testid', kind === log ? 'trace-log' : 'trace-span');
    this.#attribute('data-span', model.ids[node]);
    this.#attribute('aria-level', depth + 1);
    this.#attribute('aria-posinset', rows.places[index]);
    this.#attribute('aria-setsize', rows.siblings[index]);
    this.#attribute('aria-rowindex', index + 2);
    this.#attribute('aria-selected', isChosen);
    this.#attribute('aria-expanded', canFold ? isOpen : null);
    const width = `${Math.min(depth, deepest) * 14}px`;
    if (this.guides.style.width !== width) this.guides.style.width = width;
    this.#say(this.level, depth > deepest ? count(depth) : '');
    this.#say(this.toggle, !canFold ? '' : isOpen ? '▾' : '▸');
    this.#columns(view, node);
    if (this.badges.firstChild) this.badges.replaceChildren();
    this.time.begin(view);
    if (row < 0) this.#repeat(view, node);
    else if (kind === log) this.#log(view, node);
    else if (kind === missing) this.#missing(view, node);
    else this.#span(view, node);
    this.time.end();
  }

  #class(element, name) { if (element.className !== name) element.className = name; }
  #say(element, text) { if (element.firstChild.data !== text) element.firstChild.data = text; }

  #attribute(name, value) {
    if (this.attributes[name] === value) return;
    this.attributes[name] = value;
    if (value === null) this.element.removeAttribute(name); else this.element.setAttribute(name, value);
  }

  #columns(view, node) {
    const wanted = view.model.columns;
    while (this.columns.length < wanted.length) {
      const cell = make('div', 'wf-value mono ellipsis', '');
      cell.setAttribute('role', 'gridcell');
      this.columns.push(cell);
      this.time.element.before(cell);
    }
    while (this.columns.length > wanted.length) this.columns.pop().remove();
    wanted.forEach((column, i) => {
      const value = this.row < 0 || column.values[node] < 0 ? '' : view.model.texts[column.values[node]];
      this.#say(this.columns[i], value);
      this.columns[i].title = value;
    });
  }

  #head(model, node, name, service, isError) {
    this.#class(this.bar, `wf-service-bar series-${model.color(node) || 'none'}`);
    this.#class(this.name, `wf-title ellipsis${isError ? ' err' : ''}`);
    this.#say(this.name, name === '' ? '(no name)' : name);
    this.name.title = name;
    this.#say(this.service, service);
    this.#attribute('title', null);
  }

  #end(text, isError) {
    this.#say(this.end, text);
    this.#class(this.end, `wf-duration num${isError ? ' err' : ''}`);
  }

  #badge(text, kind = '', title = '') {
    const badge = make('span', `badge ${kind}`, text);
    if (title) badge.title = title;
    this.badges.append(badge);
  }

  #span(view, node) {
    const { model, rows } = view, isError = model.isError(node);
    this.#head(model, node, model.name(node), model.service(node), isError);
    if (isError) this.#badge(model.text(model.statuses, node) || 'error', 'e');
    if (model.isCycle(node)) this.#badge('its own ancestor', 'w', 'The span is below itself by its parent ids; it stands at the top because it has no other place.');
    if (model.isDuplicate(node)) this.#badge('duplicate id', 'w', 'An earlier span of the trace has the same id; children stand below that one.');
    if (model.isNegative(node)) this.#badge('ends before it starts', 'w');
    if (model.skewOf.has(node)) this.#badge(`${this.#skewWord(model, node)} ${length(model.skewOf.get(node))}`, 'w', this.#skewText(model, node));
    if (model.isPeer(node)) this.#badge('peer', '', `Calls ${model.text(model.peers, node)}, which sent no span of its own.`);
    const links = this.#links(model, node);
    if (links > 0) this.#badge(plural(links, 'link'), 'a');
    if (!rows.isOpen(node) && model.hasChildren(node)) {
      const errors = model.errors_below[node];
      this.#badge(`${count(model.below(node))} below`);
      if (errors > 0) this.#badge(plural(errors, 'error'), 'e');
    }
    const isShown = this.time.bar(`wf-bar series-${model.color(node) || 'none'}${isError ? ' error' : ''}`, model.starts[node], model.end(node));
    if (!isShown) this.time.away('', model.end(node) < view.from ? -1 : 1);
    if (view.showsPath) this.time.path(model.pathAt(node));
    this.time.events(model, node);
    this.#end(length(model.durations[node]), isError);
  }

  #links(model, node) {
    const [from, to] = model.marksAt(node);
    let links = 0;
    for (let i = from; i < to; i++) if (model.mark(i).isLink) links++;
    return links;
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
    this.time.bar(`wf-bar fold series-${model.color(node) || 'none'}`, repeat.start, repeat.end);
    if (view.showsPath) this.time.path(model.pathAtRepeat(-1 - this.row));
    this.time.label(`× ${count(repeat.count)} · ${length(repeat.total)} total`, repeat.start, repeat.end);
    this.#end(length(repeat.end - repeat.start), false);
  }

  #log(view, node) {
    const { model } = view, status = model.text(model.statuses, node), at = model.starts[node];
    const kind = model.isError(node) ? 'e' : /^(warn|13|14|15|16)/i.test(status) ? 'w' : '';
    this.#head(model, node, status || 'LOG', model.service(node), false);
    this.#class(this.bar, '');
    this.#class(this.name, `badge ${kind}`);
    this.time.at(`wf-log ${kind}`, at);
    this.time.label(model.name(node), at, at, 10);
    this.#end('', false);
    this.#attribute('title', `${offset(at)} ${model.name(node)}`);
  }

  #missing(view, node) {
    const { model } = view, orphans = model.childrenOf(node).length;
    this.#head(model, node, '', plural(orphans, 'orphan'), false);
    this.#class(this.bar, 'wf-service-bar none');
    this.#class(this.name, 'wf-title ellipsis wf-missing');
    this.#say(this.name, `(missing parent ${model.ids[node]})`);
    this.#end('', false);
  }
}
