// The trace of the address, fetched and drawn at once. Blazor's page comes later, is drawn around it and takes it over; a page that never comes
// leaves a trace that can be read.

import { summary, View } from './view.js';

const frame = document.getElementById('opening');
let opened = frame ? open(frame) : null;

function open(frame) {
  const part = name => frame.querySelector(`[data-part="${name}"]`);
  const view = new View(part('waterfall'), JSON.parse(frame.dataset.options));
  const later = frame.dataset.later.split(' ');
  view.first.catch(() => { /* the page says so */ }).finally(() => later.forEach(preload));
  view.first.then(model => { if (frame.isConnected) summary(model, part('summary'), part('notes')); }, () => { /* the page says so */ });
  // Before anything is painted, what is drawn moves to its place in the page.
  const arrival = new MutationObserver(() => {
    const host = [...document.querySelectorAll('.trace-page [data-part="waterfall"]')].find(element => !frame.contains(element));
    if (!host) return;
    arrival.disconnect();
    view.waterfall.moveTo(host);
    frame.remove();
  });
  arrival.observe(document.body, { childList: true, subtree: true });
  return view;
}

function preload(module) {
  const link = document.createElement('link');
  link.rel = 'modulepreload';
  link.href = module;
  document.head.append(link);
}

/** The view of a trace that is open already; null when none is. It is given once. */
export function take(traceId) {
  const view = opened;
  opened = null;
  if (!view) return null;
  document.getElementById('opening')?.remove();
  if (view.options.traceId === traceId) return view;
  view.dispose();
  return null;
}
