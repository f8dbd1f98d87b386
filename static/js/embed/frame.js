// Links leave the frame, but for those that lead to a place in it.
document.addEventListener("click", ({ target }) => {
  target.closest?.('a[href^="#"]')?.setAttribute("target", "_self");
}, true);
