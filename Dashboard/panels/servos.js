// A bar for each actuator: its limits, where it is told to be and where it is.

import { element, keep, setText } from '../dom.js';

const hotCelsius = 65;
const degrees = 180 / Math.PI;

export class ServosPanel {
  constructor(root) {
    this.bars = root.querySelector('.bars');
    this.empty = root.querySelector('.servos .empty');
  }

  update(robot) {
    this.empty.hidden = robot.info.length > 0;
    const saysMore = [...robot.actuators.values()].some(({ load, temperature }) => load !== null || temperature !== null);
    this.bars.classList.toggle('says-more', saysMore);
    keep(this.bars, robot.info, ({ name }) => name, (each) => this.make(each),
      (bar, each) => this.place(bar, each, robot.actuators.get(each.name) ?? {}));
  }

  make({ name }) {
    const track = element('div', { className: 'track' },
      ...['fill', 'neutral', 'target', 'present'].map((className) => element('i', { className })));
    track.setAttribute('role', 'meter');
    track.setAttribute('aria-label', name);
    return element('li', {}, element('span', { className: 'name', textContent: name, title: name }), track,
      element('span', { className: 'value' }));
  }

  place(bar, { unit, lower, upper, neutral }, { target = null, present = null, load = null, temperature = null }) {
    const [, track, value] = bar.children;
    const [fill, neutralMark, targetMark, presentMark] = track.children;
    const hasRange = lower !== null && upper !== null && upper > lower;
    const share = (position) => Math.min(Math.max((position - lower) / (upper - lower), 0), 1);
    const mark = (item, position) => {
      item.hidden = position === null || !hasRange;
      if (!item.hidden) item.style.left = `${share(position) * 100}%`;
    };
    mark(neutralMark, neutral);
    mark(targetMark, target);
    mark(presentMark, present);
    fill.hidden = target === null || !hasRange;
    if (!fill.hidden) {
      const [from, to] = [share(neutral ?? lower), share(target)].sort((one, other) => one - other);
      fill.style.left = `${from * 100}%`;
      fill.style.right = `${(1 - to) * 100}%`;
    }
    const shown = (position) => (unit === 'rad' ? `${(position * degrees).toFixed(1).replace(/^-(0\.0)$/, '$1')}°` : `${Number(position.toPrecision(3))} ${unit}`);
    const parts = [target === null ? '' : shown(target)];
    if (load !== null) parts.push(`${Math.round(load * 100)} %`);
    if (temperature !== null) parts.push(`${Math.round(temperature)} °C`);
    setText(value, parts.filter(Boolean).join(' · '));
    bar.classList.toggle('hot', temperature !== null && temperature >= hotCelsius);
    const margin = hasRange ? (upper - lower) * 0.005 : 0;
    bar.classList.toggle('at-limit', hasRange && target !== null && (target >= upper - margin || target <= lower + margin));
    if (hasRange) {
      bar.title = `${shown(lower)} to ${shown(upper)}`;
      track.setAttribute('aria-valuemin', lower);
      track.setAttribute('aria-valuemax', upper);
      track.setAttribute('aria-valuenow', target ?? neutral ?? lower);
      track.setAttribute('aria-valuetext', target === null ? 'unknown' : `${shown(target)} of ${shown(lower)} to ${shown(upper)}`);
    }
  }
}
