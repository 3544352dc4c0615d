// A click on a picture in `element` that stands for a row opens it.
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-row]");
  if (button) trigger("select", { index: Number(button.dataset.row), value: {} });
});
