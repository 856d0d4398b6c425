// The trace page in the browser: what is around the waterfall, and what the server is told of it. The page's frame and the panel of the chosen
// span come from the server.

import { tellServer } from '../server.js';
import { visible } from '../ui/focus.js';
import { takeFiles } from './files.js';
import { Finding } from './finding.js';
import { Flame } from './flame.js';
import { plural } from './format.js';
import { listLogs } from './logs.js';
import { log, span } from './model.js';
import { take } from './opening.js';
import { keep, summary, View } from './view.js';

/** How often a trace that may still grow is looked at, milliseconds: at first, and at most. */
const firstLook = 2_000, lastLook = 60_000;
/** Traces whose last span is older do not grow any more. */
const settledMs = 15 * 60_000;
const walking = ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight', 'PageDown', 'PageUp', 'Home', 'End'];
const tellPauseMs = 150, addressPauseMs = 300;

export function attach(root, server, options) {
  const page = new TracePage(root, server, options);
  page.load(firstLook);
  return page;
}

class TracePage {
  constructor(root, server, options) {
    Object.assign(this, { root, server });
    // The header is not within the root.
    this.part = name => document.querySelector(`[data-part="${name}"]`);
    const opened = take(options.traceId);
    opened?.waterfall.moveTo(this.part('waterfall'));
    this.view = opened ?? new View(this.part('waterfall'), options);
    this.waterfall = this.view.waterfall;
    this.flame = new Flame(this.part('flame'), node => this.goTo(node));
    this.finding = new Finding(this.view, this.part);
    this.#wire();
  }

  get model() { return this.view.model; }

  // The trace

  async load(pause) {
    try {
      await this.view.first;
    } catch (error) {
      if (error.name === 'AbortError') return;
      if (pause === firstLook) tellServer(this.server, 'OnFailed', error.status ?? 0, error.message);
      // Its spans may be on their way.
      if (error.status === 404 && pause < lastLook && !this.view.isFile) this.timer = setTimeout(() => { this.view.open(); this.load(pause * 1.5); }, pause);
      return;
    }
    this.#press('path', this.waterfall.showsPath);
    this.#press('folds', this.waterfall.rows.folds);
    this.#shown();
    // What was done before the page was there.
    this.view.page = this;
    if (this.waterfall.selected !== null) this.selected(this.waterfall.selectedNode);
    else if (this.view.wasUsed) this.changed();
    this.#watch(firstLook);
  }

  #shown() {
    const { model } = this, { root } = model, has = root >= 0;
    this.flame.show(model);
    summary(model, this.part('summary'), this.part('notes'));
    listLogs(this.part('logs'), model, node => this.goTo(node));
    this.root.dataset.state = 'shown';
    tellServer(this.server, 'OnShown', has ? model.name(root) : '', has ? model.service(root) : '', has ? model.durations[root] / 1e6 : 0, model.start, model.duration, model.logs);
  }

  #showAgain(model) {
    this.view.show(model);
    this.finding.again();
    this.#shown();
  }

  // Spans may come for a while after the first look; the longer none came, the rarer we look.
  #watch(pause) {
    const { model } = this.view;
    const end = Number(BigInt(model.start) / 1000000n) + model.duration / 1e6;
    if (this.view.gone.signal.aborted || Date.now() - end > settledMs || this.view.isFile) return;
    this.timer = setTimeout(async () => {
      let next = Math.min(lastLook, pause * 1.5);
      try {
        const before = this.model.events, now = document.hidden ? null : await this.view.source.waterfall(before);
        if (now && now.events !== before) {
          this.waterfall.note = `${plural(now.events - before, 'event')} arrived`;
          this.#showAgain(now);
          next = firstLook;
        }
      } catch { /* the connection is lost or the server busy: the next look may do better */ }
      this.#watch(next);
    }, pause);
  }

  // Choosing

  /** A row was chosen; null for none. */
  selected(node) {
    clearTimeout(this.telling);
    const { model } = this;
    const isLog = node !== null && model.kinds[node] === log, own = isLog ? model.parents[node] : node;
    this.selectedId = own !== null && own >= 0 && model.kinds[own] === span ? model.ids[own] : null;
    this.telling = setTimeout(() => {
      if (this.selectedId === null && isLog) tellServer(this.server, 'OnLog', String(BigInt(model.start) + BigInt(model.starts[node])), model.name(node));
      else if (this.selectedId === null) tellServer(this.server, 'OnSpan', null, 0, 0, 0, 0, false);
      else tellServer(this.server, 'OnSpan', this.selectedId, model.starts[own], model.durations[own], model.self[own], model.color(own), isLog);
    }, tellPauseMs);
    this.changed();
  }

  /** What is chosen or zoomed has changed: the address follows. */
  changed() {
    clearTimeout(this.addressing);
    this.addressing = setTimeout(() => {
      const { from, to, isZoomed } = this.waterfall;
      tellServer(this.server, 'OnAddress', this.selectedId ?? null, isZoomed ? Math.round(from) : null, isZoomed ? Math.round(to) : null);
    }, addressPauseMs);
  }

  goTo(node) {
    tellServer(this.server, 'OnTab', 'waterfall');
    this.waterfall.select(node, { reveal: true });
    this.waterfall.takeFocus(false);
  }

  /** Called by the server: shows a span, or the log record of it at a time. */
  goToSpan(id, time) {
    const { model } = this, node = model?.byId.get(id);
    if (node === undefined) return;
    const at = time ? Number(BigInt(time) - BigInt(model.start)) : null;
    const record = at === null ? undefined : model.childrenOf(node).find(child => model.kinds[child] === log && model.starts[child] === at);
    this.waterfall.select(record ?? node, { reveal: true });
  }

  clearSelection() { this.waterfall.select(null); }

  async setColumns(columns) {
    this.view.options.columns = columns;
    try {
      this.#showAgain(await this.view.source.waterfall());
    } catch { /* gone, or the server is busy: the columns come with the next look */ }
  }

  /** Called by the server when a tab is shown: what had no size has one now. */
  shown() { this.waterfall.refresh(); this.flame.draw(); }

  #wire() {
    const on = (name, type, work) => this.part(name)?.addEventListener(type, work);
    const { waterfall } = this;
    on('dim', 'click', () => { waterfall.dims = !waterfall.dims; this.#press('dim', waterfall.dims); waterfall.redraw(); });
    on('path', 'click', () => { waterfall.setPath(!waterfall.showsPath); keep('path', waterfall.showsPath ? 'on' : 'off'); this.#press('path', waterfall.showsPath); });
    on('folds', 'click', () => { waterfall.setFolds(!waterfall.rows.folds); keep('folds', waterfall.rows.folds ? 'on' : 'off'); this.#press('folds', waterfall.rows.folds); });
    on('zoom', 'click', () => waterfall.zoomToSelected());
    on('zoom-out', 'click', () => waterfall.zoomOut());
    on('level', 'change', event => {
      const { value } = event.target;
      if (value === 'all' || value === 'none') waterfall.setAll(value === 'all'); else if (value) waterfall.setLevel(Number(value));
      event.target.value = '';
    });
    document.addEventListener('keydown', event => this.#walk(event), { signal: this.view.gone.signal });
    takeFiles(this.root, this.part('open-file'), this.view.gone.signal,
      (id, traces) => tellServer(this.server, 'OnOpened', id, traces), why => tellServer(this.server, 'OnNotOpened', why));
  }

  // The keys of the rows work from wherever nothing else takes them.
  #walk(event) {
    const { scroller } = this.waterfall, from = event.target;
    if (event.defaultPrevented || !walking.includes(event.key) || !visible(scroller) || !(from === document.body || from.closest?.('.tab-tools button'))) return;
    this.waterfall.takeFocus(false);
    this.waterfall.onKey(event);
  }

  #press(name, on) { this.part(name)?.setAttribute('aria-pressed', on ? 'true' : 'false'); }

  dispose() {
    for (const timer of [this.timer, this.telling, this.addressing]) clearTimeout(timer);
    this.finding.dispose();
    this.view.dispose();
    this.flame.dispose();
  }
}
