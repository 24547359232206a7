// The robot's face and the person's, side by side.

import { FaceCanvas } from '../face.js';
import { setText } from '../dom.js';

// A face that did not change for so long is shown pale.
const staleMilliseconds = 2000;

export class FacesPanel {
  constructor(root) {
    this.faces = ['robot', 'person'].map((who) => ({
      canvas: new FaceCanvas(root.querySelector(`.${who}-face`)), caption: root.querySelector(`.${who}-caption`),
    }));
  }

  restyle() { for (const { canvas } of this.faces) canvas.restyle(); }

  update(robot) {
    const { driver, person_present: present } = robot.state;
    setText(this.faces[0].caption, typeof driver === 'string' ? driver : '');
    const hasFace = robot.personFace.now?.points;
    setText(this.faces[1].caption, present === true || robot.person.present === true
      ? (hasFace ? 'present' : 'present, landmarks unknown') : 'nobody');
  }

  /** Each animation frame. */
  draw(robot, now) {
    for (const [index, face] of [robot.face, robot.personFace].entries()) {
      const { canvas } = this.faces[index];
      const isAbsent = index === 1 && robot.person.present === false;
      canvas.draw(isAbsent ? { now: null, before: null } : face, now);
      canvas.canvas.classList.toggle('stale', !face.now || now - face.now.at > staleMilliseconds);
    }
  }
}
