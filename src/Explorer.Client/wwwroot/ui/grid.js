// Tables under the keyboard.

import { tellServer } from '../server.js';
import { offerVerbs } from './verbs.js';

const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// A table whose cells offer verbs; Ctrl+C copies the row.
export function grid(table, server) {
  const send = (cell, verb, x, y) => tellServer(server, 'OnCell', +cell.dataset.r, +cell.dataset.c, verb, x, y);
  const offer = offerVerbs(table, {
    find: target => target.closest?.('[data-r][data-c]'),
    send,
    move(cell, key) {
      const [down, right] = steps[key];
      const row = cell.closest('tr');
      const beside = down === 0 ? row : down < 0 ? row.previousElementSibling : row.nextElementSibling;
      beside?.querySelector(`[data-c="${+cell.dataset.c + right}"]`)?.focus();
    },
    copyAll: cell => send(cell, 'row', 0, 0),
  });
  table.dataset.keys = 'on';
  return offer;
}

// Tells when the end of a list comes into view.
export function sentinel(element, server) {
  const observer = new IntersectionObserver(entries => { if (entries.some(e => e.isIntersecting)) tellServer(server, 'OnEnd'); }, { rootMargin: '200px' });
  observer.observe(element);
  return { dispose() { observer.disconnect(); } };
}
