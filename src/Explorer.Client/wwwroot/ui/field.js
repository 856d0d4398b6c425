// A text field with completion.

import { tellServer } from '../server.js';
import { paint } from './colors.js';
import { focusChip, whenChanged } from './focus.js';

// A field is on the page a moment before its script is: what its keys would have told the server is kept, and told when the script comes.
const earlyKeys = new WeakMap();
const maxEarlyKeys = 64;
const fieldKeys = ['Enter', 'Tab', 'Escape', 'ArrowUp', 'ArrowDown'];

export function keepEarlyKey(event) {
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
  const over = () => input.parentElement?.querySelectorAll('.edit-marks, .edit-colors') ?? [];
  const colors = input.parentElement?.querySelector('.edit-colors');
  const place = chips ? [...chips.querySelectorAll('.chip[role=option], .chip-editor')].indexOf(input.closest('.chip-editor')) : -1;
  const early = earlyKeys.get(input) ?? [];
  input.dataset.attached = '';
  input.value = text + input.value; // what was typed before this ran stays
  // Marks and colours lie over the text: they scroll with it.
  const onScroll = () => { for (const layer of over()) layer.scrollLeft = input.scrollLeft; };
  const caret = () => input.selectionStart ?? input.value.length;
  const fit = () => {
    if (!stays) input.style.width = `${Math.max(8, Math.min(80, input.value.length + 2))}ch`;
    if (colors) paint(colors, input.value);
    onScroll();
  };
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
  input.addEventListener('input', onInput);
  input.addEventListener('keydown', onKeyDown);
  input.addEventListener('blur', onBlur);
  input.addEventListener('scroll', onScroll);
  if (!stays) {
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
    tell();
  } else fit();
  if (colors) input.dataset.colored = '';
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
    replace(value) { input.value = value; fit(); },
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
