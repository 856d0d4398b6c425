// The time cell of a row: bars, marks and labels at their times. Its elements are kept: most rows need what the one before at their place needed.

import { make } from './dom.js';
import { offset } from './format.js';

/** Marks of one kind that a row draws; what lies on the same pixel is drawn once. */
const mostMarks = 200;

export class TimeCell {
  constructor() {
    this.element = make('div', 'wf-time');
    this.element.setAttribute('role', 'gridcell');
    this.marks = [];
    this.used = 0;
  }

  /** Begins anew; what is not drawn again until `end` goes. */
  begin(view) {
    this.view = view;
    this.used = 0;
  }

  end() {
    while (this.element.childElementCount > this.used) this.element.lastElementChild.remove();
    // Elements that many rows do not need are not kept for the one that did.
    if (this.marks.length > mostMarks) this.marks.length = Math.max(this.used, mostMarks);
  }

  #mark(className, style, text = '', title = '') {
    let mark = this.marks[this.used];
    if (!mark) {
      mark = make('span', '', '');
      this.marks.push(mark);
    }
    if (mark.parentNode === null) this.element.append(mark);
    this.used++;
    if (mark.className !== className) mark.className = className;
    mark.style.cssText = style;
    if (mark.firstChild.data !== text) mark.firstChild.data = text;
    if (mark.title !== title) mark.title = title;
  }

  /** A bar over a time; false when it is outside the zoom. */
  bar(className, start, end) {
    const { from, to } = this.view;
    if (end < from || start > to) return false;
    const left = Math.max(0, (start - from) / (to - from)), right = Math.min(1, (end - from) / (to - from));
    this.#mark(className, `left:min(${(left * 100).toFixed(4)}%,100% - 2px);width:max(2px,${((right - left) * 100).toFixed(4)}%)`);
    return true;
  }

  /** A mark at a time; false when it is outside the zoom. */
  at(className, time, title = '') {
    const { from, to } = this.view;
    if (time < from || time > to) return false;
    this.#mark(className, `left:${((time - from) / (to - from) * 100).toFixed(4)}%`, '', title);
    return true;
  }

  /** Rings where span events are. */
  events(model, node) {
    const [from, to] = model.marksAt(node);
    let last = -10, drawn = 0;
    for (let i = from; i < to && drawn < mostMarks; i++) {
      const { isLink, at, text } = model.mark(i), x = this.view.x(at);
      if (isLink || Math.abs(x - last) < 2) continue;
      if (this.at('wf-event', at, `${text} ${offset(at)}`)) { last = x; drawn++; }
    }
  }

  /** Stretches of the critical path, which come by time, joined where no eye tells them apart. */
  path(stretches) {
    const joint = (this.view.to - this.view.from) / Math.max(1, this.view.timeWidth) * 2;
    let from = NaN, to = NaN, drawn = 0;
    const draw = () => { if (!Number.isNaN(from) && drawn < mostMarks && this.bar('wf-path', from, to)) drawn++; };
    for (let i = 0; i < stretches.length; i += 2) {
      const start = stretches[i], end = stretches[i + 1];
      if (start - to <= joint) { to = Math.max(to, end); continue; }
      draw();
      [from, to] = [start, end];
    }
    draw();
  }

  /** A text beside what it names, on the side with room, and never off the edge: there it points to where that is. */
  label(text, from, to, gap = 6) {
    const left = this.view.x(from), right = this.view.x(to), width = this.view.timeWidth;
    if (right < 0) return this.away(text, -1);
    if (left > width) return this.away(text, 1);
    const roomRight = width - right - gap, roomLeft = left - gap, wanted = text.length * 6.2;
    const style = roomRight >= wanted || roomRight >= roomLeft ? `left:${Math.max(0, right + gap)}px;max-width:${Math.max(0, roomRight)}px` : `right:${width - left + gap}px;max-width:${Math.max(0, roomLeft)}px`;
    this.#mark('wf-label ellipsis', style, text);
  }

  /** Says on which side of the zoom something is: -1 before it, 1 behind. */
  away(text, side) {
    const said = side < 0 ? `◂ ${text}` : `${text} ▸`;
    this.#mark(text === '' ? 'wf-away' : 'wf-label ellipsis', `${side < 0 ? 'left' : 'right'}:2px;max-width:100%`, said.trim());
  }
}
