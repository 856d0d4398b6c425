// Runs before the first paint, so that the page never flashes in the other theme.
(() => {
  let theme = null;
  try { theme = localStorage.getItem('explorer.theme'); } catch { /* storage is switched off: follow the system */ }
  if (theme !== 'dark' && theme !== 'light') theme = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark';
  document.documentElement.dataset.theme = theme;
  // Times in the browser's zone come a moment later than those in UTC, which must not be seen first.
  try { if (localStorage.getItem('explorer.zone') === 'local') document.documentElement.dataset.zone = 'local'; } catch { /* UTC */ }
})();
