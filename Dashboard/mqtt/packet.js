// MQTT packets as bytes: version 5 (OASIS MQTT 5.0) and 3.1.1, as much as a dashboard needs: no outgoing QoS 2.

export const Kind = {
  connect: 1, connack: 2, publish: 3, puback: 4, pubrec: 5, pubrel: 6, pubcomp: 7, subscribe: 8, suback: 9,
  unsubscribe: 10, unsuback: 11, pingreq: 12, pingresp: 13, disconnect: 14,
};

const utf8 = new TextEncoder();
const fromUTF8 = new TextDecoder('utf-8', { fatal: true });

// Types of version 5 properties by identifier (MQTT 5.0, table 2-4).
const propertyTypes = {
  0x01: 'byte', 0x02: 'int', 0x03: 'text', 0x08: 'text', 0x09: 'bytes', 0x0b: 'variable', 0x11: 'int', 0x12: 'text',
  0x13: 'short', 0x15: 'text', 0x16: 'bytes', 0x17: 'byte', 0x18: 'int', 0x19: 'byte', 0x1a: 'text', 0x1c: 'text',
  0x1f: 'text', 0x21: 'short', 0x22: 'short', 0x23: 'short', 0x24: 'byte', 0x25: 'byte', 0x26: 'pair', 0x27: 'int',
  0x28: 'byte', 0x29: 'byte', 0x2a: 'byte',
};

const propertyNames = {
  contentType: 0x03, responseTopic: 0x08, correlationData: 0x09, serverKeepAlive: 0x13, reasonString: 0x1f,
  maximumPacketSize: 0x27,
};
const nameOfProperty = Object.fromEntries(Object.entries(propertyNames).map(([name, id]) => [id, name]));

/** Something on the wire that MQTT does not allow. */
export class Malformed extends Error {}

class Writer {
  constructor() { this.bytes = []; }
  byte(value) { this.bytes.push(value & 0xff); return this; }
  short(value) { return this.byte(value >> 8).byte(value); }
  int(value) { return this.short(value >>> 16).short(value); }
  raw(bytes) { for (const byte of bytes) this.bytes.push(byte); return this; }
  binary(bytes) { return this.short(bytes.length).raw(bytes); }
  text(value) {
    const bytes = utf8.encode(value);
    if (bytes.length > 65535) throw new RangeError('a text of more than 65535 bytes does not fit an MQTT packet');
    return this.binary(bytes);
  }
  variable(value) {
    do {
      const low = value % 128;
      value = Math.floor(value / 128);
      this.byte(value > 0 ? low | 0x80 : low);
    } while (value > 0);
    return this;
  }
  properties(values) {
    const body = new Writer();
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) continue;
      const id = propertyNames[name];
      body.byte(id);
      switch (propertyTypes[id]) {
        case 'text': body.text(value); break;
        case 'bytes': body.binary(value); break;
        case 'int': body.int(value); break;
        case 'short': body.short(value); break;
        default: body.byte(value);
      }
    }
    return this.variable(body.bytes.length).raw(body.bytes);
  }
  packet(kind, flags = 0) {
    return new Uint8Array(new Writer().byte(kind << 4 | flags).variable(this.bytes.length).raw(this.bytes).bytes);
  }
}

class Reader {
  constructor(bytes) { this.bytes = bytes; this.at = 0; }
  get left() { return this.bytes.length - this.at; }
  take(count) {
    if (count > this.left) throw new Malformed(`a packet ended ${count - this.left} bytes early`);
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  byte() { return this.take(1)[0]; }
  short() { const [high, low] = this.take(2); return high << 8 | low; }
  int() { return this.short() * 65536 + this.short(); }
  binary() { return this.take(this.short()); }
  text() {
    try { return fromUTF8.decode(this.binary()); } catch (error) {
      throw error instanceof Malformed ? error : new Malformed('a text is not UTF-8');
    }
  }
  variable() {
    let value = 0;
    for (let place = 1; place <= 128 ** 3; place *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * place;
      if (byte < 0x80) return value;
    }
    throw new Malformed('a length has more than four bytes');
  }
  properties() {
    const body = new Reader(this.take(this.variable()));
    const values = {};
    while (body.left > 0) {
      const id = body.byte();
      const type = propertyTypes[id];
      if (!type) throw new Malformed(`there is no property 0x${id.toString(16)}`);
      const value = type === 'pair' ? [body.text(), body.text()] : type === 'bytes' ? body.binary() : body[type]();
      if (nameOfProperty[id]) values[nameOfProperty[id]] = value;
    }
    return values;
  }
}

/** Writes packets of one protocol level: 5, or 4 for MQTT 3.1.1. */
export class Encoder {
  constructor(level) { this.level = level; }
  get isFive() { return this.level === 5; }

  connect({ clientId, username, password, keepAlive, maximumPacketSize }) {
    const flags = 0x02 | (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40);
    const writer = new Writer().text('MQTT').byte(this.level).byte(flags).short(keepAlive);
    if (this.isFive) writer.properties({ maximumPacketSize });
    writer.text(clientId);
    if (username !== undefined) writer.text(username);
    if (password !== undefined) writer.text(password);
    return writer.packet(Kind.connect);
  }

  publish({ topic, payload, qos = 0, retain = false, id = 0, properties = {} }) {
    const writer = new Writer().text(topic);
    if (qos > 0) writer.short(id);
    if (this.isFive) writer.properties(properties);
    return writer.raw(payload).packet(Kind.publish, qos << 1 | (retain ? 1 : 0));
  }

  puback(id) { return new Writer().short(id).packet(Kind.puback); }

  subscribe(id, filters) {
    const writer = new Writer().short(id);
    if (this.isFive) writer.properties({});
    for (const { filter, qos } of filters) writer.text(filter).byte(qos);
    return writer.packet(Kind.subscribe, 2);
  }

  unsubscribe(id, filters) {
    const writer = new Writer().short(id);
    if (this.isFive) writer.properties({});
    for (const filter of filters) writer.text(filter);
    return writer.packet(Kind.unsubscribe, 2);
  }

  pingreq() { return new Writer().packet(Kind.pingreq); }
  disconnect() { return new Writer().packet(Kind.disconnect); }
}

/** Cuts a stream of bytes into packets; a packet may come in pieces, or several at once. */
export class Decoder {
  constructor(level, largest = 96 << 10) {
    this.level = level;
    this.largest = largest;
    this.waiting = new Uint8Array(0);
  }

  /** The packets that are whole with these bytes. Throws `Malformed`, after which the stream is of no use. */
  decode(bytes) {
    if (this.waiting.length > 0) {
      const joined = new Uint8Array(this.waiting.length + bytes.length);
      joined.set(this.waiting);
      joined.set(bytes, this.waiting.length);
      bytes = joined;
    }
    const packets = [];
    let at = 0;
    for (;;) {
      const length = this.lengthAt(bytes, at);
      if (!length || bytes.length - length.start < length.value) break;
      packets.push(this.packet(bytes[at], bytes.subarray(length.start, length.start + length.value)));
      at = length.start + length.value;
    }
    this.waiting = bytes.slice(at);
    return packets;
  }

  lengthAt(bytes, at) {
    let value = 0;
    for (let index = 1; index <= 4; index += 1) {
      if (at + index >= bytes.length) return null;
      const byte = bytes[at + index];
      value += (byte & 0x7f) * 128 ** (index - 1);
      if (byte < 0x80) {
        if (value > this.largest) throw new Malformed(`a packet of ${value} bytes is too large`);
        return { value, start: at + index + 1 };
      }
    }
    throw new Malformed('a length has more than four bytes');
  }

  packet(first, body) {
    const kind = first >> 4;
    const reader = new Reader(body);
    const isFive = this.level === 5;
    const packet = { kind };
    switch (kind) {
      case Kind.connack:
        packet.sessionPresent = (reader.byte() & 1) === 1;
        packet.reason = reader.byte();
        packet.properties = isFive && reader.left > 0 ? reader.properties() : {};
        break;
      case Kind.publish:
        packet.qos = first >> 1 & 3;
        packet.retain = (first & 1) === 1;
        packet.topic = reader.text();
        if (packet.qos > 0) packet.id = reader.short();
        packet.properties = isFive ? reader.properties() : {};
        packet.payload = reader.take(reader.left).slice();
        break;
      case Kind.puback:
        packet.id = reader.short();
        packet.reason = isFive && reader.left > 0 ? reader.byte() : 0;
        packet.properties = isFive && reader.left > 0 ? reader.properties() : {};
        break;
      case Kind.suback:
      case Kind.unsuback:
        packet.id = reader.short();
        packet.properties = isFive ? reader.properties() : {};
        packet.reasons = [...reader.take(reader.left)];
        break;
      case Kind.disconnect:
        packet.reason = isFive && reader.left > 0 ? reader.byte() : 0;
        packet.properties = isFive && reader.left > 0 ? reader.properties() : {};
        break;
      case Kind.pingresp: break;
      default: throw new Malformed(`a packet of kind ${kind} comes from no broker`);
    }
    return packet;
  }
}
