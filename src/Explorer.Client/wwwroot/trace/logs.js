// The list of a trace's log records.

import { make } from './dom.js';
import { count, offset } from './format.js';
import { log, span } from './model.js';

/** Log records that the list shows. */
const mostLogs = 2_000;

/** Lists the records in the order of their times; a click on one goes to it. */
export function listLogs(host, model, goTo) {
  const nodes = [];
  for (let node = 0; node < model.count; node++) if (model.kinds[node] === log) nodes.push(node);
  nodes.sort((a, b) => model.starts[a] - model.starts[b]);
  const rows = nodes.slice(0, mostLogs).map(node => row(model, node, goTo));
  if (nodes.length > mostLogs) rows.push(make('p', 'dim', `The first ${count(mostLogs)} of ${count(nodes.length)} are listed; all are in the waterfall.`));
  if (nodes.length === 0) rows.push(make('p', 'dim', 'No log record names this trace.'));
  host.replaceChildren(...rows);
}

function row(model, node, goTo) {
  const owner = model.parents[node], status = model.text(model.statuses, node);
  const badge = make('span', `badge ${model.isError(node) ? 'e' : /^warn/i.test(status) ? 'w' : ''}`, status || 'LOG');
  const row = make('button', 'log-row', make('span', 'mono dimmer', offset(model.starts[node])), make('span', '', badge), make('span', 'dim ellipsis', model.service(node)),
    make('span', 'ellipsis', model.name(node)), make('span', 'dimmer ellipsis', owner >= 0 && model.kinds[owner] === span ? model.name(owner) : ''));
  row.type = 'button';
  row.dataset.testid = 'log-row';
  row.title = 'Show it in the waterfall';
  row.addEventListener('click', () => goTo(node));
  return row;
}
