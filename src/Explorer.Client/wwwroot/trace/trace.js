// The trace page in the browser: fetches the trace, draws it, finds in it, and tells the server what is chosen. The page's frame and the
// panel of the chosen span come from the server.

import { tellServer } from '../server.js';
import { make } from './dom.js';
import { Flame } from './flame.js';
import { count, length, offset, plural } from './format.js';
import { log, Model, span } from './model.js';
import { Waterfall } from './waterfall.js';

/** How often a trace that may still grow is looked at, milliseconds: at first, and at most. */
const firstLook = 2_000, lastLook = 60_000;
/** Traces whose last span is older do not grow any more. */
const settledMs = 15 * 60_000;
const searchPauseMs = 180, tellPauseMs = 150, addressPauseMs = 300;
/** Log records that the list shows. */
const mostLogs = 2_000;

const kept = (name, fallback) => { try { return localStorage.getItem(`explorer.trace.${name}`) ?? fallback; } catch { return fallback; /* storage is switched off */ } };
const keep = (name, value) => { try { localStorage.setItem(`explorer.trace.${name}`, value); } catch { /* as above */ } };

export function attach(root, server, options) {
  const page = new TracePage(root, server, options);
  page.load();
  return page;
}

class TracePage {
  constructor(root, server, options) {
    Object.assign(this, { root, server, options });
    // The header is not within the root.
    this.part = name => document.querySelector(`[data-part="${name}"]`);
    this.gone = new AbortController();
    this.waterfall = new Waterfall(this.part('waterfall'), {
      selected: node => this.#selected(node),
      changed: () => this.#tellAddress(),
      opened: () => document.querySelector('.span-panel [role=tab], .span-panel button')?.focus(),
    });
    this.waterfall.showsPath = kept('path', 'on') === 'on';
    this.flame = new Flame(this.part('flame'), node => this.goTo(node));
    this.#wire();
  }

  // The trace

  async load() {
    try {
      const answer = await this.#fetch('waterfall', { column: this.options.columns });
      if (answer) this.#show(answer);
    } catch (error) {
      if (error.name !== 'AbortError') tellServer(this.server, 'OnFailed', error.status ?? 0, error.message);
      return;
    }
    this.#watch(firstLook);
  }

  async #fetch(what, parameters) {
    const query = new URLSearchParams();
    if (this.options.time) query.set('time', this.options.time);
    for (const [name, value] of Object.entries(parameters)) for (const one of [value].flat()) query.append(name, one);
    const response = await fetch(`/api/v1/traces/${encodeURIComponent(this.options.traceId)}/${what}?${query}`, { signal: this.gone.signal });
    if (response.status === 204) return null;
    if (!response.ok) throw Object.assign(new Error((await response.json().catch(() => null))?.detail ?? `The server answered ${response.status}.`), { status: response.status });
    return await response.json();
  }

  #show(answer) {
    const isFirst = !this.model;
    this.model = new Model(answer);
    if (isFirst) this.waterfall.selected = null;
    this.waterfall.show(this.model);
    this.flame.show(this.model);
    this.#summary();
    this.#logs();
    if (isFirst) this.#start();
    else if (this.searched) this.#search();
    this.root.dataset.state = 'shown';
    const { root, duration } = this.model, has = root >= 0;
    tellServer(this.server, 'OnShown', has ? this.model.name(root) : '', has ? this.model.service(root) : '', has ? this.model.durations[root] / 1e6 : 0, answer.start, duration, this.model.logs);
  }

  #start() {
    this.waterfall.rows.folds = kept('folds', 'on') === 'on';
    this.waterfall.rows.update();
    const { zoom, span: id } = this.options;
    if (zoom) [this.waterfall.from, this.waterfall.to] = [Math.max(0, zoom[0]), Math.min(this.model.duration, Math.max(zoom[0] + 1, zoom[1]))];
    this.waterfall.refresh();
    this.#press('path', this.waterfall.showsPath);
    this.#press('folds', this.waterfall.rows.folds);
    if (id && this.model.byId.has(id)) this.waterfall.select(this.model.byId.get(id), { reveal: true });
    if (document.activeElement === document.body) this.waterfall.scroller.focus({ preventScroll: true });
  }

  // Spans may come for a while after the first look; the longer none came, the rarer we look.
  #watch(pause) {
    const end = Number(BigInt(this.model.start) / 1000000n) + this.model.duration / 1e6;
    if (this.gone.signal.aborted || Date.now() - end > settledMs || this.options.traceId.startsWith('file-')) return;
    this.timer = setTimeout(async () => {
      let next = Math.min(lastLook, pause * 1.5);
      try {
        const answer = document.hidden ? null : await this.#fetch('waterfall', { column: this.options.columns, after: this.model.events });
        if (answer && answer.events !== this.model.events) {
          const more = answer.events - this.model.events;
          this.waterfall.note = `${plural(more, 'event')} arrived`;
          this.#show(answer);
          next = firstLook;
        }
      } catch { /* the connection is lost or the server busy: the next look may do better */ }
      this.#watch(next);
    }, pause);
  }

  #summary() {
    const { model } = this, facts = [];
    const fact = (name, value, isBad) => facts.push(make('span', '', `${name} `, make('b', isBad ? 'err' : '', value)));
    fact('duration', length(model.duration));
    fact('spans', count(model.spans));
    fact('services', count(model.legend.length));
    fact('errors', count(model.errors), model.errors > 0);
    fact('logs', count(model.logs));
    fact('depth', count(model.levels));
    this.part('summary').replaceChildren(...facts);
    const notes = model.legend.filter(entry => entry.skew !== 0).map(({ service, skew }) => {
      const badge = make('span', 'badge w', `clock skew ${model.texts[service]} ${length(skew)}`);
      badge.title = 'The greatest by which a span of this service lies outside the span that called it. Nothing is corrected.';
      return badge;
    });
    const roots = [...model.childrenOf(-1)].filter(node => model.kinds[node] === span && !model.isCycle(node)).length;
    const missing = [...model.childrenOf(-1)].filter(node => model.kinds[node] === 2).length;
    if (roots > 1) notes.push(make('span', 'badge w', plural(roots, 'root')));
    if (roots === 0) notes.push(make('span', 'badge w', 'no root'));
    if (missing > 0) notes.push(make('span', 'badge w', plural(missing, 'missing parent')));
    if (model.left_out > 0) notes.push(make('span', 'badge w', `the latest ${plural(model.left_out, 'event')} of ${count(model.events)} are left out`));
    this.part('notes').replaceChildren(...notes);
  }

  // Choosing

  #selected(node) {
    clearTimeout(this.telling);
    const id = node === null ? null : this.model.kinds[node] === log ? this.#spanOfLog(node) : this.model.kinds[node] === span ? this.model.ids[node] : null;
    this.selectedId = id;
    this.telling = setTimeout(() => {
      if (id === null) tellServer(this.server, 'OnSpan', null, 0, 0, 0, false);
      else {
        const own = this.model.kinds[node] === log ? this.model.parents[node] : node;
        tellServer(this.server, 'OnSpan', id, this.model.starts[own], this.model.durations[own], this.model.self[own], this.model.kinds[node] === log);
      }
    }, tellPauseMs);
    this.#tellAddress();
  }

  #spanOfLog(node) { const parent = this.model.parents[node]; return parent >= 0 && this.model.kinds[parent] === span ? this.model.ids[parent] : null; }

  #tellAddress() {
    clearTimeout(this.addressing);
    this.addressing = setTimeout(() => {
      const { from, to, isZoomed } = this.waterfall;
      tellServer(this.server, 'OnAddress', this.selectedId ?? null, isZoomed ? Math.round(from) : null, isZoomed ? Math.round(to) : null);
    }, addressPauseMs);
  }

  goTo(node) {
    tellServer(this.server, 'OnTab', 'waterfall');
    this.waterfall.select(node, { reveal: true });
    this.waterfall.scroller.focus({ preventScroll: true });
  }

  /** Called by the server: shows a span, or the log record of it at a time. */
  goToSpan(id, time) {
    const node = this.model?.byId.get(id);
    if (node === undefined) return;
    const at = time ? Number(BigInt(time) - BigInt(this.model.start)) : null;
    const record = at === null ? undefined : [...this.model.childrenOf(node)].find(child => this.model.kinds[child] === log && this.model.starts[child] === at);
    this.waterfall.select(record ?? node, { reveal: true });
  }

  clearSelection() { this.waterfall.select(null); }

  async setColumns(columns) {
    this.options.columns = columns;
    try {
      const answer = await this.#fetch('waterfall', { column: columns });
      if (answer) this.#show(answer);
    } catch { /* gone, or the server is busy: the columns come with the next look */ }
  }

  /** Called by the server when a tab is shown: what had no size has one now. */
  shown() { this.waterfall.refresh(); this.flame.draw(); }

  // Finding

  #wire() {
    const on = (name, type, work) => this.part(name)?.addEventListener(type, work);
    on('search', 'input', () => { clearTimeout(this.searching); this.searching = setTimeout(() => this.#search(), searchPauseMs); });
    on('search', 'keydown', event => {
      if (event.key === 'Enter') { event.preventDefault(); this.#step(event.shiftKey ? -1 : 1, node => this.matches?.has(node)); }
      else if (event.key === 'Escape') { event.preventDefault(); event.target.value = ''; this.#search(); this.waterfall.scroller.focus({ preventScroll: true }); }
    });
    on('next', 'click', () => this.#step(1, node => this.matches?.has(node)));
    on('previous', 'click', () => this.#step(-1, node => this.matches?.has(node)));
    const isError = node => this.model.kinds[node] === span && this.model.isError(node);
    on('next-error', 'click', () => this.#step(1, isError));
    on('previous-error', 'click', () => this.#step(-1, isError));
    on('dim', 'click', () => { this.waterfall.dims = !this.waterfall.dims; this.#press('dim', this.waterfall.dims); this.waterfall.redraw(); });
    on('path', 'click', () => { this.waterfall.setPath(!this.waterfall.showsPath); keep('path', this.waterfall.showsPath ? 'on' : 'off'); this.#press('path', this.waterfall.showsPath); });
    on('folds', 'click', () => { this.waterfall.setFolds(!this.waterfall.rows.folds); keep('folds', this.waterfall.rows.folds ? 'on' : 'off'); this.#press('folds', this.waterfall.rows.folds); });
    on('zoom', 'click', () => this.waterfall.zoomToSelected());
    on('zoom-out', 'click', () => this.waterfall.zoomOut());
    on('level', 'change', event => {
      const { value } = event.target;
      if (value === 'all' || value === 'none') this.waterfall.setAll(value === 'all'); else if (value) this.waterfall.setLevel(Number(value));
      event.target.value = '';
    });
    on('open-file', 'change', event => { if (event.target.files[0]) this.#open(event.target.files[0]); event.target.value = ''; });
    const signal = this.gone.signal;
    document.addEventListener('dragover', event => { if ([...event.dataTransfer.types].includes('Files')) { event.preventDefault(); this.root.classList.add('dropping'); } }, { signal });
    document.addEventListener('dragleave', event => { if (!event.relatedTarget) this.root.classList.remove('dropping'); }, { signal });
    document.addEventListener('drop', event => {
      this.root.classList.remove('dropping');
      if (!event.dataTransfer.files[0]) return;
      event.preventDefault();
      this.#open(event.dataTransfer.files[0]);
    }, { signal });
  }

  #press(name, on) { this.part(name)?.setAttribute('aria-pressed', on ? 'true' : 'false'); }

  async #search() {
    const text = this.part('search').value.trim();
    this.searched = text;
    this.asking?.abort();
    this.asking = new AbortController();
    const said = this.part('found');
    if (text === '') {
      this.matches = this.waterfall.matches = null;
      said.textContent = '';
      this.part('search').classList.remove('bad');
      return this.waterfall.redraw();
    }
    const query = new URLSearchParams({ q: text });
    if (this.options.time) query.set('time', this.options.time);
    try {
      const response = await fetch(`/api/v1/traces/${encodeURIComponent(this.options.traceId)}/search?${query}`, { signal: this.asking.signal });
      const answer = await response.json();
      this.part('search').classList.toggle('bad', !response.ok);
      this.part('search').title = response.ok ? '' : answer.errors?.[0]?.message ?? answer.detail ?? '';
      const ids = new Set(response.ok ? answer.spans : []);
      this.matches = new Set();
      for (let node = 0; node < this.model.count; node++) if (this.model.kinds[node] === span && ids.has(this.model.ids[node])) this.matches.add(node);
      this.isCut = answer.cut === true;
      if (!response.ok) said.textContent = 'not a condition';
    } catch (error) {
      if (error.name === 'AbortError' || this.gone.signal.aborted) return;
      this.matches = new Set();
    }
    this.waterfall.matches = this.matches;
    this.at = -1;
    this.#sayFound();
    this.waterfall.redraw();
  }

  #sayFound() {
    if (!this.matches || this.part('search').classList.contains('bad')) return;
    const all = `${count(this.matches.size)}${this.isCut ? '+' : ''}`;
    const sorted = [...this.matches];
    const at = this.waterfall.selected === null ? -1 : sorted.indexOf(this.waterfall.selected);
    this.part('found').textContent = this.matches.size === 0 ? 'none' : at < 0 ? all : `${count(at + 1)} of ${all}`;
  }

  // Round and round: after the last comes the first.
  #step(by, wanted) {
    if (!this.model) return;
    const { model } = this, selected = this.waterfall.selected;
    let at = selected === null ? (by > 0 ? -1 : model.count) : selected < 0 ? model.repeat(-1 - selected).first - (by > 0 ? 1 : 0) : selected;
    for (let looked = 0; looked < model.count; looked++) {
      at = (at + by + model.count) % model.count;
      if (wanted(at)) {
        this.waterfall.select(at, { reveal: true });
        return this.#sayFound();
      }
    }
  }

  // Log records

  #logs() {
    const { model } = this, nodes = [];
    for (let node = 0; node < model.count; node++) if (model.kinds[node] === log) nodes.push(node);
    nodes.sort((a, b) => model.starts[a] - model.starts[b]);
    const rows = nodes.slice(0, mostLogs).map(node => {
      const owner = model.parents[node], status = model.text(model.statuses, node);
      const badge = make('span', `badge ${model.isError(node) ? 'e' : /^warn/i.test(status) ? 'w' : ''}`, status || 'LOG');
      const row = make('button', 'log-row', make('span', 'mono dimmer', offset(model.starts[node])), make('span', '', badge), make('span', 'dim ellipsis', model.service(node)),
        make('span', 'ellipsis', model.name(node)), make('span', 'dimmer ellipsis', owner >= 0 && model.kinds[owner] === span ? model.name(owner) : ''));
      row.type = 'button';
      row.dataset.testid = 'log-row';
      row.title = 'Show it in the waterfall';
      row.addEventListener('click', () => this.goTo(node));
      return row;
    });
    if (nodes.length > mostLogs) rows.push(make('p', 'dim', `The first ${count(mostLogs)} of ${count(nodes.length)} are listed; all are in the waterfall.`));
    if (nodes.length === 0) rows.push(make('p', 'dim', 'No log record names this trace.'));
    this.part('logs').replaceChildren(...rows);
  }

  // Files

  async #open(file) {
    const response = await fetch('/api/v1/traces/open', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: file }).catch(error => ({ ok: false, json: async () => ({ detail: error.message }) }));
    const answer = await response.json().catch(() => ({ detail: `The server answered ${response.status}.` }));
    if (response.ok) tellServer(this.server, 'OnOpened', answer.traces[0].id, answer.traces.length + answer.left_out);
    else tellServer(this.server, 'OnNotOpened', answer.detail ?? 'The file cannot be read.');
  }

  dispose() {
    this.gone.abort();
    this.asking?.abort();
    for (const timer of [this.timer, this.telling, this.addressing, this.searching]) clearTimeout(timer);
    this.waterfall.dispose();
    this.flame.dispose();
  }
}
