// What is known of one robot, from the messages under `mien/ROBOT/`. Everything that comes is untrusted: what has the
// wrong shape is left out, and nothing grows without end.

import { decodeCBOR } from './cbor.js';

const fromUTF8 = new TextDecoder();
const historySeconds = 300;
const eventsKept = 200;

const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const number = (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null);
const text = (value, longest = 2000) => (typeof value === 'string' ? value.slice(0, longest) : null);
const list = (value, most = 256) => (Array.isArray(value) ? value.slice(0, most) : []);

/** 68 points as `[x0…x67, y0…y67]`, or null. */
function landmarks(value) {
  if (!Array.isArray(value) || value.length < 136) return null;
  const points = Float32Array.from(value.slice(0, 136));
  return points.every(Number.isFinite) ? points : null;
}

function coefficients(value) {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).slice(0, 128).filter(([, each]) => number(each) !== null));
}

/** A face as it came: points and coefficients, the ones before, and when each came (ms). */
class Face {
  constructor() {
    this.now = null;
    this.before = null;
  }

  take(message, at) {
    const points = landmarks(message.landmarks);
    const known = coefficients(message.coefficients);
    if (!points && Object.keys(known).length === 0) return;
    this.before = this.now;
    this.now = { points, coefficients: known, at };
  }
}

export class Robot {
  constructor(id) {
    this.id = id;
    this.availability = null;
    this.state = {};
    this.person = {};
    this.face = new Face();
    this.personFace = new Face();
    this.about = { commands: [], gestures: [], expressions: [], scripts: [], parameters: [] };
    this.info = [];
    this.actuators = new Map();
    this.layers = { layers: [], drivers: [] };
    this.scripts = [];
    this.scheduler = null;
    this.history = [];
    this.events = [];
    this.eventCount = 0;
    this.lastHeard = null;
    /** Counts the changes of each part, so that a view draws only what is new. */
    this.revisions = {};
  }

  /** Why the emergency stop is latched, or null while it is not. */
  get emergencyStop() {
    return this.state.emergency_stop === true ? text(this.state.emergency_stop_cause, 100) ?? 'unknown' : null;
  }

  get isOnline() { return this.availability === 'online'; }

  /** What is wrong with it, in a few words, or null. */
  get trouble() {
    if (this.availability === 'offline') return null;
    if (this.emergencyStop) return 'emergency stop';
    if (this.state.line_lost === true) return 'a servo line is lost';
    if (this.state.violations > 0) return 'a limit was violated';
    if (this.state.driver === 'fallback') return 'fallback drives';
    return null;
  }

  /** Whether the robot takes this command from the broker; yes until it said what it takes. */
  takes(verb) { return this.about.commands.length === 0 || this.about.commands.includes(verb); }

  /** Takes a message's bytes; `topic` is what follows `mien/ROBOT/`. Returns whether it meant something. */
  take(topic, payload, { retain = false, at = performance.now() } = {}) {
    if (topic === 'availability') {
      const said = fromUTF8.decode(payload);
      this.availability = said === 'online' || said === 'offline' ? said : null;
      this.changed('availability');
      return true;
    }
    const isCBOR = topic.endsWith('/cbor');
    if (isCBOR) topic = topic.slice(0, -5);
    const message = isCBOR ? decodeCBOR(payload) : parsed(payload);
    if (message === undefined) return false;
    if (!retain) this.lastHeard = at;
    const part = this.parts[topic];
    if (!part || !part.call(this, message, at)) return false;
    this.changed(topic);
    return true;
  }

  changed(part) { this.revisions[part] = (this.revisions[part] ?? 0) + 1; }

  // One reader a topic; each returns whether the message had the right shape.
  get parts() { return readers; }

  keepEvent(event, at) {
    this.eventCount += 1;
    this.events.unshift({ ...event, number: this.eventCount, at });
    this.events.length = Math.min(this.events.length, eventsKept);
    return true;
  }
}

const names = (value) => list(value).map((each) => text(each, 200)).filter((each) => each);

const readers = {
  info(message) {
    if (!isObject(message)) return false;
    this.about = {
      robot: text(message.robot, 100), type: text(message.type, 100), version: text(message.version, 40),
      controlRate: number(message.control_rate_hz), commands: names(message.commands), gestures: names(message.gestures),
      expressions: names(message.expressions), scripts: names(message.scripts), parameters: names(message.parameters),
    };
    return true;
  },
  state(message) {
    if (!isObject(message)) return false;
    this.state = message;
    return true;
  },
  person(message, at) {
    if (!isObject(message)) return false;
    this.person = message;
    this.personFace.take(message, at);
    return true;
  },
  face(message, at) {
    if (!isObject(message)) return false;
    this.face.take(message, at);
    return true;
  },
  'actuators/info'(message) {
    if (!isObject(message)) return false;
    const unit = text(message.unit, 20) ?? 'rad';
    this.info = list(message.actuators).filter(isObject).map((each) => ({
      name: text(each.name, 60) ?? '?', unit, lower: number(each.lower), upper: number(each.upper),
      neutral: number(each.neutral),
    }));
    return true;
  },
  actuators(message) {
    if (!isObject(message)) return false;
    this.actuators = new Map(list(message.actuators).filter(isObject).map((each) => [text(each.name, 60) ?? '?', {
      target: number(each.target), present: number(each.present), load: number(each.load),
      temperature: number(each.temperature_c),
    }]));
    return true;
  },
  scheduler(message, at) {
    if (!isObject(message)) return false;
    this.scheduler = message;
    this.history.push({ at, figures: message });
    while (this.history.length > 0 && at - this.history[0].at > historySeconds * 1000) this.history.shift();
    return true;
  },
  scripts(message) {
    if (!isObject(message)) return false;
    this.scripts = list(message.scripts).filter(isObject).map((each) => ({
      name: text(each.name, 100) ?? '?', file: text(each.file, 300), state: text(each.state, 20) ?? 'unknown',
      error: text(each.error), traceback: text(each.traceback, 8000),
    }));
    return true;
  },
  layers(message) {
    if (!isObject(message)) return false;
    const layers = list(message.layers).filter(isObject).map((each) => ({
      name: text(each.name, 60) ?? '?', priority: number(each.priority), weight: number(each.weight) ?? 0,
    }));
    const drivers = isObject(message.drivers) ? Object.entries(message.drivers).slice(0, 32) : [];
    this.layers = { layers, drivers: drivers.filter(([, name]) => text(name)) };
    return true;
  },
  event(message, at) {
    if (!isObject(message)) return false;
    const { event, seconds, ...facts } = message;
    return this.keepEvent({ name: text(event, 60) ?? 'event', seconds: number(seconds), facts }, at);
  },
  log(message, at) {
    if (!isObject(message)) return false;
    const { level, message: said, t_s: seconds } = message;
    return this.keepEvent(
      { name: 'log', level: text(level, 10), text: text(said) ?? '', seconds: number(seconds), facts: {} }, at);
  },
};

function parsed(payload) {
  try { return JSON.parse(fromUTF8.decode(payload)); } catch { return undefined; }
}
