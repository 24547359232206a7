// The page: finds its broker, shows one robot or the wall, and says how the connection stands.
//
// The broker and the robot come from the address (`?broker=ws://host:9001&robot=name&prefix=mien`), and what is not there
// from `config.json`, which `mien run` serves beside the page.

import { setText } from './dom.js';
import { Fleet } from './fleet.js';
import { RobotView } from './robot-view.js';
import { EmergencyStop } from './stop.js';
import { WallView } from './wall.js';

const $ = (selector) => document.querySelector(selector);
const main = $('#main');
let fleet;
let view;
let stop;
let shownId;

async function configuration() {
  const query = new URLSearchParams(location.search);
  let config = {};
  if (!query.get('broker')) {
    try {
      const answer = await fetch('config.json', { cache: 'no-store' });
      if (answer.ok) config = await answer.json();
    } catch { /* Not served by Mien: the address has to say it. */ }
  }
  for (const key of ['broker', 'robot', 'prefix', 'username', 'password']) {
    if (query.get(key)) config[key] = query.get(key);
  }
  // A path is on the server that this page came from.
  if (config.broker?.startsWith('/')) {
    const address = new URL(config.broker, location.href);
    config.broker = address.href.replace(/^http/, 'ws');
  }
  return config;
}

async function begin() {
  colours();
  const config = await configuration();
  if (!/^wss?:\/\//.test(config.broker ?? '')) {
    notice('No broker is named. Open this page as …?broker=ws://HOST:PORT&robot=NAME.');
    setText($('#connection'), 'no broker');
    return;
  }
  fleet = new Fleet(config);
  stop = new EmergencyStop((verb, fields, said) => give(shownId, verb, fields, said));
  fleet.addEventListener('connection', showConnection);
  fleet.addEventListener('robot', ({ detail }) => {
    if (detail.robot.id !== shownId) return;
    if (['state', 'info'].includes(detail.part)) stop.update();
    if (['availability', 'state'].includes(detail.part)) showConnection();
  });
  $('#stop-all-button').addEventListener('click', stopAll);
  addEventListener('hashchange', () => route(config));
  route(config);
  fleet.open();
  requestAnimationFrame(draw);
}

/** `#robot=NAME` or `#wall`; without either the robot that the address or the server names. */
function route(config) {
  const hash = new URLSearchParams(location.hash.slice(1));
  const id = hash.get('robot') ?? (hash.has('wall') ? null : config.robot ?? null);
  view?.close();
  shownId = id;
  if (id) {
    view = new RobotView(main, fleet, id, (verb, fields, said) => give(id, verb, fields, said));
    setText($('#title'), id);
    document.title = `${id} · Mien`;
  } else {
    view = new WallView(main, fleet, give);
    setText($('#title'), 'All robots');
    document.title = 'All robots · Mien';
  }
  $('#to-wall').hidden = !id;
  $('#stop-all').hidden = Boolean(id);
  stop.show(id ? fleet.robot(id) : null);
  showConnection();
}

function draw(now) {
  try {
    view.draw(now);
  } catch (error) {
    // One strange message must not stop the page.
    console.error(error);
  }
  requestAnimationFrame(draw);
}

function showConnection() {
  const { state, problem } = fleet.client;
  const robot = shownId && fleet.robot(shownId);
  const pill = $('#connection');
  let [text, kind] = ['connecting', 'warn'];
  if (state === 'connected') {
    [text, kind] = !robot ? ['connected', 'good'] : robot.availability === 'online' ? ['online', 'good']
      : robot.availability === 'offline' ? ['robot offline', 'bad'] : ['waiting for the robot', 'warn'];
  } else if (state === 'waiting') {
    [text, kind] = ['reconnecting', 'bad'];
  }
  setText(pill, text);
  pill.className = `pill ${kind}`;
  notice(state === 'connected' ? '' : problem ? `No connection to the broker: ${problem}. What is shown is old; commands do not go through. Trying again.` : '');
  main.classList.toggle('old', state !== 'connected');
}

function notice(text) {
  setText($('#notice'), text);
  $('#notice').hidden = !text;
}

/** Gives a command and says what became of it. */
async function give(id, verb, fields, said) {
  try {
    await fleet.command(id, verb, fields);
    say(said, false);
  } catch (error) {
    say(error.message, true);
  }
}

async function stopAll() {
  const { stopped, failed } = await fleet.stopAll();
  say([`${stopped} robots stopped`, ...failed.slice(0, 3)].join('; '), failed.length > 0);
}

let saying;
function say(text, isBad) {
  const toast = $('#said');
  toast.className = isBad ? 'toast bad' : 'toast';
  setText(toast, text);
  clearTimeout(saying);
  saying = setTimeout(() => setText(toast, ''), isBad ? 8000 : 3000);
}

// Light, dark, or as the system; kept from one visit to the next.
function colours() {
  const choices = ['', 'light', 'dark'];
  const names = { '': 'as the system', light: 'light', dark: 'dark' };
  const kept = () => { try { return localStorage.getItem('mien-colours') ?? ''; } catch { return ''; } };
  const show = (choice) => {
    document.documentElement.className = choice;
    $('#theme').setAttribute('aria-label', `Colours: ${names[choice] ?? names['']}`);
    $('#theme').title = $('#theme').getAttribute('aria-label');
    view?.restyle();
  };
  let choice = choices.includes(kept()) ? kept() : '';
  show(choice);
  $('#theme').addEventListener('click', () => {
    choice = choices[(choices.indexOf(choice) + 1) % choices.length];
    try { localStorage.setItem('mien-colours', choice); } catch { /* Then it is not kept. */ }
    show(choice);
  });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => view?.restyle());
}

begin();
