// A word of the board goes to the end of the prompt, as if it were typed.
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-term]");
  const box = document.querySelector("#gl-ask textarea");
  if (!button || !box) return;
  const before = box.value.trim();
  box.value = before ? `${before} ${button.dataset.term}` : button.dataset.term;
  box.dispatchEvent(new Event("input", { bubbles: true }));
});
