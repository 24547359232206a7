// All robots on a broker, and what a page asks of them.

import { Client } from './mqtt/client.js';
import { Robot } from './robot.js';

const fromUTF8 = new TextDecoder();
const toUTF8 = new TextEncoder();
const answerSeconds = 5;

// What every robot says rarely, and what only somebody who looks at it needs.
const always = ['availability', 'state'];
const details = [
  'info', 'person', 'face', 'actuators', 'actuators/info', 'scheduler', 'scripts', 'layers', 'event', 'log',
];

// What may come as CBOR, beside JSON or instead.
const binary = ['person', 'face', 'actuators'];

/** Why a command was not carried out, in a sentence. */
export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** Events: `connection`, `robot` (detail: the robot and the topic's end that changed). */
export class Fleet extends EventTarget {
  constructor({ broker, prefix = 'mien', username, password }) {
    super();
    this.prefix = prefix;
    this.robots = new Map();
    this.watched = new Map();
    this.pending = new Map();
    this.malformed = 0;
    this.client = new Client(broker, { username, password });
    this.client.addEventListener('message', ({ detail }) => this.receive(detail));
    this.client.addEventListener('state', () => this.dispatchEvent(new Event('connection')));
  }

  open() {
    this.client.open();
  }

  /** Every robot's state; for the wall. */
  watchAll(isOn) {
    for (const topic of always) this.ask(`+/${topic}`, isOn);
  }

  /** One robot in full, or with `parts` only those topics. */
  watch(id, parts = [...always, ...details]) {
    for (const part of parts) {
      const topic = `${id}/${part}`;
      const count = this.watched.get(topic) ?? 0;
      this.watched.set(topic, count + 1);
      if (count > 0) continue;
      this.ask(topic, true);
      if (binary.includes(part)) this.ask(`${topic}/cbor`, true);
    }
    return this.robot(id);
  }

  unwatch(id, parts = [...always, ...details]) {
    for (const part of parts) {
      const topic = `${id}/${part}`;
      const count = this.watched.get(topic) ?? 0;
      if (count > 1) this.watched.set(topic, count - 1);
      else if (this.watched.delete(topic)) {
        this.ask(topic, false);
        if (binary.includes(part)) this.ask(`${topic}/cbor`, false);
      }
    }
  }

  ask(topic, isOn) {
    const filter = `${this.prefix}/${topic}`;
    // What must not be missed comes at QoS 1.
    const qos = /(availability|state|event|scripts|info|result)$/.test(topic) ? 1 : 0;
    if (isOn) this.client.subscribe(filter, qos);
    else this.client.unsubscribe(filter);
  }

  robot(id) {
    if (!this.robots.has(id)) this.robots.set(id, new Robot(id));
    return this.robots.get(id);
  }

  receive(packet) {
    const { topic } = packet;
    if (!topic.startsWith(this.prefix + '/')) return;
    const rest = topic.slice(this.prefix.length + 1);
    const cut = rest.indexOf('/');
    if (cut < 1) return;
    const id = rest.slice(0, cut);
    const part = rest.slice(cut + 1);
    if (part.startsWith('command/') || part.startsWith('response/')) {
      this.takeAnswer(packet);
      return;
    }
    if (!this.robots.has(id) && this.robots.size >= 5000) return;
    const robot = this.robot(id);
    if (robot.take(part, packet.payload, { retain: packet.retain })) {
      // A robot that says it in JSON as well need not say it twice.
      if (binary.includes(part)) this.client.unsubscribe(`${this.prefix}/${id}/${part}/cbor`);
      this.dispatchEvent(new CustomEvent('robot', { detail: { robot, part } }));
    } else {
      this.malformed += 1;
    }
  }

  /** Gives a command; fulfilled with the robot's answer, rejected with `Refused` or an `Error` in a sentence. */
  async command(id, verb, fields = {}) {
    const number = crypto.getRandomValues(new Uint32Array(2)).join('-');
    const topic = `${this.prefix}/${id}/command/${verb}`;
    // MQTT 5 brings the answer to a topic of this page's own; 3.1.1 knows no such thing and has it from everybody's.
    const { clientId, level } = this.client;
    const answerTopic = level === 5 ? `${this.prefix}/${id}/response/${clientId}` : `${topic}/result`;
    this.client.subscribe(level === 5 ? `${this.prefix}/+/response/${clientId}` : answerTopic, 1);
    const answer = new Promise((fulfil, reject) => {
      const late = setTimeout(() => {
        this.pending.delete(number);
        reject(new Error(`${id} did not answer within ${answerSeconds} s`));
      }, answerSeconds * 1000);
      this.pending.set(number, { fulfil, reject, late });
    });
    answer.catch(() => {});
    try {
      const { nobodyListens } = await this.client.publish(topic, toUTF8.encode(JSON.stringify({ ...fields, id: number })), {
        contentType: 'application/json', responseTopic: answerTopic, correlationData: toUTF8.encode(number),
      });
      if (nobodyListens) throw new Error(`${id} is not there: nobody took the command`);
    } catch (error) {
      clearTimeout(this.pending.get(number)?.late);
      this.pending.delete(number);
      throw error;
    }
    return answer;
  }

  /** Stops every robot that is online; fulfilled with how many took it and the sentences of those that did not. */
  async stopAll() {
    const ids = [...this.robots.values()].filter((robot) => robot.isOnline).map(({ id }) => id);
    const answers = await Promise.allSettled(ids.map((id) => this.command(id, 'emergency_stop')));
    const failed = answers.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message);
    return { stopped: ids.length - failed.length, failed };
  }

  takeAnswer(packet) {
    let message;
    try { message = JSON.parse(fromUTF8.decode(packet.payload)); } catch { return; }
    const { correlationData } = packet.properties;
    const number = correlationData ? fromUTF8.decode(correlationData) : message?.id;
    const waiting = this.pending.get(number);
    if (!waiting) return;
    this.pending.delete(number);
    clearTimeout(waiting.late);
    if (message.ok === false) {
      waiting.reject(new Refused(message.error?.code ?? 'refused', message.error?.message ?? 'the robot refused'));
    } else {
      waiting.fulfil(message);
    }
  }
}
