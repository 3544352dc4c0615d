// Makes the map in `element` answer: a click on a mark opens that picture, a click on empty ground
// asks for the picture of that place, a lasso or a box gathers a group; zoom and pan; a thumbnail of
// the mark that is pointed at. Everything also by keyboard (see the map's label).
// Tells the app through trigger("select", {index, value}); `value` names the map that was clicked on.
const REACH = 14; // screen-sized units within which a mark counts as hit
const STEP = 12;
const MOST_ZOOM = 24;
const UNSCALED = "1.0000"; // as the server draws the marks
let svg = null; // the map on the page
let shown = null; // of which model and projection it is, and its stamp
let marks = []; // its marks: {node, x, y, i}
let view = null; // the part that is seen: {x, y, w, h} in SVG units
let scaled = ""; // the scale that the marks have
let at = null; // the keyboard's cursor, SVG units
let path = null; // a drag on its way: points in SVG units
let hold = null; // where a pan began, screen pixels, and the view it began with
let tool = "lasso";
let tip = null;
let resting = null; // timer of the thumbnail
const seen = new Map(); // picture -> thumbnail of this model

let whole = { x: 0, y: 0, w: 1000, h: 640 };
const zoom = () => whole.w / view.w;
const small = () => Math.max(1, 560 / (svg.clientWidth || 1000)); // larger marks on a phone
const size = () => small() / zoom();
const of = (node) => { const m = node.transform.baseVal[0].matrix; return [m.e, m.f]; };

// --- a new map ---------------------------------------------------------------------------------

function fresh() {
  svg = element.querySelector(".gl-map");
  at = path = hold = null;
  hideTip();
  if (!svg) return;
  const { model, projection } = svg.dataset;
  const same = shown && shown.model === model && shown.projection === projection;
  if (!shown || shown.model !== model) seen.clear();
  shown = { model, projection, stamp: svg.dataset.stamp };
  const { x, y, width, height } = svg.viewBox.baseVal;
  whole = { x, y, w: width, h: height };
  marks = Array.from(svg.querySelectorAll(".gl-mark[data-i]"), (node) => {
    const [mx, my] = of(node);
    return { node, x: mx, y: my, i: Number(node.dataset.i) };
  });
  scaled = svg.querySelector(".gl-mark[transform*=scale]") ? "" : UNSCALED;
  look(same && view ? view : whole); // other colours keep the place
  press();
}

function look(wanted) {
  const w = Math.min(whole.w, Math.max(whole.w / MOST_ZOOM, wanted.w));
  const h = (w * whole.h) / whole.w;
  const keep = (v, low, high) => Math.min(Math.max(v, low), high);
  view = { x: keep(wanted.x, 0, whole.w - w), y: keep(wanted.y, 0, whole.h - h), w, h };
  svg.setAttribute("viewBox", `${view.x} ${view.y} ${view.w} ${view.h}`);
  svg.classList.toggle("gl-zoomed", zoom() > 1.01);
  // Marks keep their size on the screen, so that crowds come apart.
  const scale = size().toFixed(4);
  if (scale !== scaled) // writing to thousands of marks lays all of them out anew
    svg.querySelectorAll(".gl-mark, .gl-ring-a, .gl-ring-b, .gl-map-chosen").forEach((node) => {
      const [x, y] = of(node);
      node.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    });
  scaled = scale;
  cursor(at);
}

function zoomBy(factor, spot) {
  const [x, y] = spot || [view.x + view.w / 2, view.y + view.h / 2];
  const w = view.w / factor;
  const part = w / view.w;
  look({ x: x - (x - view.x) * part, y: y - (y - view.y) * part, w });
}

// --- places ------------------------------------------------------------------------------------

function place(event) {
  const p = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [p.x, p.y];
}

function nearest([x, y]) {
  let best = null;
  let distance = Infinity;
  marks.forEach((mark) => {
    const d = Math.hypot(mark.x - x, mark.y - y);
    if (d < distance) { distance = d; best = mark; }
  });
  return [best, distance / size()];
}

function units([x, y]) {
  // SVG units to the data's: the frame's corners are written on the map
  const [x0, y0, x1, y1] = svg.dataset.frame.split(" ").map(Number);
  const margin = Number(svg.dataset.margin);
  const across = (x - margin) / (whole.w - 2 * margin);
  const up = (whole.h - y - margin) / (whole.h - 2 * margin);
  return [x0 + across * (x1 - x0), y0 + up * (y1 - y0)];
}

// --- what is told ------------------------------------------------------------------------------

function say(value, index) {
  const { model, projection } = svg.dataset;
  trigger("select", { index, value: { ...value, model, projection } });
}

function choose(index) {
  const ring = svg && svg.querySelector(".gl-map-chosen");
  if (!ring) return;
  const mark = marks.find((m) => m.i === index);
  ring.setAttribute("visibility", mark ? "visible" : "hidden");
  if (mark) ring.setAttribute("transform", `translate(${mark.x} ${mark.y}) scale(${size()})`);
}

function open(mark) { choose(mark.i); say({ kind: "point" }, mark.i); }

function decode(spot) {
  const [x, y] = units(spot);
  say({ kind: "ground", x, y }, -1);
}

function cursor(spot) {
  const cross = svg.querySelector(".gl-map-cursor");
  cross.setAttribute("visibility", spot ? "visible" : "hidden");
  if (spot) cross.setAttribute("transform", `translate(${spot[0]} ${spot[1]}) scale(${size()})`);
}

// --- the thumbnail -----------------------------------------------------------------------------

function hideTip() { clearTimeout(resting); if (tip) tip.remove(); tip = null; }

async function showTip(mark) {
  const asked = svg;
  if (!seen.has(mark.i)) {
    const answer = await server.thumbnail({ model: svg.dataset.model, picture: mark.i });
    if (answer.error || asked.dataset.model !== svg.dataset.model) return;
    seen.set(mark.i, answer);
  }
  if (tip === null || tip.dataset.i !== String(mark.i)) return; // the pointer has gone on
  const image = document.createElement("img");
  image.className = "gl-pixels";
  image.src = seen.get(mark.i).image;
  image.alt = "";
  const said = document.createElement("span");
  said.textContent = seen.get(mark.i).said;
  tip.replaceChildren(image, said);
}

function point(mark) {
  if (mark && tip && tip.dataset.i === String(mark.i)) return;
  hideTip();
  if (!mark) return;
  const box = svg.parentElement.getBoundingClientRect();
  const spot = mark.node.getBoundingClientRect();
  tip = document.createElement("div");
  tip.className = "gl-map-tip";
  tip.dataset.i = mark.i;
  const left = spot.x + spot.width / 2 - box.x;
  tip.style.left = `${Math.min(Math.max(left, 70), box.width - 70)}px`;
  const top = spot.y - box.y;
  tip.style.top = `${top}px`;
  tip.classList.toggle("gl-below", top < 130);
  svg.parentElement.append(tip);
  resting = setTimeout(() => showTip(mark).catch(hideTip), 60);
}

// --- drags -------------------------------------------------------------------------------------

function outline(points) {
  const drag = svg.querySelector(".gl-map-drag");
  drag.setAttribute("visibility", points ? "visible" : "hidden");
  if (points) drag.setAttribute("d", `M${points.map((p) => p.join(" ")).join("L")}Z`);
}

function corners(points) {
  if (tool !== "box") return points;
  const [[ax, ay], [bx, by]] = [points[0], points[points.length - 1]];
  return [[ax, ay], [bx, ay], [bx, by], [ax, by]];
}

const far = (points) => points.some(([x, y]) =>
  Math.hypot(x - points[0][0], y - points[0][1]) * zoom() > REACH);

element.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".gl-map") || event.button !== 0) return;
  hideTip();
  path = [place(event)];
  if (tool === "move") hold = { x: event.clientX, y: event.clientY, view };
});
element.addEventListener("pointermove", (event) => {
  if (!svg) return;
  if (!path) {
    if (event.pointerType === "touch" || !event.target.closest(".gl-map")) return;
    const [mark, distance] = nearest(place(event));
    point(mark && distance <= REACH ? mark : null);
    return;
  }
  if (hold) {
    const pixel = hold.view.w / svg.getBoundingClientRect().width;
    const [dx, dy] = [event.clientX - hold.x, event.clientY - hold.y];
    if (Math.hypot(dx, dy) > 4) hold.moved = true;
    if (hold.moved) look({ ...hold.view, x: hold.view.x - dx * pixel, y: hold.view.y - dy * pixel });
    return;
  }
  path.push(place(event));
  if (far(path)) outline(corners(path));
});
element.addEventListener("pointerleave", () => point(null));
element.addEventListener("pointerup", (event) => {
  if (!path) return;
  const [points, moved] = [[...path, place(event)], hold && hold.moved];
  path = hold = null;
  outline(null);
  if (moved) return;
  if (tool !== "move" && far(points)) {
    const edge = corners(points);
    const members = marks.filter((m) => inside([m.x, m.y], edge)).map((m) => m.i);
    say({ kind: "group", second: event.shiftKey, members }, -1);
    return;
  }
  const to = points[points.length - 1];
  const [mark, distance] = nearest(to);
  at = to;
  cursor(to);
  if (mark && distance <= REACH) open(mark); else decode(to);
});
element.addEventListener("pointercancel", () => { path = hold = null; if (svg) outline(null); });
element.addEventListener("wheel", (event) => {
  if (!(event.ctrlKey || event.metaKey) || !event.target.closest(".gl-map")) return;
  event.preventDefault();
  zoomBy(event.deltaY < 0 ? 1.25 : 0.8, place(event));
}, { passive: false });

// --- tools and keys ----------------------------------------------------------------------------

function press() {
  element.querySelectorAll("[data-tool]").forEach((button) => {
    const lasting = ["lasso", "box", "move"].includes(button.dataset.tool);
    if (lasting) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  });
  if (svg) svg.dataset.uses = tool;
}

function use(name) {
  if (name === "in") zoomBy(1.6);
  else if (name === "out") zoomBy(1 / 1.6);
  else if (name === "whole") look(whole);
  else tool = name;
  press();
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-tool]");
  if (button && svg && element.contains(button) && button.tagName === "BUTTON") use(button.dataset.tool);
});
element.addEventListener("keydown", (event) => {
  if (!event.target.closest || !event.target.closest(".gl-map")) return;
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  at = at || [view.x + view.w / 2, view.y + view.h / 2];
  if (moves[event.key]) {
    const step = (event.shiftKey ? 5 * STEP : STEP) / zoom();
    at = [
      Math.min(view.x + view.w, Math.max(view.x, at[0] + step * moves[event.key][0])),
      Math.min(view.y + view.h, Math.max(view.y, at[1] + step * moves[event.key][1])),
    ];
    cursor(at);
    const [mark, distance] = nearest(at);
    point(mark && distance <= REACH ? mark : null);
  } else if (event.key === "Enter") {
    const [mark] = nearest(at);
    if (mark) { at = [mark.x, mark.y]; cursor(at); open(mark); }
  } else if (event.key === "d" || event.key === "D") decode(at);
  else if (event.key === "+" || event.key === "=") zoomBy(1.6, at);
  else if (event.key === "-") zoomBy(1 / 1.6, at);
  else if (event.key === "0") look(whole);
  else return;
  event.preventDefault();
});

window.addEventListener("gl-picture", (event) => choose(Number(event.detail)));
new ResizeObserver(() => { if (svg && view) look(view); }).observe(element);
// The app writes a new map into the old one's nodes: its stamp says that it has.
new MutationObserver(() => {
  const map = element.querySelector(".gl-map");
  if ((map && map.dataset.stamp) !== (shown && shown.stamp) || map !== svg) fresh();
}).observe(element, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["data-stamp"],
});
fresh();
