// Where a trace comes from.

import { Model } from './model.js';

/** The server's side of one trace. */
export class Source {
  /** @param options traceId, time (RFC 3339 or null), columns; address: that of the first answer, when the page has asked for it already. */
  constructor(options, signal) {
    Object.assign(this, { options, signal });
    this.address = options.address;
  }

  /** The trace, or null when it still has `after` events. */
  async waterfall(after) {
    const address = this.address ?? this.#address('waterfall', { column: this.options.columns, ...(after ? { after } : {}) });
    this.address = null;
    const response = await fetch(address, { signal: this.signal });
    if (response.status === 204) return null;
    if (!response.ok) throw Object.assign(new Error((await response.json().catch(() => null))?.detail ?? `The server answered ${response.status}.`), { status: response.status });
    return new Model(columnsOf(await response.arrayBuffer()));
  }

  /** What is found in the trace. A condition that is none is told by `fault`. */
  async search(text, signal) {
    const response = await fetch(this.#address('search', { q: text }), { signal });
    const answer = await response.json();
    return response.ok ? { spans: answer.spans, logs: answer.logs, isCut: answer.cut === true } : { spans: [], logs: [], isCut: false, fault: answer.errors?.[0]?.message ?? answer.detail ?? '' };
  }

  #address(what, parameters) {
    const query = new URLSearchParams();
    if (this.options.time) query.set('time', this.options.time);
    for (const [name, value] of Object.entries(parameters)) for (const one of [value].flat()) query.append(name, one);
    return `/api/v1/traces/${encodeURIComponent(this.options.traceId)}/${what}?${query}`;
  }
}

const types = { u8: Uint8Array, i32: Int32Array, f64: Float64Array };

/** Reads a trace's columns where they lie: the length of the head, the head, then each column at a multiple of eight bytes. */
export function columnsOf(buffer) {
  const size = new DataView(buffer).getInt32(0, true);
  const answer = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  let at = 4 + size;
  for (const [name, type, count] of answer.arrays) {
    answer[name] = new types[type](buffer, at, count);
    at += Math.ceil(answer[name].byteLength / 8) * 8;
  }
  answer.columns = answer.columns.map((name, i) => ({ name, values: answer[`column${i}`] }));
  return answer;
}
