// Tables under the keyboard.

import { tellServer } from '../server.js';
import { isTextField } from './focus.js';

// A table whose cells offer verbs: arrows move, Enter or the menu key opens the menu, f x g s c act at once, Ctrl+C copies the row.
export function grid(table, server) {
  const cellOf = target => target.closest?.('[data-r][data-c]');
  const send = (cell, verb, x, y) => tellServer(server, 'OnCell', +cell.dataset.r, +cell.dataset.c, verb, x, y);
  const menuAt = cell => { const box = cell.getBoundingClientRect(); send(cell, 'menu', box.left + 12, box.bottom); };
  const onMenu = event => {
    const cell = cellOf(event.target);
    if (!cell) return;
    event.preventDefault();
    send(cell, 'menu', event.clientX, event.clientY);
  };
  const onKeyDown = event => {
    const cell = cellOf(event.target);
    if (!cell || isTextField(event.target)) return;
    const copies = event.key === 'c' && (event.ctrlKey || event.metaKey) && (getSelection()?.isCollapsed ?? true);
    if (copies) { event.preventDefault(); return send(cell, 'row', 0, 0); }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const verb = { f: 'f', x: 'x', g: 'g', s: 's', c: 'c' }[event.key];
    if (step) {
      const row = cell.closest('tr');
      const beside = step[0] === 0 ? row : step[0] < 0 ? row.previousElementSibling : row.nextElementSibling;
      beside?.querySelector(`[data-c="${+cell.dataset.c + step[1]}"]`)?.focus();
    } else if (event.key === 'Enter' || event.key === 'ContextMenu') menuAt(cell);
    else if (verb) send(cell, verb, 0, 0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  table.addEventListener('contextmenu', onMenu);
  table.addEventListener('keydown', onKeyDown);
  table.dataset.keys = 'on';
  return {
    dispose() {
      table.removeEventListener('contextmenu', onMenu);
      table.removeEventListener('keydown', onKeyDown);
    }
  };
}

// Tells when the end of a list comes into view.
export function sentinel(element, server) {
  const observer = new IntersectionObserver(entries => { if (entries.some(e => e.isIntersecting)) tellServer(server, 'OnEnd'); }, { rootMargin: '200px' });
  observer.observe(element);
  return { dispose() { observer.disconnect(); } };
}
