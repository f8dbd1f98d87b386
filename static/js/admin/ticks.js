/** Counts the ticked rows of a plan, and ticks all or none. */
const boxes = [...document.querySelectorAll("input[name=rows]")];
const told = document.querySelector("[data-ticked]");

function tell() {
  const ticked = boxes.filter((box) => box.checked).length;
  if (told) told.textContent = `${ticked} of ${boxes.length} ticked`;
}

for (const button of document.querySelectorAll("[data-tick]")) {
  button.hidden = boxes.length === 0;
  button.addEventListener("click", () => {
    for (const box of boxes) box.checked = button.dataset.tick === "all";
    tell();
  });
}
document.addEventListener("change", tell);
if (boxes.length) tell();
