// Traces from files: chosen, or dropped anywhere on the page.

/**
 * Takes files until the signal ends it.
 * @param root gets the class `dropping` while a file is over the page
 * @param opened is told the id of the file's trace, and how many traces there are
 * @param refused is told why a file cannot be opened
 */
export function takeFiles(root, input, signal, opened, refused) {
  const open = async file => {
    const response = await fetch('/api/v1/traces/open', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: file }).catch(error => ({ ok: false, json: async () => ({ detail: error.message }) }));
    const answer = await response.json().catch(() => ({ detail: `The server answered ${response.status}.` }));
    if (response.ok) opened(answer.traces[0].id, answer.traces.length + answer.left_out);
    else refused(answer.detail ?? 'The file cannot be read.');
  };
  input?.addEventListener('change', event => { if (event.target.files[0]) open(event.target.files[0]); event.target.value = ''; }, { signal });
  document.addEventListener('dragover', event => { if ([...event.dataTransfer.types].includes('Files')) { event.preventDefault(); root.classList.add('dropping'); } }, { signal });
  document.addEventListener('dragleave', event => { if (!event.relatedTarget) root.classList.remove('dropping'); }, { signal });
  document.addEventListener('drop', event => {
    root.classList.remove('dropping');
    if (!event.dataTransfer.files[0]) return;
    event.preventDefault();
    open(event.dataTransfer.files[0]);
  }, { signal });
}
