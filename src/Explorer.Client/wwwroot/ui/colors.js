// The colours of a condition while it is typed. The server reads the text; here its words are only told apart.

const longest = 4000; // a longer text is shown without colours
const words = /"(?:[^"\\]|\\.)*"?|`(?:[^`]|``)*`?|[-+]?\d[\w.]*|[\p{L}_@$][\p{L}\p{N}_.@$/-]*|[=!<>~]+|\s+|./gu;
const operators = /^(?:and|or|not|in|not-in|where|exists|contains|matches|as|asc|desc|(?:does-not-)?(?:exist|contain|match|start-with|end-with)|starts-with|ends-with)$/i;
const constants = /^(?:true|false|null)$/i;

function kindOf(word, behind) {
  if (word[0] === '"') return 'v';
  if (/^[-+]?\d/.test(word) || constants.test(word)) return 'n';
  if (/^[=!<>~(),]/.test(word) || operators.test(word)) return 'op';
  return behind === '(' ? 'fn' : '';
}

/** Fills an element with a text in its colours. */
export function paint(element, text) {
  element.replaceChildren();
  if (text.length > longest) { element.textContent = text; return; }
  for (const match of text.matchAll(words)) {
    const kind = kindOf(match[0], text[match.index + match[0].length]);
    if (!kind) { element.append(match[0]); continue; }
    const part = document.createElement('span');
    part.className = kind;
    part.textContent = match[0];
    element.append(part);
  }
}
