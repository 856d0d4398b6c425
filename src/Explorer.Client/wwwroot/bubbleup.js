// The bars of a comparison: they offer verbs, and arrows move from bar to bar and from card to card.

import { tellServer } from './server.js';
import { offerVerbs } from './ui/verbs.js';

export function bars(panel, server) {
  const focus = bar => {
    if (!bar) return;
    bar.focus();
    bar.scrollIntoView({ block: 'nearest' });
  };

  return offerVerbs(panel, {
    find: target => target.closest?.('[data-bar]'),
    send: (bar, verb, x, y) => tellServer(server, 'OnBar', bar.closest('[data-card]').dataset.card, +bar.dataset.bar, verb, x, y),
    clicks: true,
    isButton: bar => bar.tagName !== 'g',
    move(bar, key) {
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
    },
  });
}
