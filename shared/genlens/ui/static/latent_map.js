// Makes the map in `element` answer: a click on a mark opens that picture, a click on empty ground
// asks for the picture of that place, a drag gathers a group. Everything also by keyboard: arrows
// move a cursor, Enter opens the mark nearest to it, D decodes the place under it.
// Tells the app through trigger("select", {index, value}).
const REACH = 14; // SVG units within which a mark counts as hit
const STEP = 12;
let at = null; // the keyboard's cursor, SVG units
let from = null; // where a drag began

const map = () => element.querySelector(".gl-map");
const marks = () => Array.from(element.querySelectorAll(".gl-mark"));

function place(event) {
  const svg = map();
  const point = new DOMPoint(event.clientX, event.clientY);
  const p = point.matrixTransform(svg.getScreenCTM().inverse());
  return [p.x, p.y];
}

function where(mark) {
  return mark.tagName === "circle"
    ? [mark.cx.baseVal.value, mark.cy.baseVal.value]
    : [Number(mark.getAttribute("x")), Number(mark.getAttribute("y"))];
}

function nearest([x, y]) {
  let best = null;
  let distance = Infinity;
  marks().forEach((mark) => {
    const [mx, my] = where(mark);
    const d = Math.hypot(mx - x, my - y);
    if (d < distance) { distance = d; best = mark; }
  });
  return [best, distance];
}

function units([x, y]) {
  // SVG units to the data's: the frame's corners are written on the map
  const svg = map();
  const [x0, y0, x1, y1] = svg.dataset.frame.split(" ").map(Number);
  const margin = Number(svg.dataset.margin);
  const { width, height } = svg.viewBox.baseVal;
  const across = (x - margin) / (width - 2 * margin);
  const up = (height - y - margin) / (height - 2 * margin);
  return [x0 + across * (x1 - x0), y0 + up * (y1 - y0)];
}

function say(value, index) { trigger("select", { index, value }); }

function open(mark) {
  marks().forEach((m) => m.classList.toggle("gl-chosen", m === mark));
  say({ kind: "point" }, Number(mark.dataset.i));
}

function decode(spot) {
  const [x, y] = units(spot);
  say({ kind: "ground", x, y }, -1);
}

function cursor(spot) {
  const cross = map().querySelector(".gl-map-cursor");
  cross.setAttribute("visibility", spot ? "visible" : "hidden");
  if (spot) cross.setAttribute("transform", `translate(${spot[0]} ${spot[1]})`);
}

function box(a, b) {
  const drag = map().querySelector(".gl-map-drag");
  drag.setAttribute("visibility", a ? "visible" : "hidden");
  if (!a) return null;
  const [x, y] = [Math.min(a[0], b[0]), Math.min(a[1], b[1])];
  const [w, h] = [Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])];
  drag.setAttribute("x", x); drag.setAttribute("y", y);
  drag.setAttribute("width", w); drag.setAttribute("height", h);
  return [x, y, x + w, y + h];
}

element.addEventListener("pointerdown", (event) => {
  if (!event.target.closest(".gl-map") || event.button !== 0) return;
  from = place(event);
});
element.addEventListener("pointermove", (event) => {
  if (from) { const to = place(event); if (Math.hypot(to[0] - from[0], to[1] - from[1]) > REACH) box(from, to); }
});
element.addEventListener("pointerup", (event) => {
  if (!from) return;
  const start = from;
  const to = place(event);
  from = null;
  if (Math.hypot(to[0] - start[0], to[1] - start[1]) > REACH) {
    const [x0, y0, x1, y1] = box(start, to);
    box(null);
    const inside = marks().filter((m) => {
      const [x, y] = where(m);
      return x >= x0 && x <= x1 && y >= y0 && y <= y1;
    });
    say({ kind: "group", second: event.shiftKey, members: inside.map((m) => Number(m.dataset.i)) }, -1);
    return;
  }
  const [mark, distance] = nearest(to);
  at = to;
  cursor(to);
  if (mark && distance <= REACH) open(mark); else decode(to);
});
element.addEventListener("pointercancel", () => { from = null; if (map()) box(null); });
element.addEventListener("keydown", (event) => {
  const svg = event.target.closest && event.target.closest(".gl-map");
  if (!svg) return;
  const { width, height } = svg.viewBox.baseVal;
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  at = at || [width / 2, height / 2];
  if (moves[event.key]) {
    const far = event.shiftKey ? 5 * STEP : STEP;
    at = [
      Math.min(width, Math.max(0, at[0] + far * moves[event.key][0])),
      Math.min(height, Math.max(0, at[1] + far * moves[event.key][1])),
    ];
    cursor(at);
  } else if (event.key === "Enter") {
    const [mark] = nearest(at);
    if (mark) { at = where(mark); cursor(at); open(mark); }
  } else if (event.key === "d" || event.key === "D") decode(at);
  else return;
  event.preventDefault();
});
// A new map: the old cursor's place means nothing on it.
if (typeof watch === "function") watch("value", () => { at = null; from = null; });
