// Draws a face from 68 landmarks (iBUG order) on a canvas: clean lines, in the page's colours.

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const parts = {
  jaw: range(0, 16), rightBrow: range(17, 21), leftBrow: range(22, 26), bridge: range(27, 30), nostrils: range(31, 35),
  rightEye: range(36, 41), leftEye: range(42, 47), outerLip: range(48, 59), innerLip: range(60, 67),
};

/** A canvas that shows a face; `--face-…` colours of the page's style sheet paint it. */
export class FaceCanvas {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.calm = matchMedia('(prefers-reduced-motion: reduce)');
    this.colours = null;
  }

  /** Forgets the page's colours, after a change of theme. */
  restyle() { this.colours = null; }

  /** Draws `face` as it stands at `now` (ms); between two frames it moves evenly, one frame's time late. */
  draw(face, now) {
    this.fit();
    const { context } = this;
    context.clearRect(0, 0, this.side, this.side);
    const frame = this.between(face, now);
    if (!frame?.points) return false;
    this.colours ??= this.readColours();
    this.sketch(frame);
    return true;
  }

  fit() {
    const side = Math.round(this.canvas.clientWidth * devicePixelRatio) || 300;
    if (this.canvas.width !== side || this.canvas.height !== side) this.canvas.width = this.canvas.height = side;
    this.side = side;
  }

  between(face, now) {
    const { now: newest, before } = face;
    if (!newest?.points || !before?.points || this.calm.matches) return newest;
    const length = Math.min(Math.max(newest.at - before.at, 20), 250);
    const part = Math.min(Math.max((now - newest.at) / length, 0), 1);
    const points = newest.points.map((value, index) => before.points[index] + (value - before.points[index]) * part);
    const mix = {};
    for (const [name, value] of Object.entries(newest.coefficients)) {
      const from = before.coefficients[name] ?? value;
      mix[name] = from + (value - from) * part;
    }
    return { points, coefficients: mix };
  }

  readColours() {
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    return {
      skin: colour('--face-skin'), line: colour('--face-line'), lip: colour('--face-lip'), eye: colour('--face-eye'),
      iris: colour('--face-iris'), mouth: colour('--face-mouth'), brow: colour('--face-brow'),
      shade: colour('--face-shade'), light: colour('--face-light'), blush: colour('--face-blush'),
    };
  }

  sketch({ points, coefficients }) {
    const { context, side, colours } = this;
    // A face that fits its square leaves room around it: shown a little larger, about the same middle.
    const zoom = 1.62;
    const x = (index) => (0.5 + (points[index] - 0.5) * zoom) * side;
    const y = (index) => (0.575 + (points[68 + index] - 0.5) * zoom) * side;
    const at = (index) => [x(index), y(index)];
    const all = (indices) => indices.map(at);
    const width = Math.hypot(x(16) - x(0), y(16) - y(0));
    if (!(width > 1)) return;
    context.lineJoin = context.lineCap = 'round';
    context.lineWidth = Math.max(width * 0.012, 1);

    const jaw = all(parts.jaw);
    for (const [ear, next] of [[jaw[0], jaw[1]], [jaw[16], jaw[15]]]) this.ear(ear, next, width);
    this.head(jaw, at(27), at(8), width);
    this.cheeks([at(39), at(42), at(48), at(54)], coefficients, width);
    this.nose(all(parts.bridge), all(parts.nostrils), width);
    this.blob(all(parts.outerLip), colours.lip);
    this.blob(all(parts.innerLip), colours.mouth);
    for (const [eye, look] of [[parts.rightEye, 'Right'], [parts.leftEye, 'Left']]) {
      this.eye(all(eye), gaze(coefficients, look), width);
    }
    for (const brow of [parts.rightBrow, parts.leftBrow]) {
      context.lineWidth = width * 0.035;
      this.line(all(brow), colours.brow);
    }
  }

  ear(top, below, width) {
    const { context, colours } = this;
    context.beginPath();
    const [across, down] = [below[0] - top[0], below[1] - top[1]];
    context.ellipse(
      top[0] + across * 0.6, top[1] + down * 0.6, width * 0.075, width * 0.15, Math.atan2(down, across) - Math.PI / 2, 0,
      2 * Math.PI);
    context.fillStyle = colours.shade;
    context.strokeStyle = colours.line;
    context.fill();
    context.stroke();
  }

  // A smile that reaches the cheeks shows there.
  cheeks([rightEye, leftEye, rightMouth, leftMouth], coefficients, width) {
    const { context, colours } = this;
    for (const [eye, mouth, side] of [[rightEye, rightMouth, 'Right'], [leftEye, leftMouth, 'Left']]) {
      const strength = Math.max(coefficients[`mouthSmile${side}`] ?? 0, coefficients[`cheekSquint${side}`] ?? 0);
      const away = side === 'Right' ? -0.12 : 0.12;
      const centre = [mouth[0] + away * width, (eye[1] + 2 * mouth[1]) / 3 - 0.04 * width];
      const gradient = context.createRadialGradient(...centre, 0, ...centre, width * 0.15);
      gradient.addColorStop(0, colours.blush);
      gradient.addColorStop(1, faded(colours.blush));
      context.globalAlpha = Math.min(0.25 + strength, 1) * 0.6;
      context.fillStyle = gradient;
      context.beginPath();
      context.arc(...centre, width * 0.15, 0, 2 * Math.PI);
      context.fill();
      context.globalAlpha = 1;
    }
  }

  nose(bridge, nostrils, width) {
    const { context, colours } = this;
    const tip = bridge[3];
    const gradient = context.createRadialGradient(...tip, 0, ...tip, width * 0.1);
    gradient.addColorStop(0, colours.light);
    gradient.addColorStop(1, faded(colours.light));
    context.fillStyle = gradient;
    context.beginPath();
    context.arc(...tip, width * 0.1, 0, 2 * Math.PI);
    context.fill();
    context.lineWidth = Math.max(width * 0.012, 1);
    // The side of the nose that lies in the shade, then the wings.
    context.globalAlpha = 0.45;
    this.line([bridge[0], bridge[1], bridge[2], [nostrils[4][0], (bridge[3][1] + nostrils[4][1]) / 2], nostrils[4]], colours.line);
    context.globalAlpha = 1;
    this.line(nostrils, colours.line);
  }

  // The jaw line, closed over the crown, which has no landmarks: it is put 0.78 of the way from chin to nose root above
  // the nose's root.
  head(jaw, root, chin, width) {
    const { context, colours } = this;
    const up = [(root[0] - chin[0]) * 0.78, (root[1] - chin[1]) * 0.78];
    const [right, left] = [jaw[0], jaw[jaw.length - 1]];
    const crown = [root[0] + up[0], root[1] + up[1]];
    const half = [(left[0] - right[0]) / 2, (left[1] - right[1]) / 2];
    context.beginPath();
    this.curve(jaw);
    context.bezierCurveTo(
      left[0] + up[0] * 0.55, left[1] + up[1] * 0.55, crown[0] + half[0] * 0.62, crown[1] + half[1] * 0.62, ...crown);
    context.bezierCurveTo(
      crown[0] - half[0] * 0.62, crown[1] - half[1] * 0.62, right[0] + up[0] * 0.55, right[1] + up[1] * 0.55, ...right);
    context.closePath();
    // Lit from above, a little from the viewer's left.
    const lit = [root[0] - width * 0.12, root[1] - width * 0.1];
    const gradient = context.createRadialGradient(...lit, width * 0.1, ...root, width * 0.95);
    gradient.addColorStop(0, colours.light);
    gradient.addColorStop(0.55, colours.skin);
    gradient.addColorStop(1, colours.shade);
    context.fillStyle = gradient;
    context.strokeStyle = colours.line;
    context.fill();
    context.stroke();
  }

  eye(lids, [across, down], faceWidth) {
    const { context, colours } = this;
    const centre = lids.reduce(([a, b], [c, d]) => [a + c / lids.length, b + d / lids.length], [0, 0]);
    const width = Math.hypot(lids[3][0] - lids[0][0], lids[3][1] - lids[0][1]);
    context.save();
    context.beginPath();
    this.curve(lids, true);
    context.fillStyle = colours.eye;
    context.fill();
    context.clip();
    const iris = [centre[0] + across * width * 0.25, centre[1] + down * width * 0.2];
    const disc = (place, radius, fill) => {
      context.beginPath();
      context.arc(...place, radius, 0, 2 * Math.PI);
      context.fillStyle = fill;
      context.fill();
    };
    disc(iris, width * 0.24, colours.iris);
    disc(iris, width * 0.11, '#10161b');
    disc([iris[0] - width * 0.07, iris[1] - width * 0.08], width * 0.045, '#ffffff');
    context.restore();
    context.lineWidth = Math.max(faceWidth * 0.007, 1);
    this.line([lids[3], lids[4], lids[5], lids[0]], colours.line);
    context.lineWidth = Math.max(faceWidth * 0.018, 1);
    this.line([lids[0], lids[1], lids[2], lids[3]], colours.line);
  }

  blob(points, fill) {
    const { context } = this;
    context.beginPath();
    this.curve(points, true);
    context.fillStyle = fill;
    context.fill();
  }

  line(points, colour) {
    const { context } = this;
    context.beginPath();
    this.curve(points);
    context.strokeStyle = colour;
    context.stroke();
  }

  // A smooth path through all points: a Catmull-Rom spline in Bézier pieces.
  curve(points, isClosed = false) {
    const { context } = this;
    const count = points.length;
    const point = (index) => points[isClosed ? (index + count) % count : Math.min(Math.max(index, 0), count - 1)];
    context.moveTo(...points[0]);
    for (let index = 0; index < (isClosed ? count : count - 1); index += 1) {
      const [before, from, to, after] = [point(index - 1), point(index), point(index + 1), point(index + 2)];
      context.bezierCurveTo(
        from[0] + (to[0] - before[0]) / 6, from[1] + (to[1] - before[1]) / 6,
        to[0] - (after[0] - from[0]) / 6, to[1] - (after[1] - from[1]) / 6, ...to);
    }
    if (isClosed) context.closePath();
  }
}

/** A colour of the style sheet, `#rrggbb`, that lets everything through: fading to `transparent` would grey it. */
function faded(colour) { return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}00` : 'transparent'; }

/** Where an eye looks, −1 to 1 to the viewer's right and down, from the blendshapes; left and right are the subject's. */
function gaze(coefficients, side) {
  const value = (name) => coefficients[`eyeLook${name}${side}`] ?? 0;
  // The subject's left eye looks out to the subject's left, which is the viewer's right.
  const across = side === 'Left' ? value('Out') - value('In') : value('In') - value('Out');
  return [across, value('Down') - value('Up')];
}
