// Live decoding: each move of a slider in `element` asks the server for the picture of the code
// that all sliders stand for. One request at a time; while it runs, only the last move is kept.
// Expects `element`, `server` (with the function "steer") and `watch` in scope.
let busy = false;
let waiting = false;

const box = () => element.querySelector(".gl-steer");
const sliders = () => Array.from(element.querySelectorAll('.gl-slider input[type="range"]'));

function value(slider) {
  // At its starting place a slider stands for the exact number, not for the nearest step.
  return slider.dataset.moved ? Number(slider.value) : Number(slider.dataset.start);
}

function say(text) {
  const said = element.querySelector(".gl-steer-said");
  if (said) said.textContent = text;
}

function question() {
  const places = [];
  sliders().forEach((slider) => { places[Number(slider.dataset.i)] = value(slider); });
  return { model: box().dataset.model, picture: Number(box().dataset.picture), places };
}

async function ask() {
  if (busy) { waiting = true; return; }
  busy = true;
  do {
    waiting = false;
    const asked = box();
    if (!asked) break;
    try {
      const answer = await server.steer(question());
      if (box() !== asked) { waiting = false; break; } // another picture came in the meantime
      if (answer.error) say(answer.error);
      else {
        element.querySelector(".gl-steer-image").src = answer.image;
        say(answer.said);
      }
    } catch (error) {
      say("The server did not answer: move a slider to try again.");
    }
  } while (waiting);
  busy = false;
}

function show(slider) {
  const output = slider.parentElement.querySelector("output");
  if (output) output.textContent = value(slider).toFixed(2).replace("-", "−");
}

element.addEventListener("input", (event) => {
  if (!event.target.matches('.gl-slider input[type="range"]')) return;
  event.target.dataset.moved = "1";
  show(event.target);
  ask();
});
element.addEventListener("click", (event) => {
  if (!event.target.closest(".gl-steer-reset")) return;
  sliders().forEach((slider) => {
    delete slider.dataset.moved;
    slider.value = slider.dataset.start;
    show(slider);
  });
  ask();
});
