// Numbers under the pointer follow the rules of the tables (Display/Format.cs).
const space = '\u00a0';
const digits = value => {
  const rounded = value === 0 ? 0 : +value.toPrecision(3);
  return rounded >= 99.95 ? value.toFixed(0) : rounded >= 9.995 ? value.toFixed(1) : rounded >= 0.9995 ? value.toFixed(2) : `${+value.toPrecision(3)}`;
};
/** A number's text with commas. The browser's own way costs 60 ms when it is first asked for. */
export const grouped = text => {
  const [whole, rest] = String(text).split('.');
  return whole.replace(/\B(?=(\d{3})+$)/g, ',') + (rest === undefined ? '' : `.${rest}`);
};
export const full = value => Number.isInteger(value) || value >= 1000 ? grouped(Math.round(value)) : digits(value);
const minus = (value, format) => value < 0 ? `\u2212${format(-value)}` : format(value);
export const share = value => value > 0 && value < 0.005 ? `<0.1${space}%` : `${value < 9.995 ? value.toFixed(2) : value.toFixed(1)}${space}%`;
const pair = (value, size, large, small) => `${Math.floor(value / size)}${space}${large}${value % size ? `${space}${value % size}${space}${small}` : ''}`;

export function duration(ms) {
  const rounded = +ms.toPrecision(3);
  if (ms === 0) return `0${space}ms`;
  if (rounded < 0.001) return `${digits(ms * 1e6)}${space}ns`;
  if (rounded < 1) return `${digits(ms * 1000)}${space}µs`;
  if (rounded < 1000) return `${digits(ms)}${space}ms`;
  if (rounded < 100000) return `${digits(ms / 1000)}${space}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return pair(seconds, 60, 'min', 's');
  const minutes = Math.round(seconds / 60);
  return minutes < 1440 ? pair(minutes, 60, 'h', 'min') : pair(Math.round(minutes / 60), 24, 'd', 'h');
}

function large(value, units) {
  let index = 0;
  while (index < units.length - 1 && +value.toPrecision(3) >= 1000) { value /= 1000; index++; }
  return `${index === 0 ? full(value) : digits(value)}${units[index] ? space + units[index] : ''}`;
}

export function number(value, unit) {
  return minus(value, v => {
    switch (unit) {
      case 'Nanoseconds': return duration(v / 1e6);
      case 'Microseconds': return duration(v / 1e3);
      case 'Milliseconds': return duration(v);
      case 'Seconds': return duration(v * 1e3);
      case 'Bytes': return large(v, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);
      case 'Percent': return share(v);
      default: return v < 999999.5 ? full(v) : large(v, ['', 'k', 'M', 'G', 'T']);
    }
  });
}

const clocks = new Map();
export function clock(ms, model, withSeconds) {
  const style = model.stepMs < 1000 ? 3 : withSeconds || model.stepMs < 60000 ? 2 : 1;
  const days = model.endMs - model.startMs > 86400000;
  const key = `${model.zone} ${style} ${days}`;
  if (!clocks.has(key)) {
    clocks.set(key, new Intl.DateTimeFormat('en-GB', {
      timeZone: model.zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(style > 1 ? { second: '2-digit' } : {}), ...(style > 2 ? { fractionalSecondDigits: 3 } : {}),
      ...(days ? { day: 'numeric', month: 'short' } : {})
    }));
  }
  return clocks.get(key).format(ms);
}
