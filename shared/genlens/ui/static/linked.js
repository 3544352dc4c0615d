// Links words and objects inside `element`: pointing at a word shows its objects and its map, at an
// object its word; choosing one keeps it lit. Works on whatever HTML is inside at the moment, so a new result needs no new listeners.
// All text comes from data-say attributes and is set as text, never as HTML.
let pinned = null; // the chosen chip or object, or null

const root = () => element.querySelector(".gl-linked");
const target = (event) => event.target.closest && event.target.closest(".gl-chip, .gl-object");
const everyPart = () => element.querySelectorAll(".gl-chip, .gl-object");

function show(part) {
  const box = root();
  if (!box) return;
  box.classList.toggle("gl-focused", part !== null);
  const word = part && part.dataset.word;
  everyPart().forEach((other) => {
    const together = part !== null && word !== "-1" && other.dataset.word === word;
    // An object chosen by itself lights alone; its word lights with it.
    const alone = part !== null && part.dataset.object !== undefined;
    const lit = alone && other.dataset.object !== undefined ? other === part : together;
    other.classList.toggle("gl-lit", lit || other === part);
    other.setAttribute("aria-pressed", String(other === pinned));
  });
  // A word shows what it did to every pixel; an object, where it is.
  const mapped = part !== null && part.dataset.object === undefined ? word : null;
  box.classList.toggle("gl-mapped", mapped !== null);
  element.querySelectorAll("[data-map]").forEach((map) => {
    map.classList.toggle("gl-lit", map.dataset.map === mapped);
  });
  // Above the veil each object has its pixels and its name once more.
  element.querySelectorAll("[data-light]").forEach((light) => {
    const owner = element.querySelector(`.gl-object[data-object="${light.dataset.light}"]`);
    light.classList.toggle("gl-lit", owner !== null && owner.classList.contains("gl-lit"));
  });
  const status = element.querySelector(".gl-status");
  if (status) status.textContent = part ? part.dataset.say : status.dataset.idle;
}

function choose(part) {
  pinned = pinned === part ? null : part;
  show(pinned);
}

element.addEventListener("click", (event) => {
  const part = target(event);
  if (part) choose(part);
  else if (event.target.closest(".gl-image")) { pinned = null; show(null); }
});
element.addEventListener("keydown", (event) => {
  const part = target(event);
  if (event.key === "Escape") { pinned = null; show(null); }
  // Chips are buttons and click by themselves; shapes in an SVG do not.
  else if (part && part.dataset.object !== undefined && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    choose(part);
  }
});
element.addEventListener("pointerover", (event) => {
  const part = target(event);
  if (part && event.pointerType !== "touch") show(part);
});
element.addEventListener("pointerout", (event) => {
  if (target(event) && event.pointerType !== "touch") show(pinned);
});
element.addEventListener("focusin", (event) => {
  const part = target(event);
  if (part && part.matches(":focus-visible")) show(part);
});
element.addEventListener("focusout", () => show(pinned));
// A new result replaces the parts: forget what was chosen on the old one.
if (typeof watch === "function") watch("value", () => { pinned = null; show(null); });
