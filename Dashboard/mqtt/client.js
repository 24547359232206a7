// A client of an MQTT broker over websockets, which comes back by itself whenever the broker does.

import { Decoder, Encoder, Kind } from './packet.js';

// What brokers answer to CONNECT (MQTT 5.0, table 3-1; 3.1.1, table 3.1).
const refusals = {
  0x01: 'the broker does not speak this version of MQTT', 0x02: 'the broker does not take this client name',
  0x03: 'the broker is not available', 0x04: 'the user name or password is wrong', 0x05: 'this user may not connect',
  0x84: 'the broker does not speak this version of MQTT', 0x85: 'the broker does not take this client name',
  0x86: 'the user name or password is wrong', 0x87: 'this user may not connect',
  0x88: 'the broker is not available', 0x89: 'the broker is busy', 0x8a: 'this client is banned',
  0x9f: 'the broker takes no more connections just now',
};
const wrongVersion = [0x01, 0x84];

const keepAliveSeconds = 10;
const shortestWait = 250;
const longestWait = 5000;

/**
 * Events: `state` (detail: `{ state, problem }` with `connecting`, `connected`, `waiting` or `closed`) and `message`
 * (detail: a publish packet with `topic`, `payload`, `retain`, `properties`).
 *
 * Nothing is queued while the broker is away: an order given then fails at once, and is never carried out late.
 */
export class Client extends EventTarget {
  constructor(url, { username, password, clientId } = {}) {
    super();
    this.url = url;
    this.username = username;
    this.password = password;
    this.clientId = clientId ?? 'mien-page-' + crypto.getRandomValues(new Uint32Array(2)).join('-');
    this.level = 5;
    this.state = 'closed';
    this.problem = null;
    this.filters = new Map();
    this.acknowledgements = new Map();
    this.nextId = 1;
    this.attempt = 0;
  }

  get isConnected() { return this.state === 'connected'; }

  open() {
    this.isWanted = true;
    this.connect();
  }

  close() {
    this.isWanted = false;
    clearTimeout(this.retry);
    if (this.isConnected) this.send(this.encoder.disconnect());
    this.drop();
    this.become('closed');
  }

  /** Asks for messages, now and after each reconnect. */
  subscribe(filter, qos = 0) {
    if (this.filters.get(filter) === qos) return;
    this.filters.set(filter, qos);
    if (this.isConnected) this.send(this.encoder.subscribe(this.takeId(), [{ filter, qos }]));
  }

  unsubscribe(filter) {
    if (!this.filters.delete(filter)) return;
    if (this.isConnected) this.send(this.encoder.unsubscribe(this.takeId(), [filter]));
  }

  /** Publishes at QoS 1; fulfilled when the broker has it, rejected when it says no or the line breaks. */
  publish(topic, payload, properties = {}) {
    if (!this.isConnected) return Promise.reject(new Error('not connected to the broker'));
    const id = this.takeId();
    return new Promise((fulfil, reject) => {
      this.acknowledgements.set(id, { fulfil, reject });
      this.send(this.encoder.publish({ topic, payload, qos: 1, id, properties }));
    });
  }

  // The connection's life

  connect() {
    this.become('connecting');
    let socket;
    try {
      socket = new WebSocket(this.url, 'mqtt');
    } catch (error) {
      this.problem = `the broker's address is no good: ${error.message}`;
      this.waitAndRetry();
      return;
    }
    this.socket = socket;
    this.encoder = new Encoder(this.level);
    this.decoder = new Decoder(this.level);
    socket.binaryType = 'arraybuffer';
    // A broker that accepts the line and says nothing is as good as none.
    this.patience = setTimeout(() => this.fail(socket, 'the broker does not answer'), 5000);
    socket.onopen = () => {
      this.send(this.encoder.connect({
        clientId: this.clientId, username: this.username, password: this.password, keepAlive: keepAliveSeconds,
        // mosquitto 2.0.11 falls silent on a websocket after a message of some 105 kB; those that are too large it leaves out.
        maximumPacketSize: this.decoder.largest,
      }));
    };
    socket.onmessage = (event) => this.receive(socket, event.data);
    socket.onclose = () => this.fail(socket, this.isConnected ? 'the connection broke' : 'the broker cannot be reached');
  }

  receive(socket, data) {
    if (socket !== this.socket) return;
    this.lastHeard = performance.now();
    try {
      if (!(data instanceof ArrayBuffer)) throw new Error('text came where MQTT sends bytes');
      for (const packet of this.decoder.decode(new Uint8Array(data))) this.take(socket, packet);
    } catch (error) {
      this.fail(socket, error.message);
    }
  }

  take(socket, packet) {
    switch (packet.kind) {
      case Kind.connack: this.begin(socket, packet); break;
      case Kind.publish:
        if (packet.qos === 1) this.send(this.encoder.puback(packet.id));
        this.dispatchEvent(new CustomEvent('message', { detail: packet }));
        break;
      case Kind.puback: {
        const waiting = this.acknowledgements.get(packet.id);
        this.acknowledgements.delete(packet.id);
        // 0x10: nobody listens, so nobody will do it.
        if (packet.reason >= 0x80) waiting?.reject(new Error(packet.properties.reasonString ?? 'the broker refused it'));
        else waiting?.fulfil({ nobodyListens: packet.reason === 0x10 });
        break;
      }
      case Kind.disconnect: this.fail(socket, packet.properties.reasonString ?? 'the broker ended the connection'); break;
      default: break;
    }
  }

  begin(socket, packet) {
    if (packet.reason !== 0) {
      if (wrongVersion.includes(packet.reason) && this.level === 5) this.level = 4;
      this.fail(socket, refusals[packet.reason] ?? packet.properties.reasonString ?? 'the broker refused the connection');
      return;
    }
    clearTimeout(this.patience);
    this.attempt = 0;
    const keepAlive = (packet.properties.serverKeepAlive ?? keepAliveSeconds) || keepAliveSeconds;
    this.pings = setInterval(() => this.ping(socket, keepAlive * 1000), keepAlive * 500);
    this.problem = null;
    this.become('connected');
    if (this.filters.size > 0) {
      const filters = [...this.filters].map(([filter, qos]) => ({ filter, qos }));
      this.send(this.encoder.subscribe(this.takeId(), filters));
    }
  }

  ping(socket, keepAlive) {
    if (performance.now() - this.lastHeard > keepAlive * 1.5) this.fail(socket, 'the broker fell silent');
    else this.send(this.encoder.pingreq());
  }

  fail(socket, problem) {
    if (socket !== this.socket || !this.isWanted) return;
    this.problem = problem;
    this.drop();
    this.waitAndRetry();
  }

  drop() {
    clearTimeout(this.patience);
    clearInterval(this.pings);
    const socket = this.socket;
    this.socket = null;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    for (const { reject } of this.acknowledgements.values()) reject(new Error('the connection broke'));
    this.acknowledgements.clear();
  }

  waitAndRetry() {
    this.become('waiting');
    const longest = Math.min(shortestWait * 2 ** this.attempt, longestWait);
    this.attempt = Math.min(this.attempt + 1, 10);
    // Spread, so that a wall of pages does not come back in one instant.
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2));
  }

  become(state) {
    this.state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: { state, problem: this.problem } }));
  }

  send(bytes) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(bytes);
  }

  takeId() {
    do this.nextId = this.nextId % 65535 + 1; while (this.acknowledgements.has(this.nextId));
    return this.nextId;
  }
}
