// The anchors' scatter in `element`: brush, threshold lines, counts, zoom, pictures. Counts and groups
// are made here, without the server; it is told of what was done through trigger("select",
// {index, value}), and asked for points and pictures through `server`. `value` names what was drawn.
// Expects Points, Axis, Painter and inside in scope.
const REACH = 14; // pixels within which an anchor counts as hit
const MOST_ZOOM = 400;
const MOST_RINGS = 3000; // selected anchors that get one
let box = null; // the figure on the page
let points = null, painter = null, across = null, up = null, order = null;
let facts = null; // what the figure says it is of
let view = { u: 0, v: 0, w: 1, h: 1 };
let tx = 0, ty = 0; // the thresholds
let tool = "box", by = "class", scale = "log";
let lit = null; // the class or group that stands out: {kind, index}
let picked = new Uint8Array(0), marked = [], own = null, chosen = -1;
let sprites = new Map(), asked = new Set(), inView = [];
let path = null, hold = null, cursor = null, corner = null, waiting = 0, commit = 0, resting = 0;

const find = (query) => box.querySelector(query);
const overlay = () => find(".gl-scatter-over");
const origin = () => ({ model: facts.model, set: facts.set, x: facts.x, y: facts.y });
const faded = (i) => lit !== null && (lit.kind === "class" ? points.labels[i] : points.group[i]) !== lit.index;
const seen = (i) => !faded(i);

// --- a new figure ------------------------------------------------------------------------------

async function fresh() {
  const now = element.querySelector(".gl-anchors");
  const stamp = now && now.dataset.stamp;
  if (box === now && facts && facts.stamp === stamp) return;
  [box, facts, points] = [now, null, null]; // nothing is drawn of the old ones in the new figure
  if (!now) return;
  const read = JSON.parse(now.dataset.facts);
  facts = { ...read, stamp };
  painter = new Painter(find("canvas"));
  say("Loading the anchors …");
  const answer = await server.points(origin());
  if (element.querySelector(".gl-anchors")?.dataset.stamp !== stamp) return;
  if (answer.error) { say(answer.error); return; }
  points = new Points({
    x: unpack(answer.x, Float32Array), y: unpack(answer.y, Float32Array),
    labels: unpack(answer.labels, Int16Array), ids: unpack(answer.ids, Uint32Array),
  });
  order = shuffled(points.n);
  [tx, ty] = [facts.tx, facts.ty];
  [picked, marked, own, chosen, lit, corner, cursor] = [new Uint8Array(points.n), [], null, -1, null, null, null];
  sprites = new Map(); asked = new Set();
  scale = facts.scale;
  view = { u: 0, v: 0, w: 1, h: 1 };
  lay();
  chosen = facts.chosen;
  mark(facts.marked);
  say(`${points.n.toLocaleString("en")} anchors. Point at one to see it, click it to open it, drag around some to select them.`);
  box.dataset.ready = stamp;
}

function lay() {
  [across, up] = [new Axis(points.x, scale, tx), new Axis(points.y, scale, ty)];
  points.lay(across, up);
  for (const button of box.querySelectorAll('[data-scale="log"]')) {
    button.disabled = !(across.positive || up.positive);
  }
  recount();
  draw();
  press();
}

// --- thresholds, groups and counts -------------------------------------------------------------

function recount() {
  const classes = facts.names.length, width = classes + 1;
  const counts = points.regroup(tx, ty, classes);
  const totals = [0, 0, 0, 0];
  for (let g = 0; g < 4; g++) {
    for (let c = 0; c < width; c++) {
      const cell = find(`[data-count="${g}-${c}"]`), n = counts[g * width + c];
      totals[g] += n;
      if (cell) cell.textContent = n.toLocaleString("en");
    }
    find(`[data-total="${g}"]`).textContent = totals[g].toLocaleString("en");
    find(`[data-share="${g}"]`).textContent = `${((100 * totals[g]) / points.n).toFixed(1)} %`;
  }
  facts.totals = totals;
  const fields = [["x", tx], ["y", ty]];
  for (const [name, value] of fields) {
    const field = find(`input[data-threshold="${name}"]`);
    if (document.activeElement !== field) field.value = Number(value.toPrecision(6));
  }
}

function threshold(name, value, final) {
  if (!Number.isFinite(value)) { say("A threshold is a number: type one, such as 25.4."); return; }
  if (name === "x") tx = Math.fround(value); else ty = Math.fround(value);
  recount();
  if (by === "group" || (lit && lit.kind === "group")) repaint(); else lines();
  clearTimeout(commit);
  commit = setTimeout(() => tell("thresholds", { tx, ty }), final ? 0 : 350);
}

// --- drawing -----------------------------------------------------------------------------------

function repaint() {
  if (waiting) return;
  waiting = requestAnimationFrame(() => { waiting = 0; draw(); });
}

function draw() {
  if (!points || !box) return;
  painter.fit();
  const zoom = 1 / view.w;
  inView = [];
  for (const i of points.near(view.u, view.v, view.u + view.w, view.v + view.h)) {
    const inside_ = points.u[i] >= view.u && points.u[i] <= view.u + view.w
      && points.v[i] >= view.v && points.v[i] <= view.v + view.h;
    if (inside_ && seen(i)) inView.push(i);
    if (inView.length > MOST_PICTURES) break;
  }
  const few = inView.length <= MOST_PICTURES;
  const radius = Math.min(4.5, (points.n > 8000 ? 1.15 : 2.4) * zoom ** 0.3);
  painter.paint({ points, order, view, by, faded, fading: lit !== null, radius, inView, sprites: few && inView.length ? sprites : null });
  if (few) fetchPictures(inView.filter((i) => !sprites.has(i) && !asked.has(i)));
  lines();
  density();
}

async function fetchPictures(rows) {
  if (!rows.length) return;
  const of = facts.stamp;
  rows.forEach((i) => asked.add(i));
  try {
    const answer = await server.pictures({ ...origin(), rows });
    if (!facts || of !== facts.stamp || answer.error) return;
    const sheet = new Image();
    sheet.src = answer.sheet;
    await sheet.decode();
    answer.rows.forEach((row, k) => {
      const [w, h] = answer.side;
      const at = [(k % answer.columns) * w, Math.floor(k / answer.columns) * 2 * h];
      sprites.set(row, { sheet, at, side: [w, h], known: answer.known[k] });
    });
    repaint();
    if (resting) tip(resting - 1);
  } catch (error) {
    rows.forEach((i) => asked.delete(i)); // asked again when they come into view
  }
}

const px = (u) => ((u - view.u) / view.w) * 100;
const py = (v) => (1 - (v - view.v) / view.h) * 100;

function lines() {
  const svg = overlay(), [w, h] = [svg.clientWidth, svg.clientHeight];
  if (!w) return;
    const at = (u, v) => [(px(u) * w) / 100, (py(v) * h) / 100];
  const [x, y] = at(across.place(tx), up.place(ty));
  const set = (query, values) => {
    const node = svg.querySelector(query);
    for (const [name, value] of Object.entries(values)) node.setAttribute(name, value);
    return node;
  };
  set(".gl-line-x", { transform: `translate(${x.toFixed(1)} 0)` });
  set(".gl-line-y", { transform: `translate(0 ${y.toFixed(1)})` });
  for (const [name, value, axis] of [["x", tx, across], ["y", ty, up]]) {
    const line = svg.querySelector(`.gl-line-${name}`);
    line.querySelectorAll("line").forEach((l) => l.setAttribute(name === "x" ? "y2" : "x2", name === "x" ? h : w));
    line.querySelector("circle").setAttribute(name === "x" ? "cy" : "cx", name === "x" ? 12 : w - 12);
    line.setAttribute("aria-valuenow", value);
    line.setAttribute("aria-valuemin", axis.sorted[0]);
    line.setAttribute("aria-valuemax", axis.sorted[points.n - 1]);
    line.setAttribute("aria-valuetext", `${short(value)} ${facts[`${name}_unit`]}`);
  }
  // The groups' names in their corners, as far as a corner is in view.
  const places = [[x, y, "end", 1], [x, y, "end", -1], [x, y, "start", 1], [x, y, "start", -1]];
  places.forEach(([gx, gy, anchor, side], g) => {
    const text = svg.querySelector(`[data-corner="${g}"]`);
    const wide = g < 2 ? gx : w - gx, high = side > 0 ? h - gy : gy;
    text.setAttribute("visibility", wide > 96 && high > 30 ? "visible" : "hidden");
    text.setAttribute("x", g < 2 ? 8 : w - 8);
    text.setAttribute("text-anchor", g < 2 ? "start" : "end");
    text.setAttribute("y", side > 0 ? h - 12 : 20);
    const total = facts.totals[g].toLocaleString("en");
    const brief = facts.groups[g].split(" ")[0];
    text.textContent = wide > 230 ? `${facts.groups[g]}: ${total}` : wide > 125 ? `${brief}: ${total}` : brief;
  });
  axes(svg, w, h, at);
  marks(svg, at);
}

function axes(svg, w, h, at) {
  const drawn = [];
  for (const [u, text] of across.ticks(view.u, view.u + view.w, w / 90)) {
    drawn.push(`<text x="${at(u, 0)[0].toFixed(1)}" y="${h + 16}" text-anchor="middle">${text}</text>`);
    drawn.push(`<path d="M${at(u, 0)[0].toFixed(1)} ${h}v4"/>`);
  }
  for (const [v, text] of up.ticks(view.v, view.v + view.h, h / 60)) {
    drawn.push(`<text x="-7" y="${(at(0, v)[1] + 4).toFixed(1)}" text-anchor="end">${text}</text>`);
    drawn.push(`<path d="M-4 ${at(0, v)[1].toFixed(1)}h4"/>`);
  }
  svg.querySelector(".gl-scatter-ticks").innerHTML = drawn.join("");
}

function marks(svg, at) {
  const put = (i, name, text, radius = 10) => {
    const [x, y] = at(points.u[i], points.v[i]);
    const number = text ? `<text dy="4.5" text-anchor="middle">${text}</text>` : "";
    return `<g class="${name}" transform="translate(${x.toFixed(1)} ${y.toFixed(1)})"><circle r="${radius}"/>${number}</g>`;
  };
  const drawn = [];
  if (own) {
    for (let k = 0; k < own.x.length; k++) {
      const [x, y] = at(across.place(own.x[k]), up.place(own.y[k]));
      drawn.push(`<path class="gl-own" transform="translate(${x.toFixed(1)} ${y.toFixed(1)})" d="M-3.5-3.5L3.5 3.5M-3.5 3.5L3.5-3.5"/>`);
    }
  }
  const rings = picked.reduce((sum, one) => sum + one, 0);
  const size = rings > 60 ? 2.6 : 8;
  for (let i = 0, k = 0; i < points.n && k < MOST_RINGS; i++) {
    if (picked[i]) { drawn.push(put(i, "gl-picked", "", size)); k++; }
  }
  marked.forEach((i, k) => drawn.push(put(i, "gl-rep", String(k + 1))));
  if (chosen >= 0) drawn.push(put(chosen, "gl-anchor-chosen", ""));
  if (cursor) {
    const [x, y] = at(...cursor);
    drawn.push(`<path class="gl-map-cursor" transform="translate(${x} ${y})" d="M-14 0H14M0-14V14"/>`);
  }
  svg.querySelector(".gl-scatter-marks").innerHTML = drawn.join("");
}

function density() {
  const legend = find(".gl-density");
  legend.hidden = by !== "density";
  if (by === "density") legend.querySelector("[data-most]").textContent = painter.most;
  find(".gl-classes").hidden = by !== "class";
  find(".gl-groups").hidden = by !== "group";
}

// --- what is said and told ---------------------------------------------------------------------

function say(text) { const said = find(".gl-scatter-said"); if (said) said.textContent = text; }
function tell(kind, more, index = -1) { trigger("select", { index, value: { kind, ...more, ...origin() } }); }

function mark(rows) { marked = rows.filter((i) => i < points.n); lines(); }

function pick(i) {
  chosen = i;
  say(words(i));
  lines();
  tell("point", {}, i);
}

function words(i) {
  const name = points.labels[i] < 0 ? "" : `, class ${facts.names[points.labels[i]]}`;
  return `Anchor no. ${points.ids[i]}${name}: ${facts.x_title} ${short(points.x[i])}, `
    + `${facts.y_title} ${short(points.y[i])}, ${facts.groups[points.group[i]].split(" ")[0]}`;
}

function brushed(corners) {
  const rows = points.within(corners, seen);
  picked = new Uint8Array(points.n);
  rows.forEach((i) => { picked[i] = 1; });
  say(rows.length ? `${rows.length.toLocaleString("en")} anchors selected.` : "No anchor lies there.");
  lines();
  tell("brush", { bits: packBits(rows, points.n), count: rows.length });
}

// --- the picture that is pointed at ------------------------------------------------------------

function tip(i) {
  const old = find(".gl-map-tip");
  if (old) old.remove();
  resting = 0;
  if (i < 0 || !points) return;
  resting = i + 1;
  const sprite = sprites.get(i);
  if (!sprite) fetchPictures(asked.has(i) ? [] : [i]);
  const frame = document.createElement("div");
  frame.className = "gl-map-tip gl-scatter-tip";
  if (sprite) {
    const pair = document.createElement("canvas");
    const [w, h] = sprite.side;
    Object.assign(pair, { width: 2 * w + 2, height: h });
    const context = pair.getContext("2d");
    if (sprite.known) context.drawImage(sprite.sheet, ...sprite.at, w, h, 0, 0, w, h);
    context.drawImage(sprite.sheet, sprite.at[0], sprite.at[1] + h, w, h, w + 2, 0, w, h);
    frame.append(pair);
  }
  const said = document.createElement("span");
  said.textContent = words(i) + (sprite && !sprite.known ? " (its picture is not here: see its card)" : "");
  frame.append(said);
  const svg = overlay();
  const left = (px(points.u[i]) / 100) * svg.clientWidth, top = (py(points.v[i]) / 100) * svg.clientHeight;
  frame.style.left = `${Math.min(Math.max(left, 80), svg.clientWidth - 80) + svg.parentElement.offsetLeft}px`;
  frame.style.top = `${top}px`;
  frame.classList.toggle("gl-below", top < 150);
  find(".gl-scatter").append(frame);
}
