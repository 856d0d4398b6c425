/** An element with a class, its text or its children. Text is always text, never markup. */
export function make(tag, className = '', ...content) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

/** The value of a design token now. */
export const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Runs once per frame however often it is asked for. */
export function perFrame(work) {
  let asked = 0;
  const run = () => { if (!asked) asked = requestAnimationFrame(() => { asked = 0; work(); }); };
  run.cancel = () => cancelAnimationFrame(asked);
  run.now = () => { cancelAnimationFrame(asked); asked = 0; work(); };
  return run;
}

/** A canvas at the resolution of the screen; null while it has no size. */
export function surface(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  if (!width || !height) return null;
  const scale = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext('2d');
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}
