// What only a browser can do. Everything that decides anything is on the server. The duties are in ui/.

import { onKey } from './ui/keys.js';

export { commands, doCommand } from './ui/keys.js';
export { chipEditor } from './ui/field.js';
export { grid, sentinel } from './ui/grid.js';
export { isBusy, popup, watchSeen } from './ui/popup.js';
export { focusFirst } from './ui/focus.js';
export { copy, save } from './ui/files.js';

let started = false;

export function start() {
  if (!started) {
    started = true;
    document.addEventListener('keydown', onKey);
    document.addEventListener('click', onClick);
  }
  return { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC', showLocal: recall('zone') === 'local', columns: recall('columns') };
}

/** What remember() kept; empty for nothing. */
export function recall(name) {
  try { return (localStorage.getItem(`explorer.${name}`) ?? '').slice(0, 20000); } catch { return ''; /* storage is switched off */ }
}

/** Keeps a choice of this person in this browser. */
export function remember(name, value) {
  try { localStorage.setItem(`explorer.${name}`, value); } catch { /* storage is switched off: the choice lasts as long as the page */ }
}

function onClick(event) {
  const action = event.target.closest?.('[data-action]');
  if (action?.dataset.action === 'theme') {
    const theme = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark';
    document.documentElement.dataset.theme = theme;
    try { localStorage.setItem('explorer.theme', theme); } catch { /* as above */ }
  }
}
