// What elements are, and where the focus goes.

/** Whether somebody can see an element. */
export const visible = element => element.offsetParent !== null || getComputedStyle(element).position === 'fixed';

/** Whether keys typed in an element are text. */
export const isTextField = element => element.matches?.('input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]');

/** Whether the focus is nowhere in particular. */
export const nothingFocused = () => document.activeElement === null || document.activeElement === document.body;

/** Focuses an element's successor once its parent's children have changed, unless the focus has gone elsewhere. */
export function whenChanged(element, focus) {
  const observer = new MutationObserver(() => {
    observer.disconnect();
    if (nothingFocused()) focus();
  });
  observer.observe(element, { childList: true, subtree: true });
  setTimeout(() => observer.disconnect(), 2000);
}

/** Focuses a chip by its place, or what stands where it would be. */
export function focusChip(chips, index, otherwise = null) {
  const all = [...chips.querySelectorAll('.chip[role=option]')];
  const there = all[index] ?? (otherwise && chips.querySelector(otherwise)) ?? all.at(-1) ?? chips.querySelector('.add');
  there?.focus({ preventScroll: true });
}
