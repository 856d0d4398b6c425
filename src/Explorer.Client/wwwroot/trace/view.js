// A trace and its waterfall: what is there before the page around it is, and stays when the page comes.

import { make } from './dom.js';
import { count, length, plural } from './format.js';
import { missing, span } from './model.js';
import { Source } from './source.js';
import { Waterfall } from './waterfall.js';

export const kept = (name, fallback) => { try { return localStorage.getItem(`explorer.trace.${name}`) ?? fallback; } catch { return fallback; /* storage is switched off */ } };
export const keep = (name, value) => { try { localStorage.setItem(`explorer.trace.${name}`, value); } catch { /* as above */ } };

export class View {
  /** @param options traceId, span, time, zoom, columns: what the address says. */
  constructor(host, options) {
    this.options = options;
    this.gone = new AbortController();
    this.source = new Source(options, this.gone.signal);
    // Whoever shows the view listens; what happened before is in wasUsed.
    this.page = null;
    this.wasUsed = false;
    this.waterfall = new Waterfall(host, {
      selected: node => { this.wanted = null; this.page ? this.page.selected(node) : this.wasUsed = true; },
      changed: () => { this.page ? this.page.changed() : this.wasUsed = true; },
      opened: () => document.querySelector('.span-panel [role=tab], .span-panel button')?.focus(),
    });
    /** The span that the address names, until it is there or another is chosen. */
    this.wanted = options.span;
    this.waterfall.showsPath = kept('path', 'on') === 'on';
    this.waterfall.folds = kept('folds', 'on') === 'on';
    if (document.activeElement === document.body) this.waterfall.takeFocus(true);
    this.open();
  }

  /** Fetches the trace and draws it: `first` is the trace, once it is drawn, and refused when it cannot be. */
  open() {
    this.first = this.#open();
    this.first.catch(() => { /* told to whoever waits for it */ });
  }

  async #open() {
    const model = await this.source.waterfall();
    const { waterfall } = this;
    this.show(model, this.options.zoom);
    waterfall.draw.now();
    this.wasUsed = false;
    return model;
  }

  /** A file's trace is as it is. */
  get isFile() { return this.options.traceId.startsWith('file-'); }

  show(model, zoom) {
    this.model = model;
    this.waterfall.show(model, zoom);
    if (!this.wanted) return;
    const node = model.byId.get(this.wanted);
    this.waterfall.note = node === undefined ? 'The span of this address is not here' : '';
    if (node !== undefined) this.waterfall.select(node, { reveal: true });
  }

  dispose() {
    this.gone.abort();
    this.waterfall.dispose();
  }
}

/** Says what a trace is: its figures, and what is odd about it. */
export function summary(model, figures, notes) {
  const fact = (name, value, isBad) => make('span', '', `${name} `, make('b', isBad ? 'err' : '', value));
  figures.replaceChildren(
    fact('duration', length(model.duration)), fact('spans', count(model.spans)), fact('services', count(model.legend.length)),
    fact('errors', count(model.errors), model.errors > 0), fact('logs', count(model.logs)), fact('depth', count(model.levels)));
  const odd = model.legend.filter(entry => entry.skew !== 0).map(({ service, skew }) => {
    const badge = make('span', 'badge w', `clock skew ${model.texts[service]} ${length(skew)}`);
    badge.title = 'The greatest by which a span of this service lies outside the span that called it. Nothing is corrected.';
    return badge;
  });
  const tops = model.childrenOf(-1);
  const roots = tops.filter(node => model.kinds[node] === span && !model.isCycle(node)).length;
  const absent = tops.filter(node => model.kinds[node] === missing).length;
  if (roots > 1) odd.push(make('span', 'badge w', plural(roots, 'root')));
  if (roots === 0) odd.push(make('span', 'badge w', 'no root'));
  if (absent > 0) odd.push(make('span', 'badge w', plural(absent, 'missing parent')));
  if (model.left_out > 0) odd.push(make('span', 'badge w', `the latest ${plural(model.left_out, 'event')} of ${count(model.events)} are left out`));
  notes.replaceChildren(...odd);
}
