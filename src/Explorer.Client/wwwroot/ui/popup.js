// What opens over the page, and whether the page is seen.

import { tellServer } from '../server.js';
import { nothingFocused } from './focus.js';

// Closes a popup when the pointer goes down elsewhere, keeps it inside the window, and gives the focus back to where it came from.
export function popup(element, server) {
  const owner = nothingFocused() ? element.parentElement?.querySelector('[data-popup-owner][aria-expanded=true]') ?? element.parentElement?.querySelector('[data-popup-owner]') : document.activeElement;
  const box = element.getBoundingClientRect();
  const isDocked = element.classList.contains('over'); // it has its place at the window's edge
  if (!isDocked && box.right > innerWidth - 8) element.style.left = `${element.offsetLeft - (box.right - innerWidth + 8)}px`;
  if (!isDocked && box.bottom > innerHeight - 8) element.style.top = `${Math.max(8, element.offsetTop - (box.bottom - innerHeight + 8))}px`;
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
