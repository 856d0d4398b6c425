// Tables under the keyboard.

import { tellServer } from '../server.js';
import { nothingFocused } from './focus.js';
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
  const keeper = keepFocus(table);
  table.dataset.keys = 'on';
  return { dispose() { keeper.dispose(); offer.dispose(); } };
}

// A row that another answer does not have takes the focus with it: the cell that stands there now gets it, or the nearest above.
function keepFocus(table) {
  let last = null;
  const onFocus = event => { last = event.target.closest?.('[data-r][data-c]'); };
  // Left for something else while it stays, the cell has no claim any more.
  const onBlur = () => setTimeout(() => { if (last?.isConnected && document.activeElement !== last) last = null; });
  const observer = new MutationObserver(() => {
    if (!last || last.isConnected || !nothingFocused() || table.querySelector('tbody > tr:not([data-series])')) return; // of many rows, those that scroll away go as well
    const [row, column] = [+last.dataset.r, last.dataset.c];
    const cells = [...table.querySelectorAll(`tbody [data-c="${column}"]`)];
    (cells.findLast(cell => +cell.dataset.r <= row) ?? cells[0])?.focus({ preventScroll: true });
  });
  table.addEventListener('focusin', onFocus);
  table.addEventListener('focusout', onBlur);
  observer.observe(table, { childList: true, subtree: true });
  return { dispose() { observer.disconnect(); table.removeEventListener('focusin', onFocus); table.removeEventListener('focusout', onBlur); } };
}

// Tells when the end of a list comes into view.
export function sentinel(element, server) {
  const observer = new IntersectionObserver(entries => { if (entries.some(e => e.isIntersecting)) tellServer(server, 'OnEnd'); }, { rootMargin: '200px' });
  observer.observe(element);
  return { dispose() { observer.disconnect(); } };
}
