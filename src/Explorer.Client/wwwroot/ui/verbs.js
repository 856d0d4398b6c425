// Things that offer verbs: a cell of a table, a bar of a comparison. The menu key, Enter or the right button opens the menu, f x g s c act at once,
// arrows move from one to the next.

import { isTextField } from './focus.js';

const verbs = 'fxgsc';

/**
 * find(target) is the thing that an event belongs to, send(thing, verb, x, y) does a verb or opens the 'menu' at a place, move(thing, key) gives the
 * focus to a neighbour. Optional: clicks, whether a click opens the menu as well; isButton(thing), whether the browser makes a click of Enter;
 * copyAll(thing), what Ctrl+C does. Returns what takes it all off again.
 */
export function offerVerbs(root, { find, send, move, clicks = false, isButton = () => false, copyAll }) {
  const menuAt = thing => { const box = thing.getBoundingClientRect(); send(thing, 'menu', box.left + 12, box.bottom); };
  const onClick = event => {
    const thing = find(event.target);
    if (!thing) return;
    // A click by key has no place: the menu opens below.
    if (event.detail === 0) menuAt(thing); else send(thing, 'menu', event.clientX, event.clientY);
  };
  const onMenu = event => {
    const thing = find(event.target);
    if (!thing) return;
    event.preventDefault();
    send(thing, 'menu', event.clientX, event.clientY);
  };
  const onKeyDown = event => {
    const thing = find(event.target);
    if (!thing || isTextField(event.target)) return;
    if (copyAll && event.key === 'c' && (event.ctrlKey || event.metaKey) && (getSelection()?.isCollapsed ?? true)) {
      event.preventDefault();
      return copyAll(thing);
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith('Arrow')) move(thing, event.key);
    else if (event.key === 'ContextMenu' || (event.key === 'Enter' && !isButton(thing))) menuAt(thing);
    else if (event.key.length === 1 && verbs.includes(event.key)) send(thing, event.key, 0, 0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const listeners = [...(clicks ? [['click', onClick]] : []), ['contextmenu', onMenu], ['keydown', onKeyDown]];
  for (const [name, listener] of listeners) root.addEventListener(name, listener);
  return { dispose() { for (const [name, listener] of listeners) root.removeEventListener(name, listener); } };
}
