// What only a browser can do. Everything that decides anything is on the server. The duties are in ui/.

import { onKey } from './ui/keys.js';
import { recall, remember } from './ui/memory.js';
import { setTheme, toggleTheme } from './ui/theme.js';

export { commands, doCommand } from './ui/keys.js';
export { chipEditor } from './ui/field.js';
export { grid, sentinel } from './ui/grid.js';
export { isBusy, popup, watchSeen } from './ui/popup.js';
export { copy, save } from './ui/files.js';
export { recall, remember, setTheme };

let started = false;

export function start() {
  if (!started) {
    started = true;
    document.addEventListener('keydown', onKey);
    document.addEventListener('click', onClick);
  }
  return { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC', showLocal: recall('zone') === 'local', columns: recall('columns') };
}

function onClick(event) {
  if (event.target.closest?.('[data-action=theme]')) toggleTheme();
}
