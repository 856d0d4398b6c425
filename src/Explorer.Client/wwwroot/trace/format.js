import { duration, grouped } from '../charts/format.js';

export { duration };
const space = '\u00a0', minus = '\u2212';

/** Nanoseconds as a person reads them. */
export const length = ns => ns < 0 ? minus + duration(-ns / 1e6) : duration(ns / 1e6);
export const offset = ns => ns < 0 ? length(ns) : `+${length(ns)}`;
export const count = grouped;
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
export const percent = share => share > 0 && share < 0.01 ? `<1${space}%` : `${Math.round(share * 100)}${space}%`;

/** Steps of an axis in seconds, from a minute up. */
const longSteps = [60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400];

/** Ticks between two times, nanoseconds, as many as have room: at 1, 2 or 5 times a power of ten with one unit for all, of minutes, hours and days where these are the measure. */
export function ticks(from, to, most) {
  const rough = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)));
  const short = power * ([1, 2, 5, 10].find(factor => power * factor >= rough * 0.8) ?? 10);
  const step = short < 50e9 ? short : (longSteps.find(seconds => seconds * 1e9 >= rough * 0.8) ?? Math.ceil(rough / 86400e9) * 86400) * 1e9;
  const list = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to && list.length <= most + 1; i++) list.push({ at: i * step, text: i === 0 ? '0' : tick(i * step, step) });
  return list;
}

function tick(ns, step) {
  if (step >= 60e9) return ns === 60e9 ? `1${space}min` : length(ns);
  const [size, unit] = step >= 1e9 ? [1e9, 's'] : step >= 1e6 && ns < 1e9 ? [1e6, 'ms'] : step >= 1e6 ? [1e9, 's'] : step >= 1e3 ? [1e6, 'ms'] : [1e3, 'µs'];
  const digits = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
  return `${grouped((ns / size).toFixed(digits))}${space}${unit}`;
}
