// What stands around the rows: legend and overview above them, the head with the axis, the lines of its ticks, the foot.

import { make } from './dom.js';
import { count, length, plural, ticks } from './format.js';

export class Frame {
  constructor(strip) {
    this.legend = make('div', 'wf-legend');
    this.head = make('div', 'wf-row wf-head');
    this.head.setAttribute('role', 'row');
    this.space = make('div', 'wf-space');
    this.space.setAttribute('role', 'rowgroup');
    this.lines = make('div', 'wf-lines');
    this.lines.setAttribute('aria-hidden', 'true');
    this.scroller = make('div', 'wf-scroll', this.head, this.space);
    this.scroller.tabIndex = 0;
    this.scroller.setAttribute('role', 'treegrid');
    this.scroller.setAttribute('aria-label', 'Spans and log records of the trace');
    this.foot = make('div', 'wf-foot');
    this.elements = [make('div', 'wf-top', this.legend, strip, make('span')), make('div', 'wf-body', this.lines, this.scroller), this.foot];
  }

  drawLegend(model) {
    this.legend.replaceChildren(...model.legend.map(({ service, color }) => {
      const name = model.texts[service];
      return make('span', 'wf-key', make('i', `swatch series-${color}`), name === '' ? '(no service)' : name);
    }));
  }

  drawHead(model) {
    const head = (className, text) => { const cell = make('div', className, text); cell.setAttribute('role', 'columnheader'); return cell; };
    this.axis = head('wf-axis', '');
    this.axis.setAttribute('aria-label', 'time');
    const name = head('wf-name', 'name and service');
    name.append(this.grip ??= make('span', 'wf-grip'));
    this.head.replaceChildren(name, ...model.columns.map(column => head('wf-value mono ellipsis', column.name)), this.axis, head('wf-duration num', 'duration'));
  }

  drawAxis(view) {
    const most = Math.max(2, Math.floor(view.timeWidth / 76));
    const list = ticks(view.from, view.to, most).filter(({ at }) => view.x(at) < view.timeWidth - 40);
    this.axis.replaceChildren(...list.map(({ at, text }) => { const label = make('span', 'wf-tick', text); label.style.left = `${view.x(at)}px`; return label; }));
    const left = this.axis.offsetLeft;
    this.lines.replaceChildren(...list.filter(({ at }) => view.x(at) > 1).map(({ at }) => { const line = make('i'); line.style.left = `${left + view.x(at)}px`; return line; }));
  }

  drawFoot(view) {
    const { model } = view, foot = [];
    if (view.showsPath && model.path.length > 0) foot.push(this.#path(model));
    foot.push(make('span', '', '◦ span event'), make('span', '', '◆ log'), make('span', 'grow'));
    if (view.note) foot.push(make('b', '', view.note));
    const { shown, folded, folds, collapsed } = view.rows.hidden();
    const parts = [`${count(shown)} of ${plural(model.spans, 'span')} in rows`];
    if (folds > 0) parts.push(`${count(folded)} in ${plural(folds, 'fold')}`);
    if (collapsed > 0) parts.push(`${count(collapsed)} collapsed`);
    if (view.isZoomed) parts.push(`${length(view.to - view.from)} of ${length(model.duration)}`);
    const said = make('span', '', parts.join(', '));
    said.dataset.testid = 'rows-shown';
    foot.push(said);
    for (const [keys, text] of [['↑↓', 'row'], ['← →', 'fold'], ['Z', 'zoom']]) foot.push(make('span', 'wf-keys', make('kbd', '', keys), ` ${text}`));
    this.foot.replaceChildren(...foot);
  }

  // Its length, and the service that most of it is in.
  #path(model) {
    const total = new Map();
    let whole = 0;
    for (let i = 0; i < model.path.length; i += 3) {
      const time = model.path[i + 2] - model.path[i + 1], service = model.services[model.path[i]];
      whole += time;
      total.set(service, (total.get(service) ?? 0) + time);
    }
    const [service, most] = [...total].sort((a, b) => b[1] - a[1])[0];
    const key = make('span', 'wf-key', make('i', 'wf-path-key'), `critical path ${length(whole)}, of it `, make('b', '', `${model.texts[service] || '(no service)'} ${length(most)}`));
    key.dataset.testid = 'critical-path';
    return key;
  }
}
