// A wall of robots: a tile each, those in trouble first. Only tiles in sight are drawn and fetch their faces.

import { keep, setText } from './dom.js';
import { FaceCanvas } from './face.js';

// So many faces at 10 Hz a page takes on; the rest show their state alone.
const mostFaces = 36;
const orderMilliseconds = 500;

export class WallView {
  constructor(host, fleet, command) {
    this.fleet = fleet;
    this.command = command;
    host.replaceChildren(document.querySelector('#wall-view').content.cloneNode(true));
    this.count = host.querySelector('#wall-count');
    this.filter = host.querySelector('#wall-filter');
    this.search = host.querySelector('#wall-search');
    this.list = host.querySelector('.wall');
    this.tiles = new Map();
    this.inSight = new Set();
    this.live = new Set();
    this.orderedAt = -Infinity;
    this.sight = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) this.inSight.add(target.dataset.key);
        else this.inSight.delete(target.dataset.key);
      }
      this.chooseLive();
    }, { rootMargin: '80px' });
    for (const field of [this.filter, this.search]) field.addEventListener('input', () => { this.orderedAt = -Infinity; });
    fleet.watchAll(true);
  }

  close() {
    this.sight.disconnect();
    for (const id of this.live) this.fleet.unwatch(id, ['face']);
    this.fleet.watchAll(false);
  }

  restyle() { for (const { canvas } of this.tiles.values()) canvas.restyle(); }

  draw(now) {
    if (now - this.orderedAt > orderMilliseconds) {
      this.orderedAt = now;
      this.order();
    }
    for (const id of this.live) this.tiles.get(id)?.canvas.draw(this.fleet.robot(id).face, now);
  }

  order() {
    // A robot that was only asked for by name and never spoke is not there.
    const all = [...this.fleet.robots.values()].filter(({ availability, lastHeard }) => availability || lastHeard);
    const wanted = this.search.value.trim().toLowerCase();
    const rank = (robot) => (robot.trouble ? 0 : robot.isOnline ? 1 : 2);
    const shown = all
      .filter((robot) => (this.filter.value === 'trouble' ? robot.trouble : this.filter.value === 'online' ? robot.isOnline : true))
      .filter(({ id }) => id.toLowerCase().includes(wanted))
      .sort((one, other) => rank(one) - rank(other) || one.id.localeCompare(other.id, 'en', { numeric: true }));
    const online = all.filter((robot) => robot.isOnline).length;
    const troubled = all.filter((robot) => robot.trouble).length;
    setText(this.count, all.length === 0 ? 'No robot has spoken on this broker yet.'
      : `${all.length} ${all.length === 1 ? 'robot' : 'robots'}, ${online} online, ${troubled} with trouble`);
    keep(this.list, shown, ({ id }) => id, (robot) => this.make(robot), (tile, robot) => this.update(tile, robot));
    const ids = new Set(shown.map(({ id }) => id));
    for (const [id, { item }] of this.tiles) {
      if (ids.has(id)) continue;
      this.sight.unobserve(item);
      this.inSight.delete(id);
      this.tiles.delete(id);
    }
    this.chooseLive();
  }

  make({ id }) {
    const item = document.querySelector('#wall-tile').content.firstElementChild.cloneNode(true);
    item.dataset.key = id;
    item.querySelector('a').href = `#robot=${encodeURIComponent(id)}`;
    item.querySelector('.name').textContent = id;
    item.querySelector('canvas').setAttribute('aria-label', `${id}'s face`);
    const stop = item.querySelector('button');
    stop.setAttribute('aria-label', `Emergency stop of ${id}`);
    stop.addEventListener('click', () => this.command(id, 'emergency_stop', {}, `${id}: emergency stop sent`));
    this.tiles.set(id, { item, canvas: new FaceCanvas(item.querySelector('canvas')) });
    this.sight.observe(item);
    return item;
  }

  update(item, robot) {
    const { state, trouble, revisions } = robot;
    // Five hundred tiles twice a second: only those that have news are touched.
    const seen = `${revisions.state} ${revisions.availability}`;
    if (item.seen === seen) return;
    item.seen = seen;
    item.classList.toggle('trouble', Boolean(trouble));
    item.classList.toggle('offline', !robot.isOnline);
    setText(item.querySelector('.tile-state'), trouble ?? (robot.isOnline ? String(state.driver ?? 'online') : 'offline'));
    const facts = [];
    if (state.person_present === true) facts.push('with a person');
    if (state.late_ticks > 0) facts.push(`${state.late_ticks} late ticks`);
    if (typeof state.temperature_max_c === 'number') facts.push(`${Math.round(state.temperature_max_c)} °C`);
    setText(item.querySelector('.tile-facts'), facts.join(', '));
  }

  chooseLive() {
    const wanted = new Set([...this.inSight].filter((id) => this.fleet.robot(id).isOnline).slice(0, mostFaces));
    for (const id of this.live) if (!wanted.has(id)) this.fleet.unwatch(id, ['face']);
    for (const id of wanted) if (!this.live.has(id)) this.fleet.watch(id, ['face']);
    this.live = wanted;
  }
}
