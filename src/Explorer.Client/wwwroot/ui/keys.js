// The keys of the page, and the commands that it offers.

import { focusChip, isTextField, visible, whenChanged } from './focus.js';
import { keepEarlyKey } from './field.js';
import { recall } from './memory.js';

/** How long after g the key of a page may come, milliseconds between the presses themselves: a page that is busy takes no time from it. */
const jumpPauseMs = 2_000;
let jumpUntil = 0;

// A control names its key in data-key. Of those that are visible, one in what is open over the page gets it, else the last. Text fields are focused, everything else is
// clicked.
export function onKey(event) {
  if (event.defaultPrevented || event.isComposing) return;
  if (keepEarlyKey(event)) return;
  const inField = isTextField(event.target);
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) return press('Ctrl+Enter', event);
  if (event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) return press('Ctrl+k', event);
  if (!inField && event.target.matches?.('.chip[role=option]')) followChip(event);
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape') return press('Escape', event);
  if (inField || rove(event) || event.key.length !== 1) return;
  const cell = event.target.closest?.('[data-verbs]');
  if (cell && 'fxgsc'.includes(event.key)) return;
  if (recall('keys') === 'off') return;
  const jumps = event.timeStamp < jumpUntil;
  jumpUntil = 0;
  if (jumps) return press(`g ${event.key}`, event);
  if (event.key === 'g' && !find('g')) {
    jumpUntil = event.timeStamp + jumpPauseMs;
    return;
  }
  press(event.key, event);
}

// Arrows move the focus among things that stand in a row or a column.
const lists = [
  { within: '.qb', item: '.chip[role=option], .join, .add', back: 'ArrowLeft', on: 'ArrowRight' },
  { within: '[role=tablist]', item: '[role=tab]', back: 'ArrowLeft', on: 'ArrowRight' },
  { within: '[role=menu]', item: '[role=menuitem]', back: 'ArrowUp', on: 'ArrowDown' },
  { within: '.time-list', item: '[role=option]', back: 'ArrowUp', on: 'ArrowDown' },
  { within: '.events-grid', item: 'tbody > tr', back: 'ArrowUp', on: 'ArrowDown' },
  { within: '.traces-grid', item: '[data-testid=trace-link]', back: 'ArrowUp', on: 'ArrowDown' },
  { within: '.history-rows', item: '.history-open', back: 'ArrowUp', on: 'ArrowDown' },
  { within: '.kv-list', item: '.kv-row', back: 'ArrowUp', on: 'ArrowDown' },
];

function rove(event) {
  for (const { within, item, back, on } of lists) {
    const here = event.target.closest?.(item);
    const list = here?.closest(within);
    if (!list || (event.key !== back && event.key !== on)) continue;
    const items = [...list.querySelectorAll(item)].filter(visible);
    items[items.indexOf(here) + (event.key === on ? 1 : -1)]?.focus();
    event.preventDefault();
    return true;
  }
  return false;
}

// The focus goes with a chip that is moved, and to the neighbour of one that is removed.
function followChip(event) {
  const chips = event.target.closest('.chips');
  const all = [...chips.querySelectorAll('.chip[role=option]')];
  const index = all.indexOf(event.target);
  if (event.altKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight')) {
    event.preventDefault();
    setTimeout(() => all[index + (event.key === 'ArrowLeft' ? -1 : 1)]?.focus());
  } else if (event.key === 'Delete' || event.key === 'Backspace') {
    whenChanged(chips, () => focusChip(chips, index));
  }
}

function find(key) {
  const all = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter(e => visible(e) && !e.disabled);
  return all.findLast(e => e.closest('[role=dialog], [role=menu], .over')) ?? all.at(-1);
}

function press(key, event) {
  const target = find(key);
  if (!target) return;
  event.preventDefault();
  if (isTextField(target)) { target.focus(); target.select?.(); } else target.click();
}

// What the page offers: whatever has a key or a name of its own, by its label.
let listed = [];
const labelOf = element => (element.dataset.command ?? element.getAttribute('aria-label') ?? (element.title || element.textContent)).replace(/\s*\([^)]*\)\s*$/, '').replace(/\s+/g, ' ').trim();

export function commands() {
  const unnamed = ['Escape', 'Ctrl+k'];
  listed = [...document.querySelectorAll('[data-key], [data-command]')].filter(e => visible(e) && !e.disabled && !unnamed.includes(e.dataset.key) && !e.closest('[role=dialog], [role=menu]') && labelOf(e));
  return listed.map((element, number) => ({ number, name: labelOf(element), key: element.dataset.key ?? '' }));
}

export function doCommand(number) {
  const element = listed[number];
  // After the list has closed, which gives the focus back to where it came from.
  setTimeout(() => { if (element?.isConnected) { if (isTextField(element)) { element.focus(); element.select?.(); } else element.click(); } }, 50);
}
