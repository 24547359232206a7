// What happened, newest first: events and the log.

import { element, keep } from '../dom.js';

const grave = new Set(['emergency_stop', 'script_error', 'limit_violation', 'line_lost', 'error']);
const shown = 120;

export class EventsPanel {
  constructor(root) {
    this.list = root.querySelector('.event-list');
    this.empty = root.querySelector('.events .empty');
  }

  update(robot) {
    this.empty.hidden = robot.events.length > 0;
    keep(this.list, robot.events.slice(0, shown), ({ number }) => number, (event) => this.make(event), () => {});
  }

  make({ name, level, text, seconds, facts }) {
    const kind = grave.has(name) || level === 'error' ? 'bad' : level === 'warning' || name === 'cleared' ? 'warn' : '';
    const said = Object.entries(facts).filter(([, value]) => value !== null && typeof value !== 'object')
      .map(([key, value]) => (key === name ? String(value) : `${key} ${value}`)).join(', ');
    const words = name === 'log' ? text : name.replaceAll('_', ' ') + (said ? `: ${said}` : '');
    return element('li', {},
      element('time', { textContent: seconds === null ? '' : `${seconds.toFixed(1)} s` }),
      element('span', { className: `what ${kind}`, textContent: words.slice(0, 600) }));
  }
}
