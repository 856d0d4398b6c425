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
      selected: node => { this.page ? this.page.selected(node) : this.wasUsed = true; },
      changed: () => { this.page ? this.page.changed() : this.wasUsed = true; },
      opened: () => document.querySelector('.span-panel [role=tab], .span-panel button')?.focus(),
    });
    this.waterfall.showsPath = kept('path', 'on') === 'on';
    this.waterfall.folds = kept('folds', 'on') === 'on';
    /** The trace, once it is drawn; refused when it cannot be. */
    this.first = this.#open();
    this.first.catch(() => { /* told to whoever waits for it */ });
  }

  async #open() {
    const model = await this.source.waterfall();
    const { waterfall } = this, { zoom, span: id } = this.options;
    this.show(model, zoom);
    if (id && model.byId.has(id)) waterfall.select(model.byId.get(id), { reveal: true });
    if (document.activeElement === document.body) waterfall.scroller.focus({ preventScroll: true });
    this.wasUsed = false;
    return model;
  }

  show(model, zoom) {
    this.model = model;
    this.waterfall.show(model, zoom);
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
  const tops = [...model.childrenOf(-1)];
  const roots = tops.filter(node => model.kinds[node] === span && !model.isCycle(node)).length;
  const absent = tops.filter(node => model.kinds[node] === missing).length;
  if (roots > 1) odd.push(make('span', 'badge w', plural(roots, 'root')));
  if (roots === 0) odd.push(make('span', 'badge w', 'no root'));
  if (absent > 0) odd.push(make('span', 'badge w', plural(absent, 'missing parent')));
  if (model.left_out > 0) odd.push(make('span', 'badge w', `the latest ${plural(model.left_out, 'event')} of ${count(model.events)} are left out`));
  notes.replaceChildren(...odd);
}
