// A tile of the gallery inside `element` opens large, beside the whole prompt's image; arrow keys go
// to the next tile as it is ordered, Esc closes. All text is set as text, never as HTML.
const tiles = () => [...element.querySelectorAll(".gl-tile")].sort(
  (a, b) => getComputedStyle(a).order - getComputedStyle(b).order);
let shown = null;

function enlarge(tile) {
  const box = element.querySelector("dialog.gl-large");
  if (!box || !tile) return;
  shown = tile;
  const whole = element.querySelector(".gl-tile[data-whole]");
  const fill = (part, from) => {
    box.querySelector(`${part} img`).src = from.querySelector("img").src;
    box.querySelector(`${part} img`).alt = from.querySelector("img").alt;
    box.querySelector(`${part} figcaption`).textContent =
      `${from.querySelector(".gl-sub").textContent}: payoff ${from.querySelector(".gl-payoff").textContent}`;
  };
  fill(".gl-large-this", tile);
  fill(".gl-large-whole", whole);
  if (!box.open) box.showModal();
}

element.addEventListener("click", (event) => {
  const tile = event.target.closest(".gl-enlarge") && event.target.closest(".gl-tile");
  const box = element.querySelector("dialog.gl-large");
  if (tile) enlarge(tile);
  else if (box && (event.target === box || event.target.closest(".gl-close"))) box.close();
});
element.addEventListener("keydown", (event) => {
  const box = element.querySelector("dialog.gl-large");
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!box || !box.open || !step) return;
  event.preventDefault();
  const all = tiles();
  enlarge(all[(all.indexOf(shown) + step + all.length) % all.length]);
});
