// What this browser keeps for the person who uses it.

/** What remember() kept; empty for nothing. */
export function recall(name) {
  try { return (localStorage.getItem(`explorer.${name}`) ?? '').slice(0, 20000); } catch { return ''; /* storage is switched off */ }
}

/** Keeps a choice; an empty one is as none. */
export function remember(name, value) {
  try { localStorage.setItem(`explorer.${name}`, value); } catch { /* storage is switched off: the choice lasts as long as the page */ }
}
