// Starts Blazor and keeps the page honest about its connection: a bar while it is lost, a reload at the same URL when the
// server no longer knows the circuit. The URL is the whole state, so a reload loses nothing.
(() => {
  // What the server calls before anything can be seen, by names: to import a module first takes another way to the browser and back.
  // Keys work as soon as there is anything to be seen.
  const ui = import('./ui.js').then(module => { module.start(); return module; });
  window.explorer = {
    start: async () => (await ui).start(),
    board: async (root, server) => (await import('./chart.js')).board(root, server)
  };

  const bar = document.getElementById('connection');
  let lost = false;
  const wait = ms => new Promise(done => setTimeout(done, ms));

  async function reconnect() {
    for (let attempt = 1; lost; attempt++) {
      bar.textContent = `Connection lost: reconnecting, attempt ${attempt}`;
      bar.hidden = false;
      try {
        if (await Blazor.reconnect() === false) { location.reload(); return; }
        lost = false;
      } catch {
        await wait(Math.min(5000, 250 * 2 ** Math.min(attempt, 6)));
      }
    }
    bar.hidden = true;
  }

  Blazor.start({
    circuit: {
      reconnectionHandler: {
        onConnectionDown: () => { if (!lost) { lost = true; reconnect(); } },
        onConnectionUp: () => { lost = false; bar.hidden = true; }
      }
    }
  }).catch(error => {
    console.error(error);
    const again = Object.assign(document.createElement('a'), { href: '', textContent: 'Load it again' });
    bar.replaceChildren('The page could not connect to its server.\u00a0', again);
    bar.hidden = false;
  });
})();
