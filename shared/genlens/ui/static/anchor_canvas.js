// Paints anchors on a canvas: dots in typed arrays, which keeps 60,000 of them fluent without a
// graphics card, and pictures instead of dots where few are in view.

const MOST_PICTURES = 160; // in view, from which on they are dots
const rgb = (text) => {
  const [r, g, b] = text.trim().match(/\w\w/g).map((part) => parseInt(part, 16));
  return [r, g, b];
};
const CIVIDIS = ["00224E", "2A3F6D", "575C6D", "7B7A77", "A59C74", "D2C060", "FEE838"].map(rgb);

// Offsets and coverages of a dot's pixels, one after the other; `radius` in pixels.
function dot(radius) {
  const out = [], reach = Math.ceil(radius + 0.5);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(dx, dy)));
      if (cover > 0.05) out.push(dx, dy, cover);
    }
  }
  return Float32Array.from(out);
}

// A fixed order by chance, so that no class lies on top because it came last.
function shuffled(n) {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let state = 1;
  for (let i = n - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = state % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

class Painter {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: false });
  }
  // Fits the canvas to its size on the screen; says whether that changed.
  fit() {
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    const w = Math.round(this.canvas.clientWidth * ratio), h = Math.round(this.canvas.clientHeight * ratio);
    const changed = w !== this.canvas.width || h !== this.canvas.height || ratio !== this.ratio;
    if (changed && w && h) Object.assign(this.canvas, { width: w, height: h });
    this.ratio = ratio;
    return changed;
  }
  colours(names) {
    const style = getComputedStyle(this.canvas);
    return names.map((name) => rgb(style.getPropertyValue(name)));
  }
  // `look`: {points, order, view, by, faded(i), fading, radius, sprites}; `fading`: some are faded. `by` is "class", "group" or
  // "density".
  paint(look) {
    const { width: W, height: H } = this.canvas, { points, view } = look;
    if (!W || !H) return;
    const picture = this.context.createImageData(W, H), data = picture.data;
    const [ground] = this.colours(["--gl-raised"]);
    for (let k = 0; k < data.length; k += 4) {
      data[k] = ground[0]; data[k + 1] = ground[1]; data[k + 2] = ground[2]; data[k + 3] = 255;
    }
    const px = (i) => Math.round(((points.u[i] - view.u) / view.w) * W);
    const py = (i) => Math.round((1 - (points.v[i] - view.v) / view.h) * H);
    if (look.by === "density") this.density(data, W, H, look, px, py);
    else this.dots(data, W, H, look, px, py);
    this.context.putImageData(picture, 0, 0);
    if (look.sprites) this.pictures(look, px, py);
  }
  dots(data, W, H, { points, order, by, faded, fading, radius }, px, py) {
    const palette = by === "group"
      ? this.colours([0, 1, 2, 3].map((g) => `--gl-group-${g}`))
      : this.colours(Array.from({ length: 12 }, (_, c) => `--gl-class-${c}`));
    const none = [138, 143, 152], stamp = dot(radius * this.ratio), of = by === "group" ? points.group : points.labels;
    for (const pass of fading ? [true, false] : [false]) { // what is faded lies below
      const strength = pass ? 0.13 : 0.72;
      for (let k = 0; k < order.length; k++) {
        const i = order[k];
        if (fading && faded(i) !== pass) continue;
        const x = px(i), y = py(i);
        if (x < -9 || y < -9 || x > W + 9 || y > H + 9) continue;
        const [r, g, b] = of[i] < 0 ? none : palette[of[i] % palette.length];
        for (let s = 0; s < stamp.length; s += 3) {
          const X = x + stamp[s], Y = y + stamp[s + 1];
          if (X < 0 || Y < 0 || X >= W || Y >= H) continue;
          const at = 4 * (Y * W + X), a = stamp[s + 2] * strength;
          data[at] += (r - data[at]) * a;
          data[at + 1] += (g - data[at + 1]) * a;
          data[at + 2] += (b - data[at + 2]) * a;
        }
      }
    }
  }
  // Anchors for each square of `side` pixels: dark is one, bright is many (logarithmic).
  density(data, W, H, { points, faded }, px, py) {
    const side = Math.max(2, Math.round(4 * this.ratio)), columns = Math.ceil(W / side);
    const counts = new Uint32Array(columns * Math.ceil(H / side));
    let most = 1;
    for (let i = 0; i < points.n; i++) {
      const x = px(i), y = py(i);
      if (x < 0 || y < 0 || x >= W || y >= H || faded(i)) continue;
      const c = ++counts[Math.floor(y / side) * columns + Math.floor(x / side)];
      if (c > most) most = c;
    }
    for (let y = 0; y < H; y++) {
      for (let x = 0; x < W; x++) {
        const c = counts[Math.floor(y / side) * columns + Math.floor(x / side)];
        if (!c) continue;
        const at = (Math.log(c) / Math.log(most + 1)) * (CIVIDIS.length - 1), low = Math.min(5, Math.floor(at));
        for (let k = 0; k < 3; k++) {
          data[4 * (y * W + x) + k] = CIVIDIS[low][k] + (at - low) * (CIVIDIS[low + 1][k] - CIVIDIS[low][k]);
        }
      }
    }
    this.most = most;
  }
  pictures({ points, sprites, by, inView, faded }, px, py) {
    const size = Math.round(30 * this.ratio), edge = Math.max(1, Math.round(2 * this.ratio));
    const names = by === "group" ? "group" : "class", of = by === "group" ? points.group : points.labels;
    this.context.imageSmoothingEnabled = false;
    for (const i of inView) {
      const sprite = sprites.get(i);
      if (!sprite || faded(i)) continue;
      const x = px(i) - size / 2, y = py(i) - size / 2;
      const [r, g, b] = of[i] < 0 ? [138, 143, 152] : this.colours([`--gl-${names}-${of[i] % 12}`])[0];
      this.context.fillStyle = `rgb(${r} ${g} ${b})`;
      this.context.fillRect(x - edge, y - edge, size + 2 * edge, size + 2 * edge);
      const { sheet, at, side } = sprite;
      // What is not at hand is shown as the model draws it, faintly.
      this.context.fillStyle = "#7f7f7f";
      this.context.fillRect(x, y, size, size);
      this.context.globalAlpha = sprite.known ? 1 : 0.45;
      this.context.drawImage(sheet, at[0], at[1] + (sprite.known ? 0 : side[1]), side[0], side[1], x, y, size, size);
      this.context.globalAlpha = 1;
    }
  }
}
