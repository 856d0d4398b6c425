// Finding in a trace: the search field, and going from match to match and from error to error.

import { count } from './format.js';
import { log, span } from './model.js';

const searchPauseMs = 180;

export class Finding {
  constructor(view, part) {
    Object.assign(this, { view, part });
    const on = (name, type, work) => part(name)?.addEventListener(type, work);
    const isMatch = node => this.matches?.has(node), isError = node => this.view.model.kinds[node] === span && this.view.model.isError(node);
    on('search', 'input', () => { clearTimeout(this.searching); this.searching = setTimeout(() => this.#search(), searchPauseMs); });
    on('search', 'keydown', event => {
      if (event.key === 'Enter') { event.preventDefault(); this.#stepWhenFound(event.shiftKey ? -1 : 1, isMatch); }
      else if (event.key === 'Escape') { event.preventDefault(); event.target.value = ''; this.#search(); this.view.waterfall.takeFocus(false); }
    });
    on('next', 'click', () => this.#step(1, isMatch));
    on('previous', 'click', () => this.#step(-1, isMatch));
    on('next-error', 'click', () => this.#step(1, isError));
    on('previous-error', 'click', () => this.#step(-1, isError));
  }

  /** Spans have arrived: they may match, too. */
  again() { if (this.searched) this.#search(); }

  // Whoever types and presses Enter means what was typed, not what was found before.
  async #stepWhenFound(by, wanted) {
    const text = this.part('search').value.trim();
    if (text !== this.shown) {
      clearTimeout(this.searching);
      await this.#search();
    }
    if (text === this.shown) this.#step(by, wanted);
  }

  async #search() {
    const text = this.part('search').value.trim(), { waterfall, source } = this.view;
    this.searched = text;
    this.asking?.abort();
    this.asking = new AbortController();
    if (text === '') {
      this.shown = text;
      this.matches = waterfall.matches = null;
      this.part('found').textContent = '';
      this.part('search').classList.remove('bad');
      return waterfall.redraw();
    }
    try {
      const found = await source.search(text, this.asking.signal);
      this.part('search').classList.toggle('bad', found.fault !== undefined);
      this.part('search').title = found.fault ?? '';
      this.#take(found);
      if (found.fault !== undefined) this.part('found').textContent = 'not a condition';
    } catch (error) {
      if (error.name === 'AbortError' || this.view.gone.signal.aborted) return;
      this.#take({ spans: [], logs: [], isCut: false });
    }
    this.shown = text;
    waterfall.matches = this.matches;
    this.#sayFound();
    waterfall.redraw();
  }

  // A log record has no id: it is found by its time and its span.
  #take({ spans, logs, isCut }) {
    const { model } = this.view, key = (time, above) => `${time} ${above ?? ''}`, above = node => model.parents[node] < 0 ? '' : model.ids[model.parents[node]];
    const ids = new Set(spans), records = new Set(logs.map(found => key(Number(BigInt(found.time) - BigInt(model.start)), found.span)));
    this.isCut = isCut;
    this.matches = new Set();
    for (let node = 0; node < model.count; node++) {
      if (model.kinds[node] === span ? ids.has(model.ids[node]) : model.kinds[node] === log && records.size > 0 && records.has(key(model.starts[node], above(node)))) this.matches.add(node);
    }
  }

  #sayFound() {
    if (!this.matches || this.part('search').classList.contains('bad')) return;
    const all = `${count(this.matches.size)}${this.isCut ? '+' : ''}`, { selected } = this.view.waterfall;
    const at = selected === null ? -1 : [...this.matches].indexOf(selected);
    this.part('found').textContent = this.matches.size === 0 ? 'none' : at < 0 ? all : `${count(at + 1)} of ${all}`;
  }

  // Round and round: after the last comes the first.
  #step(by, wanted) {
    const { model, waterfall } = this.view;
    if (!model) return;
    const { selected } = waterfall;
    let at = selected === null ? (by > 0 ? -1 : model.count) : selected < 0 ? model.repeat(-1 - selected).first - (by > 0 ? 1 : 0) : selected;
    for (let looked = 0; looked < model.count; looked++) {
      at = (at + by + model.count) % model.count;
      if (!wanted(at)) continue;
      waterfall.select(at, { reveal: true });
      return this.#sayFound();
    }
  }

  dispose() {
    this.asking?.abort();
    clearTimeout(this.searching);
  }
}
