// A trace in columns, as source.js reads them, and which of its rows are shown. No DOM here.

export const span = 0, log = 1, missing = 2;
const error = 1, cycle = 2, duplicate = 4, negative = 8;
/** Numbers of a repeat in the answer: parent, first, count, total, start, end, errors. */
const repeatWidth = 7;

// Lists by owner: those of owner o stand from starts[o + 1] to starts[o + 2]; o is -1 for none.
function group(owners, count) {
  const starts = new Int32Array(count + 2);
  for (const owner of owners) if (owner + 2 < starts.length) starts[owner + 2]++;
  for (let i = 1; i < starts.length; i++) starts[i] += starts[i - 1];
  const next = starts.slice();
  const members = new Int32Array(owners.length);
  for (let i = 0; i < owners.length; i++) members[next[owners[i] + 1]++] = i;
  return { starts, members };
}

const every = (list, width, at) => { const picked = new Int32Array(list.length / width); for (let i = 0; i < picked.length; i++) picked[i] = list[i * width + at]; return picked; };

export class Model {
  constructor(answer) {
    Object.assign(this, answer);
    this.count = answer.ids.length;
    this.children = group(this.parents, this.count);
    this.repeatCount = this.repeats.length / repeatWidth;
    this.repeatMembers = group(this.repeat_of, this.repeatCount);
    this.marksOf = group(every(this.marks, 4, 0), this.count);
    this.pathOf = group(every(this.path, 3, 0), this.count);
    this.skewOf = new Map();
    for (let i = 0; i < answer.skew.length; i += 2) this.skewOf.set(answer.skew[i], answer.skew[i + 1]);
    this.depths = new Int32Array(this.count);
    for (let i = 0; i < this.count; i++) this.depths[i] = this.parents[i] < 0 ? 0 : this.depths[this.parents[i]] + 1;
    this.colors = new Uint8Array(answer.texts.length);
    for (const { service, color } of this.legend) this.colors[service] = color;
    this.byId = new Map();
    for (let i = 0; i < this.count; i++) if (this.kinds[i] === span && !(this.flags[i] & duplicate)) this.byId.set(this.ids[i], i);
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
  hasChildren(node) { return this.children.starts[node + 2] > this.children.starts[node + 1]; }
  childrenOf(node) { return this.children.members.subarray(this.children.starts[node + 1], this.children.starts[node + 2]); }
  membersOf(repeat) { return this.repeatMembers.members.subarray(this.repeatMembers.starts[repeat + 1], this.repeatMembers.starts[repeat + 2]); }
  marksAt(node) { return this.marksOf.members.subarray(this.marksOf.starts[node + 1], this.marksOf.starts[node + 2]); }
  pathAt(node) { return this.pathOf.members.subarray(this.pathOf.starts[node + 1], this.pathOf.starts[node + 2]); }
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
    const list = new Int32Array(size), levels = new Int32Array(size);
    this.rowOf = new Int32Array(model.count).fill(-1);
    this.rowOfRepeat = new Int32Array(model.repeatCount).fill(-1);
    const stack = new Int32Array(size + 1), depths = new Int32Array(size + 1);
    let top = 0, count = 0;
    const push = (children, depth, inRepeat) => {
      for (let i = children.length - 1; i >= 0; i--) {
        const child = children[i], repeat = model.repeat_of[child];
        const folded = this.folds && repeat >= 0 && !inRepeat;
        if (folded && model.repeats[repeat * repeatWidth + 1] !== child) continue;
        stack[top] = folded ? -1 - repeat : child;
        depths[top++] = depth;
      }
    };
    push(model.childrenOf(-1), 0, false);
    while (top > 0) {
      const row = stack[--top], depth = depths[top];
      if (row >= 0) this.rowOf[row] = count; else this.rowOfRepeat[-1 - row] = count;
      list[count] = row;
      levels[count++] = depth;
      if (row < 0) { if (this.opened[-1 - row]) push(model.membersOf(-1 - row), depth + 1, true); }
      else if (!this.collapsed[row]) push(model.childrenOf(row), depth + 1, false);
    }
    this.list = list.subarray(0, count);
    this.levels = levels.subarray(0, count);
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
    const end = this.#endOf(row);
    for (let i = row; i < end; i++) {
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

  // Nodes stand depth first: a subtree ends where the depth comes back.
  #endOf(node) {
    let end = node + 1;
    while (end < this.model.count && this.model.depths[end] > this.model.depths[node]) end++;
    return end;
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
