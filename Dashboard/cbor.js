// Reads CBOR (RFC 8949): what robots write with `--mqtt-encoding cbor`. Numbers, texts, lists, maps with text keys and the
// plain values; no tags, no indefinite lengths.

const fromUTF8 = new TextDecoder('utf-8', { fatal: true });
const deepest = 16;

/** The value in `bytes`, or undefined where it is not such CBOR. */
export function decodeCBOR(bytes) {
  try {
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), at: 0 };
    const value = read(reader, 0);
    return reader.at === bytes.byteLength ? value : undefined;
  } catch {
    return undefined;
  }
}

function read(reader, depth) {
  const { view } = reader;
  const first = view.getUint8(reader.at++);
  const [kind, low] = [first >> 5, first & 31];
  if (kind === 7) return plain(reader, low);
  const size = argument(reader, low);
  if (kind === 0) return size;
  if (kind === 1) return -1 - size;
  if (kind > 5 || depth > deepest) throw new RangeError();
  // Each element takes a byte at least: a length beyond what is left is a lie.
  if (size > view.byteLength - reader.at) throw new RangeError();
  if (kind < 4) {
    const bytes = new Uint8Array(view.buffer, view.byteOffset + reader.at, size);
    reader.at += size;
    return kind === 3 ? fromUTF8.decode(bytes) : bytes;
  }
  if (kind === 4) return Array.from({ length: size }, () => read(reader, depth + 1));
  return Object.fromEntries(Array.from({ length: size }, () => [String(read(reader, depth + 1)), read(reader, depth + 1)]));
}

function argument(reader, low) {
  if (low < 24) return low;
  const { view, at } = reader;
  const size = [1, 2, 4, 8][low - 24];
  reader.at += size;
  switch (size) {
    case 1: return view.getUint8(at);
    case 2: return view.getUint16(at);
    case 4: return view.getUint32(at);
    case 8: return Number(view.getBigUint64(at));
    default: throw new RangeError();
  }
}

function plain(reader, low) {
  const { view, at } = reader;
  switch (low) {
    case 20: return false;
    case 21: return true;
    case 22: case 23: return null;
    case 25: reader.at += 2; return half(view.getUint16(at));
    case 26: reader.at += 4; return view.getFloat32(at);
    case 27: reader.at += 8; return view.getFloat64(at);
    default: throw new RangeError();
  }
}

function half(bits) {
  const [exponent, fraction, sign] = [bits >> 10 & 31, bits & 1023, bits >> 15 ? -1 : 1];
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
