// Scripts: how they stand, their errors, and buttons to start, stop and reload them.

import { element, keep, setText } from '../dom.js';

export class ScriptsPanel {
  constructor(root, command) {
    this.command = command;
    this.list = root.querySelector('.script-list');
    this.empty = root.querySelector('.scripts .empty');
    this.form = root.querySelector('.start-form');
    this.file = root.querySelector('#script-file');
    this.files = root.querySelector('#script-files');
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      const file = this.file.value.trim();
      if (file) command('script_start', { file }, `started ${file}`);
    });
  }

  update(robot) {
    this.empty.hidden = robot.scripts.length > 0;
    this.form.hidden = !robot.takes('script_start');
    keep(this.files, robot.about.scripts, (name) => name, (value) => element('option', { value }), () => {});
    keep(this.list, robot.scripts, ({ name }) => name, (script) => this.make(script), (item, script) => {
      const { state, error, traceback } = script;
      const isRunning = state === 'running';
      const [head, words, details] = item.children;
      const [, stand, start, stop, reload] = head.children;
      setText(stand, state);
      stand.className = `state-${/^[a-z]+$/.test(state) ? state : 'unknown'}`;
      start.hidden = isRunning || !robot.takes('script_start');
      stop.hidden = !isRunning || !robot.takes('script_stop');
      reload.hidden = !robot.takes('script_reload');
      item.file = script.file ?? script.name;
      words.hidden = !error;
      setText(words, error ?? '');
      details.hidden = !traceback;
      setText(details.lastElementChild, traceback ?? '');
    });
  }

  make({ name }) {
    const item = element('li');
    const button = (label, verb, fields, said) => {
      const made = element('button', { type: 'button', textContent: label });
      made.setAttribute('aria-label', `${label} ${name}`);
      made.addEventListener('click', () => this.command(verb, fields(), said));
      return made;
    };
    item.append(
      element('div', { className: 'script-head' }, element('strong', { textContent: name }), element('span'),
        button('Start', 'script_start', () => ({ file: item.file }), `started ${name}`),
        button('Stop', 'script_stop', () => ({ name }), `stopped ${name}`),
        button('Reload', 'script_reload', () => ({ name }), `reloaded ${name}`)),
      element('p', { className: 'script-error' }),
      element('details', {}, element('summary', { textContent: 'Where' }), element('pre')));
    return item;
  }
}
