// The mixer's layers by priority, and who drives each part of the face.

import { element, keep, setFacts, setText } from '../dom.js';

export class LayersPanel {
  constructor(root) {
    this.weights = root.querySelector('.weights');
    this.drivers = root.querySelector('.drivers');
    this.empty = root.querySelector('.layers .empty');
  }

  update(robot) {
    const { layers, drivers } = robot.layers;
    this.empty.hidden = layers.length > 0;
    const sorted = [...layers].sort((one, other) => (other.priority ?? 0) - (one.priority ?? 0));
    keep(this.weights, sorted, ({ name }) => name, () => {
      const track = element('div', { className: 'track' }, element('i', { className: 'fill' }));
      return element('li', {}, element('span', {}, element('span'), ' ', element('small')), track, element('output'));
    }, (item, { name, priority, weight }) => {
      const [label, track, output] = item.children;
      setText(label.children[0], name);
      setText(label.children[1], priority === null ? '' : String(priority));
      track.firstElementChild.style.right = `${(1 - Math.min(Math.max(weight, 0), 1)) * 100}%`;
      setText(output, `${Math.round(weight * 100)} %`);
    });
    setFacts(this.drivers, Object.fromEntries(drivers));
  }
}
