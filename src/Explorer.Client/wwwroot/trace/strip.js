// The overview strip: the whole trace in six levels. A drag on it zooms; what is outside the zoom is dimmed.

import { make, surface, token } from './dom.js';
import { span } from './model.js';

const levels = 6;

export class Strip {
  /** @param zoom is given the start and end of what was dragged, nanoseconds from the trace's start. */
  constructor(zoom) {
    this.zoom = zoom;
    this.canvas = make('canvas');
    this.window = make('div', 'wf-window');
    this.before = make('div', 'wf-outside');
    this.after = make('div', 'wf-outside');
    this.element = make('div', 'wf-strip', this.canvas, this.before, this.after, this.window);
    this.element.title = 'Drag to zoom, double click to show the whole trace';
    this.#wire();
  }

  /** Draws a trace, and the window of it that the rows show. */
  draw(model, from, to) {
    Object.assign(this, { model, from, to });
    const drawing = surface(this.canvas);
    if (!drawing) return;
    const { context, width } = drawing, whole = this.#whole();
    const colors = Array.from({ length: 11 }, (_, i) => token(i === 0 ? '--fg-3' : `--series-${i}`)), red = token('--error');
    const drawn = new Float64Array(levels).fill(-1);
    for (let node = 0; node < model.count; node++) {
      const level = model.depths[node];
      if (level >= levels || model.kinds[node] !== span) continue;
      const left = model.starts[node] / whole * width, right = Math.max(left + 1, model.end(node) / whole * width);
      // What would be painted over a pixel that is painted already is left out, errors never.
      if (right - left <= 1 && Math.floor(right) === drawn[level] && !model.isError(node)) continue;
      drawn[level] = Math.floor(right);
      context.fillStyle = model.isError(node) ? red : colors[model.color(node)];
      context.fillRect(left, 5 + level * 6, right - left, 4);
    }
    this.#drawWindow();
  }

  #whole() { return Math.max(1, this.model.duration); }

  #drawWindow() {
    const left = this.from / this.#whole() * 100, right = this.to / this.#whole() * 100;
    const zoomed = this.from > 0 || this.to < this.#whole();
    this.before.style.width = `${zoomed ? left : 0}%`;
    this.after.style.left = `${right}%`;
    this.after.style.width = `${zoomed ? 100 - right : 0}%`;
    this.window.hidden = !zoomed;
    this.window.style.left = `${left}%`;
    this.window.style.width = `${right - left}%`;
  }

  #wire() {
    const { element } = this;
    const timeAt = event => {
      const box = this.canvas.getBoundingClientRect();
      return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.model.duration;
    };
    let start = null;
    element.addEventListener('pointerdown', event => { if (!this.model || event.button !== 0) return; start = timeAt(event); element.setPointerCapture(event.pointerId); });
    element.addEventListener('pointermove', event => {
      if (start === null) return;
      const at = timeAt(event);
      this.window.hidden = false;
      this.window.style.left = `${Math.min(start, at) / this.#whole() * 100}%`;
      this.window.style.width = `${Math.abs(at - start) / this.#whole() * 100}%`;
    });
    const end = (event, takes) => {
      if (start === null) return;
      const [from, to] = [start, timeAt(event)].sort((a, b) => a - b);
      start = null;
      // Less than a few pixels is a click, which is nothing.
      if (takes && (to - from) / this.#whole() * this.canvas.clientWidth > 4) this.zoom(from, to); else this.#drawWindow();
    };
    element.addEventListener('pointerup', event => end(event, true));
    element.addEventListener('pointercancel', event => end(event, false));
    element.addEventListener('dblclick', () => this.zoom(0, this.model.duration));
  }
}
