// Anchors as typed arrays: their values, where they lie on the axes, which group each is in, and a
// grid that finds the one under the pointer. Nothing here draws or listens.

function unpack(text, Kind) {
  const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  return new Kind(bytes.buffer);
}

function packBits(rows, n) {
  const bytes = new Uint8Array(Math.ceil(n / 8));
  for (const i of rows) bytes[i >> 3] |= 1 << (i & 7);
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}

// First place in the sorted `values` whose value is not below `v`.
function lowerBound(values, v) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < v) low = middle + 1; else high = middle;
  }
  return low;
}

// One axis: a value to its place in [0, 1] and back. `kind` is "log", "linear" or "rank".
class Axis {
  constructor(values, kind, threshold) {
    this.sorted = Float32Array.from(values).sort();
    const n = this.sorted.length, [least, most] = [this.sorted[0], this.sorted[n - 1]];
    this.positive = least > 0;
    this.kind = kind === "log" && !this.positive ? "linear" : kind;
    const f = this.kind === "log" ? Math.log : (v) => v;
    const shown = this.kind === "log" && !(threshold > 0) ? least : threshold;
    let [low, high] = [f(Math.min(least, shown)), f(Math.max(most, shown))];
    const room = (high - low) * 0.03 || Math.abs(high) * 0.03 || 1;
    [this.low, this.high] = [low - room, high + room];
  }
  place(v) {
    if (this.kind === "rank") return 0.02 + 0.96 * (lowerBound(this.sorted, v) / this.sorted.length);
    const f = this.kind === "log" ? Math.log(Math.max(v, 1e-30)) : v;
    return (f - this.low) / (this.high - this.low);
  }
  value(u) {
    if (this.kind === "rank") {
      const n = this.sorted.length, at = Math.min(n - 1, Math.max(0, ((u - 0.02) / 0.96) * n));
      const i = Math.floor(at), next = this.sorted[Math.min(n - 1, i + 1)];
      return this.sorted[i] + (at - i) * (next - this.sorted[i]);
    }
    const f = this.low + u * (this.high - this.low);
    return this.kind === "log" ? Math.exp(f) : f;
  }
  // Every value's place; equal values get one place.
  places(values) {
    const out = new Float32Array(values.length);
    if (this.kind !== "rank") {
      for (let i = 0; i < out.length; i++) out[i] = this.place(values[i]);
      return out;
    }
    const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[a] - values[b]);
    for (let r = 0; r < order.length; r++) {
      const same = r && values[order[r]] === values[order[r - 1]];
      out[order[r]] = same ? out[order[r - 1]] : 0.02 + (0.96 * r) / order.length;
    }
    return out;
  }
  // [place, text] of about `about` round numbers between the places `from` and `to`.
  ticks(from, to, about) {
    if (this.kind === "rank") {
      const marks = [0, 0.05, 0.25, 0.5, 0.75, 1];
      return marks.map((part) => [0.02 + 0.96 * part, `${100 * part} %`])
        .filter(([u]) => u >= from && u <= to);
    }
    const [a, b] = [this.value(from), this.value(to)];
    const found = this.kind === "log" ? logSteps(a, b, about) : evenSteps(a, b, about);
    return found.map((v) => [this.place(v), short(v)]);
  }
}

function evenSteps(a, b, about) {
  const rough = (b - a) / Math.max(1, about), power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((s) => s * power).find((s) => s >= rough * (1 - 1e-9));
  const out = [];
  for (let i = Math.ceil(a / step - 1e-9); i * step <= b + 1e-9 * step; i++) out.push(i * step);
  return out;
}

function logSteps(a, b, about) {
  if (b / a < 3) return evenSteps(a, b, about);
  const out = [];
  for (let power = Math.floor(Math.log10(a)); power <= Math.log10(b); power++) {
    for (const s of [1, 2, 5]) {
      const v = s * 10 ** power;
      if (v >= a && v <= b) out.push(v);
    }
  }
  return out.length > 2 * about ? out.filter((v) => Math.log10(v) % 1 === 0) : out;
}

// At most four digits, and no exponent where a person would not write one.
function short(v) {
  const size = Math.abs(v);
  if (!Number.isFinite(v)) return "–";
  const text = size && (size >= 1e6 || size < 1e-4) ? v.toExponential(2) : String(Number(v.toPrecision(4)));
  return text.replace("-", "−");
}

const CELLS = 96; // of the grid, along each side

// n anchors by two criteria: `x` and `y` (Float32), `labels` (Int16, −1 for none), `ids` (Uint32).
class Points {
  constructor({ x, y, labels, ids }) {
    Object.assign(this, { x, y, labels, ids, n: x.length });
    this.group = new Uint8Array(this.n);
  }
  // High affinity is a value below the threshold: 0 HIHE, 1 HILE, 2 LIHE, 3 LILE.
  // Gives counts by group and class, those without a class in the last column.
  regroup(tx, ty, classes) {
    const { x, y, labels, group, n } = this, width = classes + 1;
    const counts = new Uint32Array(4 * width);
    for (let i = 0; i < n; i++) {
      const g = (x[i] < tx ? 0 : 2) + (y[i] < ty ? 0 : 1);
      group[i] = g;
      counts[g * width + (labels[i] < 0 ? classes : labels[i])]++;
    }
    return counts;
  }
  // Where they lie, in [0, 1]; the grid is made anew.
  lay(across, up) {
    this.u = across.places(this.x);
    this.v = up.places(this.y);
    const cell = (i) => {
      const cx = Math.min(CELLS - 1, Math.max(0, Math.floor(this.u[i] * CELLS)));
      const cy = Math.min(CELLS - 1, Math.max(0, Math.floor(this.v[i] * CELLS)));
      return cy * CELLS + cx;
    };
    const start = new Uint32Array(CELLS * CELLS + 1);
    for (let i = 0; i < this.n; i++) start[cell(i) + 1]++;
    for (let c = 0; c < CELLS * CELLS; c++) start[c + 1] += start[c];
    const next = start.slice(), order = new Uint32Array(this.n);
    for (let i = 0; i < this.n; i++) order[next[cell(i)]++] = i;
    Object.assign(this, { start, order });
  }
  // Those in the cells that the rectangle of places touches, which may lie a little outside of it.
  *near(u0, v0, u1, v1) {
    const at = (w) => Math.min(CELLS - 1, Math.max(0, Math.floor(w * CELLS)));
    for (let cy = at(v0); cy <= at(v1); cy++) {
      for (let cx = at(u0); cx <= at(u1); cx++) {
        const c = cy * CELLS + cx;
        for (let k = this.start[c]; k < this.start[c + 1]; k++) yield this.order[k];
      }
    }
  }
  // The one nearest to the place (u, v), at most `reach` away where a step across is `su` and one up
  // is `sv` long; −1 where there is none. `seen(i)` says which count.
  nearest(u, v, su, sv, reach, seen) {
    let best = -1, least = reach;
    for (const i of this.near(u - reach / su, v - reach / sv, u + reach / su, v + reach / sv)) {
      const d = Math.hypot((this.u[i] - u) * su, (this.v[i] - v) * sv);
      if (d <= least && seen(i)) { least = d; best = i; }
    }
    return best;
  }
  // All inside a polygon of places. Expects `inside` in scope.
  within(corners, seen) {
    const us = corners.map((c) => c[0]), vs = corners.map((c) => c[1]), out = [];
    for (const i of this.near(Math.min(...us), Math.min(...vs), Math.max(...us), Math.max(...vs))) {
      if (seen(i) && inside([this.u[i], this.v[i]], corners)) out.push(i);
    }
    return out.sort((a, b) => a - b);
  }
}
