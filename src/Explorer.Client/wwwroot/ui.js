// What only a browser can do: keys of the page, theme, clipboard, files, carets. Everything that decides anything is on the server.

import { tellServer } from './server.js';

const visible = element => element.offsetParent !== null || getComputedStyle(element).position === 'fixed';
const isTextField = element => element.matches?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');

let pendingJump = false;
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

// A control names its key in data-key; the innermost (last) visible one gets it. Text fields are focused, everything else is clicked.
function onKey(event) {
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
  if (pendingJump) {
    pendingJump = false;
    return press(`g ${event.key}`, event);
  }
  if (event.key === 'g' && !find('g')) {
    pendingJump = true;
    setTimeout(() => { pendingJump = false; }, 1000);
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

function whenChanged(element, focus) {
  const observer = new MutationObserver(() => {
    observer.disconnect();
    if (nothingFocused()) focus();
  });
  observer.observe(element, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), 2000);
}

const nothingFocused = () => document.activeElement === null || document.activeElement === document.body;

function focusChip(chips, index, otherwise = null) {
  const all = [...chips.querySelectorAll('.chip[role=option]')];
  const there = all[index] ?? (otherwise && chips.querySelector(otherwise)) ?? all.at(-1) ?? chips.querySelector('.add');
  there?.focus({ preventScroll: true });
}

function find(key) {
  return [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].filter(e => visible(e) && !e.disabled).at(-1);
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

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without a secure origin there is no clipboard API; a selected field still copies.
    const field = document.createElement('textarea');
    field.value = text;
    field.className = 'offscreen';
    document.body.append(field);
    field.select();
    const done = document.execCommand('copy');
    field.remove();
    return done;
  }
}

export function save(name, mediaType, bytes) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

// A field is on the page a moment before its script is: what its keys would have told the server is kept, and told when the script comes.
const earlyKeys = new WeakMap();
const maxEarlyKeys = 64;
const fieldKeys = ['Enter', 'Tab', 'Escape', 'ArrowUp', 'ArrowDown'];

function keepEarlyKey(event) {
  const input = event.target;
  if (!input.matches?.('.chip-editor input:not([data-attached])') || !fieldKeys.includes(event.key) || event.shiftKey || event.altKey) return false;
  event.preventDefault();
  const kept = earlyKeys.get(input) ?? [];
  const run = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
  if (kept.length < maxEarlyKeys) kept.push([run ? 'Run' : event.key, input.value, input.selectionStart ?? input.value.length]);
  earlyKeys.set(input, kept);
  return true;
}

// A text field with completion. The text lives in the browser; the server hears of every change in order and answers with a list.
// A field that stays is there before and after it is edited; any other is a chip that became a field, and ends when it loses the focus.
export function chipEditor(input, server, text, stays) {
  let open = true;
  let endedByKey = false;
  const chips = input.closest('.chips');
  const marks = () => input.parentElement?.querySelector('.edit-marks');
  const place = chips ? [...chips.querySelectorAll('.chip[role=option], .chip-editor')].indexOf(input.closest('.chip-editor')) : -1;
  const early = earlyKeys.get(input) ?? [];
  input.dataset.attached = '';
  input.value = text + input.value; // what was typed before this ran stays
  const caret = () => input.selectionStart ?? input.value.length;
  const fit = () => { if (!stays) input.style.width = `${Math.max(8, Math.min(80, input.value.length + 2))}ch`; };
  const tell = () => { fit(); tellServer(server, 'OnText', input.value, caret()); };
  const onInput = () => { open = true; endedByKey = false; tell(); };
  const onKeyDown = event => {
    if (event.isComposing) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const emptyBackspace = event.key === 'Backspace' && input.value === '';
    const space = event.key === ' ' && event.ctrlKey;
    const run = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
    if (!(plain && (fieldKeys.includes(event.key) || emptyBackspace)) && !space && !run) return;
    if (event.key === 'Tab' && (event.shiftKey || (stays && input.getAttribute('aria-expanded') !== 'true'))) return;
    event.preventDefault();
    event.stopPropagation();
    endedByKey = true;
    tellServer(server, 'OnKey', run ? 'Run' : space ? 'Open' : event.key, input.value, input.selectionStart ?? 0);
  };
  const onBlur = () => setTimeout(() => { if (open && document.activeElement !== input) tellServer(server, 'OnBlur', input.value); }, 120);
  // The marks lie over the text: they scroll with it.
  const onScroll = () => { const over = marks(); if (over) over.scrollLeft = input.scrollLeft; };
  input.addEventListener('input', onInput);
  input.addEventListener('keydown', onKeyDown);
  input.addEventListener('blur', onBlur);
  input.addEventListener('scroll', onScroll);
  if (!stays) {
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
    tell();
  }
  for (const [key, typed, at] of early) {
    endedByKey = true;
    tellServer(server, 'OnKey', key, text + typed, text.length + at);
  }
  return {
    // The server's text for the one it has seen; what was typed meanwhile goes on behind it, and any other change wins over it.
    set(seen, value, at) {
      if (!input.value.startsWith(seen)) return;
      const typed = input.value.slice(seen.length);
      input.value = value.slice(0, at) + typed + value.slice(at);
      input.focus();
      input.setSelectionRange(at + typed.length, at + typed.length);
      tell();
    },
    replace(value) { input.value = value; },
    dispose() {
      open = false;
      input.removeEventListener('input', onInput);
      input.removeEventListener('keydown', onKeyDown);
      input.removeEventListener('blur', onBlur);
      input.removeEventListener('scroll', onScroll);
      // The field is still there: this call comes before the change that takes it away.
      if (endedByKey && chips?.isConnected) whenChanged(chips, () => focusChip(chips, place, '.add'));
    }
  };
}

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
  return {
    dispose() {
      table.removeEventListener('contextmenu', onMenu);
      table.removeEventListener('keydown', onKeyDown);
    }
  };
}

// Closes a popup when the pointer goes down elsewhere, keeps it inside the window, and gives the focus back to where it came from.
export function popup(element, server) {
  const owner = nothingFocused() ? element.parentElement?.querySelector('[data-popup-owner]') : document.activeElement;
  const box = element.getBoundingClientRect();
  if (box.right > innerWidth - 8) element.style.left = `${element.offsetLeft - (box.right - innerWidth + 8)}px`;
  if (box.bottom > innerHeight - 8) element.style.top = `${Math.max(8, element.offsetTop - (box.bottom - innerHeight + 8))}px`;
  element.querySelector('[autofocus], [data-first]')?.focus();
  const onDown = event => { if (!element.contains(event.target) && !event.target.closest?.('[data-popup-owner]')) tellServer(server, 'OnOutside'); };
  document.addEventListener('pointerdown', onDown, true);
  return {
    dispose() {
      document.removeEventListener('pointerdown', onDown, true);
      if (owner?.isConnected && (nothingFocused() || element.contains(document.activeElement))) owner.focus({ preventScroll: true });
    }
  };
}

// Tells when the page is hidden, and when it is seen again.
export function watchSeen(server) {
  const onChange = () => tellServer(server, 'OnSeen', document.visibilityState === 'visible');
  document.addEventListener('visibilitychange', onChange);
  if (document.visibilityState !== 'visible') onChange();
  return { dispose() { document.removeEventListener('visibilitychange', onChange); } };
}

// Whether somebody is in the middle of something that a change of the page would disturb, or nobody sees it.
export function isBusy() {
  return document.visibilityState !== 'visible' || document.querySelector('.menu, [role=dialog], [aria-expanded=true][data-popup-owner], .chip-editor:not(.whole), .plot .zoom:not([hidden])') !== null
    || document.activeElement?.matches('.where-text, .chip-editor input, .field') === true;
}

export function focusFirst(element) {
  element?.querySelector('[data-first]')?.focus();
}

// Tells when the end of a list comes into view.
export function sentinel(element, server) {
  const observer = new IntersectionObserver(entries => { if (entries.some(e => e.isIntersecting)) tellServer(server, 'OnEnd'); }, { rootMargin: '200px' });
  observer.observe(element);
  return { dispose() { observer.disconnect(); } };
}
