// One robot in full.

import { EventsPanel } from './panels/events.js';
import { FacesPanel } from './panels/faces.js';
import { LayersPanel } from './panels/layers.js';
import { ScriptsPanel } from './panels/scripts.js';
import { ServosPanel } from './panels/servos.js';
import { SteerPanel } from './panels/steer.js';
import { TimingPanel } from './panels/timing.js';

// Which messages a panel draws anew at.
const interests = {
  faces: ['state', 'person'], steer: ['state', 'info'], servos: ['actuators', 'actuators/info'], layers: ['layers'],
  scripts: ['scripts', 'info'], timing: ['scheduler'], events: ['event', 'log'],
};

export class RobotView {
  constructor(host, fleet, id, command) {
    this.fleet = fleet;
    this.id = id;
    host.replaceChildren(document.querySelector('#robot-view').content.cloneNode(true));
    this.panels = {
      faces: new FacesPanel(host), steer: new SteerPanel(host, command), servos: new ServosPanel(host),
      layers: new LayersPanel(host), scripts: new ScriptsPanel(host, command), timing: new TimingPanel(host),
      events: new EventsPanel(host),
    };
    this.drawn = {};
    this.robot = fleet.watch(id);
  }

  close() { this.fleet.unwatch(this.id); }

  restyle() {
    this.panels.faces.restyle();
    this.drawn = {};
  }

  draw(now) {
    const { revisions } = this.robot;
    for (const [name, panel] of Object.entries(this.panels)) {
      const seen = interests[name].map((part) => revisions[part] ?? 0).join();
      if (seen === this.drawn[name]) continue;
      this.drawn[name] = seen;
      panel.update(this.robot);
    }
    this.panels.faces.draw(this.robot, now);
  }
}
