// The bars of a comparison: click or Enter opens their verbs, f x g s c act at once, arrows move from bar to bar and from card to card.

import { tellServer } from './server.js';

const verbs = 'fxgsc';

export function bars(panel, server) {
  const barOf = target => target.closest?.('[data-bar]');
  const send = (bar, action, x, y) => tellServer(server, 'OnBar', bar.closest('[data-card]').dataset.card, +bar.dataset.bar, action, x, y);
  const menuAt = bar => { const box = bar.getBoundingClientRect(); send(bar, 'menu', box.left + 12, box.bottom); };
  const focus = bar => {
    if (!bar) return;
    bar.focus();
    bar.scrollIntoView({ block: 'nearest' });
  };

  function move(bar, key) {
    const card = bar.closest('[data-card]');
    const inside = [...card.querySelectorAll('[data-bar]')];
    const cards = [...panel.querySelectorAll('[data-card]')];
    const beside = step => cards[cards.indexOf(card) + step];
    const across = bar.tagName === 'g';
    const at = inside.indexOf(bar);
    const first = other => other?.querySelector('[data-bar="0"]') ?? other?.querySelector('[data-bar]');
    if (key === (across ? 'ArrowRight' : 'ArrowDown')) return focus(inside[at + 1] ?? first(beside(1)));
    if (key === (across ? 'ArrowLeft' : 'ArrowUp')) return focus(inside[at - 1] ?? [...(beside(-1)?.querySelectorAll('[data-bar]') ?? [])].at(-1));
    return focus(first(beside(key === 'ArrowRight' || key === 'ArrowDown' ? 1 : -1)));
  }

  // A click by key has no place: the menu opens below the bar.
  const onClick = event => {
    const bar = barOf(event.target);
    if (!bar) return;
    if (event.detail === 0) menuAt(bar); else send(bar, 'menu', event.clientX, event.clientY);
  };
  const onMenu = event => {
    const bar = barOf(event.target);
    if (!bar) return;
    event.preventDefault();
    send(bar, 'menu', event.clientX, event.clientY);
  };
  const onKeyDown = event => {
    const bar = barOf(event.target);
    if (!bar || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith('Arrow')) move(bar, event.key);
    else if (event.key === 'ContextMenu' || (event.key === 'Enter' && bar.tagName === 'g')) menuAt(bar);
    else if (event.key.length === 1 && verbs.includes(event.key)) send(bar, event.key, 0, 0);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  panel.addEventListener('click', onClick);
  panel.addEventListener('contextmenu', onMenu);
  panel.addEventListener('keydown', onKeyDown);
  return {
    dispose() {
      panel.removeEventListener('click', onClick);
      panel.removeEventListener('contextmenu', onMenu);
      panel.removeEventListener('keydown', onKeyDown);
    }
  };
}
