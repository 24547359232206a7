// A plot of a few series over the last minutes on a canvas, with the value under the pointer in its caption.

const mostMinutes = 5;

/** The first of 1, 2, 5 times a power of ten that is not below `value`. */
function roundUp(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((step) => step * power >= value * 0.999) * power;
}

export class Plot {
  /** `series`: `{ label, value(figures) }`; with `isLogarithmic` each step up is ten times as much. */
  constructor(host, title, unit, series, { isLogarithmic = false } = {}) {
    this.unit = unit;
    this.isLogarithmic = isLogarithmic;
    this.series = series;
    this.figure = document.createElement('figure');
    this.canvas = document.createElement('canvas');
    this.canvas.setAttribute('role', 'img');
    this.caption = document.createElement('figcaption');
    const name = document.createElement('strong');
    name.textContent = `${title}, ${unit}`;
    this.title = title;
    this.caption.append(name);
    this.readings = series.map(({ label }, index) => {
      const reading = document.createElement('span');
      const swatch = document.createElement('i');
      swatch.className = `line-${index + 1}`;
      const words = document.createElement('span');
      reading.append(swatch, words);
      reading.label = label;
      reading.words = words;
      this.caption.append(reading);
      return reading;
    });
    this.figure.append(this.caption, this.canvas);
    host.append(this.figure);
    this.pointer = null;
    this.canvas.addEventListener('pointermove', (event) => { this.pointer = event.offsetX; this.redraw(); });
    this.canvas.addEventListener('pointerleave', () => { this.pointer = null; this.redraw(); });
  }

  redraw() { if (this.history) this.draw(this.history, performance.now()); }

  draw(history, now) {
    this.history = history;
    const drawn = history.some(({ figures }) => this.series.some(({ value }) => value(figures) !== null));
    this.figure.hidden = !drawn;
    if (!drawn) return;
    const { canvas } = this;
    const [wide, high] = [canvas.clientWidth, canvas.clientHeight];
    if (wide === 0) return;
    const scale = devicePixelRatio;
    if (canvas.width !== Math.round(wide * scale) || canvas.height !== Math.round(high * scale)) {
      [canvas.width, canvas.height] = [Math.round(wide * scale), Math.round(high * scale)];
    }
    const context = canvas.getContext('2d');
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.clearRect(0, 0, wide, high);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    const [left, right, top, bottom] = [44, 8, 8, 20];
    const values = history.flatMap(({ figures }) => this.series.map(({ value }) => value(figures) ?? 0));
    const { y, steps } = this.scale(Math.max(...values, 1e-3), (share) => top + (high - top - bottom) * (1 - share));
    const minutes = Math.min(Math.max(Math.ceil((now - history[0].at) / 60000), 1), mostMinutes);
    const x = (at) => left + (wide - left - right) * (1 - (now - at) / (minutes * 60000));

    context.font = `11px ${style.fontFamily}`;
    context.lineWidth = 1;
    for (const value of steps) {
      context.strokeStyle = colour('--edge');
      context.beginPath();
      context.moveTo(left, y(value));
      context.lineTo(wide - right, y(value));
      context.stroke();
      context.fillStyle = colour('--soft');
      context.textAlign = 'right';
      context.fillText(number(value), left - 6, y(value) + 4);
    }
    for (let minute = 0; minute <= minutes; minute += wide < 420 ? minutes : 1) {
      context.textAlign = minute === 0 ? 'right' : minute === minutes ? 'left' : 'center';
      context.fillText(minute === 0 ? 'now' : `−${minute} min`, x(now - minute * 60000), high - 5);
    }
    this.series.forEach(({ value }, index) => {
      context.strokeStyle = colour(`--line-${index + 1}`);
      context.lineWidth = 1.8;
      context.beginPath();
      let last = null;
      for (const { at, figures } of history) {
        const each = value(figures);
        // A gap where nothing came for five seconds.
        if (each === null) { last = null; continue; }
        if (last === null || at - last > 5000) context.moveTo(x(at), y(each));
        else context.lineTo(x(at), y(each));
        last = at;
      }
      context.stroke();
    });
    const shown = this.pointer === null ? history[history.length - 1] : this.nearest(history, this.pointer, x);
    if (this.pointer !== null) {
      context.strokeStyle = colour('--soft');
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x(shown.at), top);
      context.lineTo(x(shown.at), high - bottom);
      context.stroke();
    }
    const texts = this.readings.map((reading, index) => {
      const value = this.series[index].value(shown.figures);
      reading.hidden = value === null;
      return reading.words.textContent = `${reading.label} ${value === null ? 'unknown' : number(value)}`;
    });
    canvas.setAttribute('aria-label', `${this.title} over the last ${minutes} minutes, in ${this.unit}; now ${texts.join(', ')}`);
  }

  /** Where values lie, and those that get a line. `place` takes a share of the height. */
  scale(largest, place) {
    if (!this.isLogarithmic) {
      const most = roundUp(largest * 1.05);
      return { y: (value) => place(value / most), steps: [0, most / 2, most] };
    }
    const decades = Math.max(Math.ceil(Math.log10(largest * 1.05)), 2);
    return {
      y: (value) => place(Math.log10(Math.max(value, 1)) / decades),
      steps: Array.from({ length: decades + 1 }, (_, power) => 10 ** power),
    };
  }

  nearest(history, pointer, x) {
    return history.reduce((best, each) => (Math.abs(x(each.at) - pointer) < Math.abs(x(best.at) - pointer) ? each : best));
  }
}

/** A number in at most four figures. */
export function number(value) {
  const size = Math.abs(value);
  return size >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
