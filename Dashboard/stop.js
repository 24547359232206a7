// The emergency stop: a button always in reach, Escape anywhere, and what to do while it is latched.

import { setText } from './dom.js';

const causes = {
  operator: 'by an operator', message: 'by a message', script: 'by a script', limit_violation: 'for a violated limit',
};
const confirmSeconds = 4;

export class EmergencyStop {
  constructor(command) {
    this.command = command;
    this.host = document.querySelector('#stop');
    this.button = document.querySelector('#stop-button');
    this.latched = document.querySelector('#latched');
    this.text = document.querySelector('#latched-text');
    this.clear = document.querySelector('#clear-button');
    this.robot = null;
    this.button.addEventListener('click', () => this.press());
    this.clear.addEventListener('click', () => this.askToClear());
    addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.repeat || !this.robot) return;
      event.preventDefault();
      this.press();
    });
  }

  show(robot) {
    this.robot = robot;
    this.host.hidden = !robot;
    this.update();
  }

  update() {
    const cause = this.robot?.emergencyStop ?? null;
    this.latched.hidden = cause === null;
    if (cause === null) {
      this.calmDown();
      return;
    }
    setText(this.text, `Emergency stop latched ${causes[cause] ?? `(${cause})`}.`
      + (this.robot.takes('clear') ? '' : ' It is not cleared from here: `mien clear` does it at the robot.'));
    this.clear.hidden = !this.robot.takes('clear');
  }

  press() { this.command('emergency_stop', {}, 'emergency stop sent'); }

  // The second press within some seconds clears, so that no slip of the hand does.
  askToClear() {
    if (this.isAsking) {
      this.calmDown();
      this.command('clear', {}, 'cleared');
      return;
    }
    this.isAsking = true;
    setText(this.clear, 'Press again to clear');
    this.calming = setTimeout(() => this.calmDown(), confirmSeconds * 1000);
  }

  calmDown() {
    clearTimeout(this.calming);
    this.isAsking = false;
    setText(this.clear, 'Clear…');
  }
}
