// What hands do on the anchors' scatter: pointer, wheel, keys, buttons. Shares the variables of
// anchor_scatter.js, which comes before it.
const STEP = 12; // pixels of one arrow key

function place(event) {
  const area = overlay().getBoundingClientRect();
  const part = (event.clientX - area.x) / area.width, down = (event.clientY - area.y) / area.height;
  return [view.u + part * view.w, view.v + (1 - down) * view.h];
}

function under([u, v]) {
  const svg = overlay();
  return points.nearest(u, v, svg.clientWidth / view.w, svg.clientHeight / view.h, REACH, seen);
}

function look(wanted) {
  const w = Math.min(1, Math.max(1 / MOST_ZOOM, wanted.w));
  const keep = (value) => Math.min(Math.max(value, 0), 1 - w);
  view = { u: keep(wanted.u), v: keep(wanted.v), w, h: w };
  box.classList.toggle("gl-zoomed", w < 0.999);
  tip(-1);
  repaint();
}

function zoomBy(factor, spot) {
  const [u, v] = spot || [view.u + view.w / 2, view.v + view.h / 2];
  const w = view.w / factor, part = w / view.w;
  look({ u: u - (u - view.u) * part, v: v - (v - view.v) * part, w });
}

const far = (line) => line.some(([u, v]) => {
  const svg = overlay();
  return Math.hypot(((u - line[0][0]) / view.w) * svg.clientWidth, ((v - line[0][1]) / view.h) * svg.clientHeight) > 6;
});

function corners(line) {
  if (tool === "lasso") return line;
  const [[au, av], [bu, bv]] = [line[0], line[line.length - 1]];
  return [[au, av], [bu, av], [bu, bv], [au, bv]];
}

function outline(line) {
  const svg = overlay(), drag = svg.querySelector(".gl-map-drag");
  drag.setAttribute("visibility", line ? "visible" : "hidden");
  if (!line) return;
  const at = ([u, v]) => `${(px(u) * svg.clientWidth) / 100} ${(py(v) * svg.clientHeight) / 100}`;
  drag.setAttribute("d", `M${line.map(at).join("L")}Z`);
}

element.addEventListener("pointerdown", (event) => {
  if (!points || event.button !== 0 || !event.target.closest(".gl-scatter-over")) return;
  tip(-1);
  overlay().setPointerCapture(event.pointerId);
  const line = event.target.closest("[data-line]");
  if (line) { hold = { line: line.dataset.line }; line.focus({ preventScroll: true }); return; }
  if (tool === "move") { hold = { x: event.clientX, y: event.clientY, view, moved: false }; return; }
  path = [place(event)];
});
element.addEventListener("pointermove", (event) => {
  if (!points) return;
  if (hold && hold.line) {
    const [u, v] = place(event);
    if (hold.line === "x") threshold("x", across.value(u)); else threshold("y", up.value(v));
  } else if (hold) {
    const area = overlay().getBoundingClientRect();
    const [dx, dy] = [event.clientX - hold.x, event.clientY - hold.y];
    hold.moved = hold.moved || Math.hypot(dx, dy) > 4;
    if (hold.moved) {
      look({ u: hold.view.u - (dx / area.width) * view.w, v: hold.view.v + (dy / area.height) * view.h, w: view.w });
    }
  } else if (path) {
    path.push(place(event));
    if (far(path)) outline(corners(path));
  } else if (event.pointerType !== "touch" && event.target.closest(".gl-scatter-over")) {
    const i = under(place(event));
    if (i !== resting - 1) tip(i);
  }
});
element.addEventListener("pointerup", (event) => {
  if (!points) return;
  const [line, held] = [path && [...path, place(event)], hold];
  path = hold = null;
  if (!line && !held) return;
  outline(null);
  if (held && held.line) { threshold(held.line, held.line === "x" ? tx : ty, true); return; }
  if (held && held.moved) return;
  if (line && far(line)) { brushed(corners(line)); return; }
  const i = under(place(event));
  if (i >= 0) pick(i);
});
element.addEventListener("pointercancel", () => { path = hold = null; if (points) outline(null); });
element.addEventListener("pointerleave", () => { if (points) tip(-1); });
element.addEventListener("wheel", (event) => {
  if (!points || !(event.ctrlKey || event.metaKey) || !event.target.closest(".gl-scatter-over")) return;
  event.preventDefault();
  zoomBy(event.deltaY < 0 ? 1.25 : 0.8, place(event));
}, { passive: false });

// --- buttons and fields ------------------------------------------------------------------------

function press() {
  const state = { tool, by, scale };
  for (const [kind, value] of Object.entries(state)) {
    element.querySelectorAll(`button[data-${kind}]`).forEach((button) => {
      if (["in", "out", "whole", "own"].includes(button.dataset[kind])) return;
      button.setAttribute("aria-pressed", String(button.dataset[kind] === value));
    });
  }
  element.querySelectorAll("[data-light]").forEach((button) => {
    const [kind, index] = button.dataset.light.split("-");
    button.setAttribute("aria-pressed", String(lit !== null && lit.kind === kind && lit.index === Number(index)));
  });
  const laid = find('[data-tool="own"]');
  if (laid) laid.setAttribute("aria-pressed", String(own !== null));
  overlay().dataset.uses = tool;
}

async function use(name) {
  if (name === "in") zoomBy(1.6);
  else if (name === "out") zoomBy(1 / 1.6);
  else if (name === "whole") look({ u: 0, v: 0, w: 1 });
  else if (name === "own") await layOwn();
  else tool = name;
  press();
}

// The model's own samples as crosses over the anchors, or away with them.
async function layOwn() {
  if (own) { own = null; lines(); return; }
  const of = facts.stamp;
  say("The model draws samples …");
  const answer = await server.samples(origin());
  if (!facts || of !== facts.stamp) return;
  if (answer.error) { say(answer.error); return; }
  own = { x: unpack(answer.x, Float32Array), y: unpack(answer.y, Float32Array) };
  say(answer.said);
  lines();
}

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!points || !button || !box || !box.contains(button)) return;
  const { tool: chosenTool, by: colour, scale: axes_, light, reset, group } = button.dataset;
  if (chosenTool) use(chosenTool);
  if (colour) { by = colour; press(); draw(); }
  if (axes_) { scale = axes_; view = { u: 0, v: 0, w: 1, h: 1 }; lay(); }
  if (light) {
    const [kind, index] = light.split("-");
    const same = lit && lit.kind === kind && lit.index === Number(index);
    lit = same ? null : { kind, index: Number(index) };
    press();
    draw();
  }
  if (reset) { [tx, ty] = [facts.tx0, facts.ty0].map(Math.fround); recount(); draw(); tell("thresholds", { tx, ty }); }
  if (group) tell("group", { group: Number(group) });
});
element.addEventListener("change", (event) => {
  const name = points && event.target.dataset && event.target.dataset.threshold;
  if (name) { threshold(name, event.target.value.trim() === "" ? NaN : Number(event.target.value), true); recount(); }
});
element.addEventListener("input", (event) => {
  const name = points && event.target.dataset && event.target.dataset.threshold;
  const value = Number(event.target.value);
  if (name && event.target.value.trim() !== "" && Number.isFinite(value)) threshold(name, value);
});

// --- keys --------------------------------------------------------------------------------------

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function slide(name, event) {
  const move = ARROWS[event.key];
  const [axis, value, own0] = name === "x" ? [across, tx, facts.tx0] : [up, ty, facts.ty0];
  if (event.key === "Home") { threshold(name, own0); return true; }
  if (!move) return false;
  const step = (move[0] || move[1]) * (event.shiftKey ? 0.05 : 0.004) * view.w;
  threshold(name, axis.value(Math.min(1, Math.max(0, axis.place(value) + step))));
  return true;
}

function walk(event) {
  const svg = overlay(), move = ARROWS[event.key];
  cursor = cursor || [view.u + view.w / 2, view.v + view.h / 2];
  if (move) {
    const step = event.shiftKey ? 5 * STEP : STEP;
    cursor = [
      Math.min(view.u + view.w, Math.max(view.u, cursor[0] + (move[0] * step * view.w) / svg.clientWidth)),
      Math.min(view.v + view.h, Math.max(view.v, cursor[1] + (move[1] * step * view.h) / svg.clientHeight)),
    ];
    if (corner) outline(corners([corner, cursor]));
    lines();
    tip(under(cursor));
  } else if (event.key === "Enter") {
    const i = points.nearest(cursor[0], cursor[1], svg.clientWidth / view.w, svg.clientHeight / view.h, 1e6, seen);
    if (i >= 0) { cursor = [points.u[i], points.v[i]]; pick(i); }
  } else if (event.key === "b" || event.key === "B") {
    if (!corner) { corner = cursor; say("First corner set: move on and press B again."); return true; }
    const frame = [corner, [cursor[0], corner[1]], cursor, [corner[0], cursor[1]]];
    corner = null;
    outline(null);
    brushed(frame);
  } else if (event.key === "+" || event.key === "=") zoomBy(1.6, cursor);
  else if (event.key === "-") zoomBy(1 / 1.6, cursor);
  else if (event.key === "0") look({ u: 0, v: 0, w: 1 });
  else return false;
  return true;
}

element.addEventListener("keydown", (event) => {
  if (!points || !event.target.closest || !event.target.closest(".gl-scatter-over")) return;
  const line = event.target.closest("[data-line]");
  if (line ? slide(line.dataset.line, event) : walk(event)) event.preventDefault();
});

// --- what the page tells -----------------------------------------------------------------------

window.addEventListener("gl-anchors", (event) => {
  if (!points || !facts) return;
  const said = event.detail || {};
  if (Array.isArray(said.marked)) mark(said.marked);
  if (Number.isInteger(said.chosen) && said.chosen < points.n) { chosen = said.chosen; lines(); }
});
new ResizeObserver(() => { if (points && box) repaint(); }).observe(element);
new MutationObserver(() => { if (points && box) repaint(); })
  .observe(document.body, { attributes: true, attributeFilter: ["class"] }); // light to dark
new MutationObserver(fresh).observe(element, {
  childList: true, subtree: true, attributes: true, attributeFilter: ["data-stamp"],
});
fresh();
