// A trace in columns, as source.js reads them, and which of its rows are shown. No DOM here.

export const span = 0, log = 1, missing = 2;
const error = 1, cycle = 2, duplicate = 4, negative = 8;
/** Numbers of a repeat in the answer: parent, first, count, total, start, end, errors. */
const repeatWidth = 7;
/** Of a mark: node, kind, time, text. Of a stretch of the path: node, start, end. */
const markWidth = 4, pathWidth = 3;

// Lists by owner: those of owner o stand from starts[o + 1] to starts[o + 2]; o is -1 for none.
function group(owners, count) {
  const starts = new Int32Array(count + 2), members = new Int32Array(owners.length);
  if (owners.length === 0) return { starts, members };
  for (let i = 0; i < owners.length; i++) if (owners[i] + 2 < starts.length) starts[owners[i] + 2]++;
  for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
  const next = starts.slice();
  for (let i = 0; i < owners.length; i++) members[next[owners[i] + 1]++] = i;
  return { starts, members };
}

/** Where the entries of a node stand in a list of entries of a width that is ordered by node: the first, and the one behind the last. */
function placesOf(list, width, node) {
  const from = firstAt(list, width, node);
  let to = from;
  while (to * width < list.length && list[to * width] === node) to++;
  return [from, to];
}

function firstAt(list, width, node) {
  let low = 0, high = list.length / width;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle * width] < node) low = middle + 1; else high = middle;
  }
  return low;
}

export class Model {
  #byId = null;
  #members = null;
  #pathsOfRepeats = new Map();

  constructor(answer) {
    Object.assign(this, answer);
    this.count = answer.ids.length;
    this.#levels();
    this.repeatCount = this.repeats.length / repeatWidth;
    this.skewOf = new Map();
    for (let i = 0; i < answer.skew.length; i += 2) this.skewOf.set(answer.skew[i], answer.skew[i + 1]);
    this.colors = new Uint8Array(answer.texts.length);
    for (const { service, color } of this.legend) this.colors[service] = color;
  }

  // Nodes stand depth first: what is below a node follows it, and ends where its own end says.
  #levels() {
    const { count, parents } = this, depths = new Int32Array(count), ends = new Int32Array(count);
    for (let i = 0; i < count; i++) depths[i] = parents[i] < 0 ? 0 : depths[parents[i]] + 1;
    for (let i = count - 1; i >= 0; i--) {
      if (ends[i] === 0) ends[i] = i + 1;
      if (parents[i] >= 0 && ends[parents[i]] < ends[i]) ends[parents[i]] = ends[i];
    }
    Object.assign(this, { depths, ends });
  }

  /** Spans by their ids; of several with one id, the one that has the children. */
  get byId() {
    if (this.#byId) return this.#byId;
    this.#byId = new Map();
    for (let i = 0; i < this.count; i++) if (this.kinds[i] === span && !this.isDuplicate(i)) this.#byId.set(this.ids[i], i);
    return this.#byId;
  }

  text(list, node) { return this.texts[list[node]]; }
  name(node) { return this.texts[this.names[node]]; }
  service(node) { return this.texts[this.services[node]]; }
  color(node) { return this.colors[this.services[node]]; }
  isError(node) { return (this.flags[node] & error) !== 0; }
  isCycle(node) { return (this.flags[node] & cycle) !== 0; }
  isDuplicate(node) { return (this.flags[node] & duplicate) !== 0; }
  isNegative(node) { return (this.flags[node] & negative) !== 0; }
  end(node) { return this.starts[node] + Math.max(0, this.durations[node]); }
  /** Nodes below a node at any depth. */
  below(node) { return this.ends[node] - node - 1; }
  hasChildren(node) { return this.ends[node] > node + 1; }
  /** The nodes directly below a node, those at the top for -1. */
  childrenOf(node) {
    const list = [], end = node < 0 ? this.count : this.ends[node];
    for (let child = node + 1; child < end; child = this.ends[child]) list.push(child);
    return list;
  }
  membersOf(repeat) {
    const { starts, members } = this.#members ??= group(this.repeat_of, this.repeatCount);
    return members.subarray(starts[repeat + 1], starts[repeat + 2]);
  }
  /** Where the marks of a node stand among the marks: from, and up to. */
  marksAt(node) { return placesOf(this.marks, markWidth, node); }
  mark(place) { const at = place * markWidth; return { isLink: this.marks[at + 1] === 1, at: this.marks[at + 2], text: this.texts[this.marks[at + 3]] }; }
  /** Stretches of the critical path by time, each its start and its end: those of a node. */
  pathAt(node) {
    const [from, to] = placesOf(this.path, pathWidth, node), stretches = [];
    for (let i = from; i < to; i++) stretches.push(this.path[i * pathWidth + 1], this.path[i * pathWidth + 2]);
    return stretches;
  }
  /** Those of the members of a repeat, which follow each other. */
  pathAtRepeat(repeat) {
    let stretches = this.#pathsOfRepeats.get(repeat);
    if (!stretches) this.#pathsOfRepeats.set(repeat, stretches = [...this.membersOf(repeat)].flatMap(node => this.pathAt(node)));
    return stretches;
  }
  repeat(index) {
    const at = index * repeatWidth, numbers = this.repeats;
    return { parent: numbers[at], first: numbers[at + 1], count: numbers[at + 2], total: numbers[at + 3], start: numbers[at + 4], end: numbers[at + 5], errors: numbers[at + 6] };
  }
  /** True for a call that nothing on the other side tells of. */
  isPeer(node) { return this.kinds[node] === span && this.text(this.span_kinds, node) === 'client' && this.peers[node] >= 0 && this.text(this.peers, node) !== '' && !this.hasChildren(node); }
}

/** Which rows are shown: what is collapsed, which repeats are open. A row is a node, or -1 - r for the repeat r. */
export class Rows {
  constructor(model, before, folds) {
    this.model = model;
    this.folds = before?.folds ?? folds;
    this.collapsed = new Uint8Array(model.count);
    this.opened = new Uint8Array(model.repeatCount);
    if (before) this.#takeOver(before);
    this.update();
  }

  // What a person collapsed and opened stays when spans arrive; what has no id cannot be told again.
  #takeOver(before) {
    for (let i = 0; i < before.model.count; i++) {
      if (!before.collapsed[i]) continue;
      const now = this.model.byId.get(before.model.ids[i]);
      if (now !== undefined) this.collapsed[now] = 1;
    }
    for (let r = 0; r < before.opened.length; r++) {
      if (!before.opened[r]) continue;
      const now = this.model.byId.get(before.model.ids[before.model.repeat(r).first]);
      if (now !== undefined && this.model.repeat_of[now] >= 0) this.opened[this.model.repeat_of[now]] = 1;
    }
  }

  /** Works out the rows anew. */
  update() {
    const { model } = this;
    const size = model.count + model.repeatCount;
    const list = new Int32Array(size), levels = new Int32Array(size), places = new Int32Array(size), siblings = new Int32Array(size);
    this.rowOf = new Int32Array(model.count).fill(-1);
    this.rowOfRepeat = new Int32Array(model.repeatCount).fill(-1);
    const stack = new Int32Array(size + 1), depths = new Int32Array(size + 1), waiting = new Int32Array(size + 1), groups = new Int32Array(size + 1);
    let top = 0, count = 0;
    const push = (children, depth, inRepeat) => {
      const below = top;
      for (let i = children.length - 1; i >= 0; i--) {
        const child = children[i], repeat = model.repeat_of[child];
        const folded = this.folds && repeat >= 0 && !inRepeat;
        if (folded && model.repeats[repeat * repeatWidth + 1] !== child) continue;
        stack[top] = folded ? -1 - repeat : child;
        depths[top++] = depth;
      }
      for (let i = below; i < top; i++) { waiting[i] = top - i; groups[i] = top - below; }
    };
    push(model.childrenOf(-1), 0, false);
    while (top > 0) {
      const row = stack[--top], depth = depths[top];
      if (row >= 0) this.rowOf[row] = count; else this.rowOfRepeat[-1 - row] = count;
      list[count] = row;
      places[count] = waiting[top];
      siblings[count] = groups[top];
      levels[count++] = depth;
      if (row < 0) { if (this.opened[-1 - row]) push(model.membersOf(-1 - row), depth + 1, true); }
      else if (!this.collapsed[row]) push(model.childrenOf(row), depth + 1, false);
    }
    this.list = list.subarray(0, count);
    this.levels = levels.subarray(0, count);
    // Of each row: which one of how many siblings that are shown.
    Object.assign(this, { places, siblings });
  }

  get count() { return this.list.length; }
  isOpen(row) { return row < 0 ? this.opened[-1 - row] === 1 : this.collapsed[row] === 0; }
  canFold(row) { return row < 0 || this.model.hasChildren(row); }

  set(row, open) {
    if (row < 0) this.opened[-1 - row] = open ? 1 : 0; else this.collapsed[row] = open ? 0 : 1;
  }

  /** Opens or closes everything below a row, and the row. */
  setSubtree(row, open) {
    if (row < 0) {
      this.set(row, open);
      for (const member of this.model.membersOf(-1 - row)) this.setSubtree(member, open);
      return;
    }
    for (let i = row; i < this.model.ends[row]; i++) {
      if (this.model.hasChildren(i)) this.set(i, open);
      if (i > row && this.model.repeat_of[i] >= 0) this.opened[this.model.repeat_of[i]] = open ? 1 : 0;
    }
  }

  /** Opens everything above a level and closes what is on it. */
  setLevel(level) {
    for (let i = 0; i < this.model.count; i++) this.collapsed[i] = this.model.hasChildren(i) && this.model.depths[i] >= level ? 1 : 0;
    this.opened.fill(0);
  }

  setAll(open) {
    for (let i = 0; i < this.model.count; i++) this.collapsed[i] = !open && this.model.hasChildren(i) ? 1 : 0;
    this.opened.fill(open ? 1 : 0);
  }

  /** Opens what hides a node. True when something had to be opened. */
  reveal(node) {
    let changed = false;
    for (let at = node; at >= 0; at = this.model.parents[at]) {
      if (at !== node && this.collapsed[at]) { this.collapsed[at] = 0; changed = true; }
      const repeat = this.model.repeat_of[at];
      if (this.folds && repeat >= 0 && !this.opened[repeat]) { this.opened[repeat] = 1; changed = true; }
    }
    if (changed) this.update();
    return changed;
  }

  /** What the rows leave out: spans in closed repeats, and below what is collapsed. */
  hidden() {
    let folded = 0, folds = 0, collapsed = 0, shown = 0;
    for (const row of this.list) {
      if (row >= 0) { if (this.model.kinds[row] === span) shown++; if (this.collapsed[row]) collapsed++; }
      else if (!this.opened[-1 - row]) { folds++; folded += this.model.repeat(-1 - row).count; }
    }
    return { shown, folded, folds, collapsed };
  }
}
