// The theme after the first paint; theme.js beside ui.js sets it before.

import { recall, remember } from './memory.js';

const light = matchMedia('(prefers-color-scheme: light)');
let follows = !isTheme(recall('theme'));

/** 'dark' or 'light'; anything else is what the system has, now and when it changes. */
export function setTheme(theme) {
  follows = !isTheme(theme);
  remember('theme', follows ? '' : theme);
  show(follows ? ofSystem() : theme);
}

export function toggleTheme() {
  setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');
}

function isTheme(theme) {
  return theme === 'dark' || theme === 'light';
}

const ofSystem = () => light.matches ? 'light' : 'dark';
const show = theme => { document.documentElement.dataset.theme = theme; };
light.addEventListener('change', () => { if (follows) show(ofSystem()); });
