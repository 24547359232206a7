// What the robot is up to, and what an operator may ask of it.

import { element, keep, setFacts, setText } from '../dom.js';

const modes = ['auto', 'idle', 'neutral'];

export class SteerPanel {
  constructor(root, command) {
    this.root = root;
    this.command = command;
    this.facts = root.querySelector('.steer .facts');
    this.mode = root.querySelector('#mode');
    this.intensity = root.querySelector('#intensity');
    this.percent = root.querySelector('output[for=intensity]');
    this.mode.append(...modes.map((value) => element('option', { value, textContent: value })));
    this.mode.addEventListener('change', () => command('mode', { name: this.mode.value }, `mode ${this.mode.value}`));
    this.intensity.addEventListener('input', () => { this.touched = performance.now(); this.showIntensity(); });
    this.intensity.addEventListener('change', () => {
      command('intensity', { value: Number(this.intensity.value) }, `intensity ${this.percent.textContent}`);
    });
    this.named('gesture', 'played');
    this.named('expression', 'showed');
    this.parameter = root.querySelector('#parameter');
    this.value = root.querySelector('#parameter-value');
    root.querySelector('.parameter-form').addEventListener('submit', (event) => {
      event.preventDefault();
      const [name, value] = [this.parameter.value, this.value.valueAsNumber];
      if (name && Number.isFinite(value)) command('parameter', { name, value }, `${name} is ${value}`);
    });
    this.form('say', (text) => command('say', { text }, 'said it'));
    this.record = root.querySelector('.record-row');
    for (const [part, verb, said] of [['start', 'record_start', 'recording'], ['stop', 'record_stop', 'recorded']]) {
      this.record.querySelector(`.record-${part}`).addEventListener('click', () => command(verb, {}, said));
    }
  }

  form(verb, send) {
    const field = this.root.querySelector(`#${verb}`);
    this.root.querySelector(`.${verb}-form`).addEventListener('submit', (event) => {
      event.preventDefault();
      const value = field.value.trim();
      if (value) send(value);
    });
  }

  named(verb, did) {
    const send = (name) => this.command(verb, { name }, `${did} ${name}`);
    this.form(verb, send);
    this.root.querySelector(`.${verb}-chips`).addEventListener('click', ({ target }) => {
      if (target.matches('button')) send(target.textContent);
    });
  }

  update(robot) {
    const { state, about } = robot;
    const percent = (value) => (typeof value === 'number' ? `${Math.round(value * 100)} %` : null);
    setFacts(this.facts, {
      driver: state.driver, person: state.person_present === undefined ? null : state.person_present ? 'present' : 'nobody',
      attention: percent(state.attention), smile: percent(state.smile),
      hottest: typeof state.temperature_max_c === 'number' ? `${Math.round(state.temperature_max_c)} °C` : null,
      'late ticks': state.late_ticks, running: typeof state.t_s === 'number' ? duration(state.t_s) : null,
      version: about.version,
    });
    const modeRow = this.root.querySelector('.mode-row');
    modeRow.hidden = typeof state.mode !== 'string' || !robot.takes('mode');
    if (document.activeElement !== this.mode && modes.includes(state.mode)) this.mode.value = state.mode;
    // A hand on the slider is not pulled away.
    if (typeof state.intensity === 'number' && !(performance.now() - this.touched < 3000)) {
      this.intensity.value = state.intensity;
      this.showIntensity();
    }
    this.intensity.closest('.row').hidden = !robot.takes('intensity');
    for (const [verb, list] of [['gesture', about.gestures], ['expression', about.expressions]]) {
      this.root.querySelector(`.${verb}-form`).hidden = !robot.takes(verb);
      keep(this.root.querySelector(`#${verb}s`), list, (name) => name, (value) => element('option', { value }), () => {});
      const chips = this.root.querySelector(`.${verb}-chips`);
      chips.hidden = !robot.takes(verb) || list.length === 0;
      keep(chips, list, (name) => name, (name) => element('button', { type: 'button', textContent: name }), () => {});
    }
    keep(this.parameter, about.parameters, (name) => name, (value) => element('option', { value, textContent: value }), () => {});
    this.root.querySelector('.parameter-form').hidden = !robot.takes('parameter') || about.parameters.length === 0;
    this.root.querySelector('.say-form').hidden = !robot.takes('say');
    this.showRecording(robot);
  }

  /** What the run is recorded to, and the button that changes it. */
  showRecording(robot) {
    const { recording } = robot.state;
    const isOn = typeof recording === 'string';
    this.record.hidden = recording === undefined || !(isOn || robot.takes('record_start'));
    const output = this.record.querySelector('.recording');
    setText(output, isOn ? recording.slice(0, 200) : 'off');
    output.classList.toggle('on', isOn);
    this.record.querySelector('.record-start').hidden = isOn || !robot.takes('record_start');
    this.record.querySelector('.record-stop').hidden = !isOn || !robot.takes('record_stop');
  }

  showIntensity() { setText(this.percent, `${Math.round(this.intensity.value * 100)} %`); }
}

/** Seconds as a clock shows them. */
function duration(seconds) {
  const whole = Math.floor(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  const two = (value) => String(value).padStart(2, '0');
  return `${hours > 0 ? `${hours}:${two(minutes)}` : minutes}:${two(whole % 60)}`;
}
