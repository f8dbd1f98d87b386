// Starts every map on the page: what is in view at once, the rest when it comes into view, and a
// hidden map not at all, which then asks for nothing.
import { Explorer } from "./explorer.js";

const MARGIN = 200;

async function start(element) {
  const explorer = new Explorer(element);
  try {
    await explorer.start();
    element.dataset.ready = "true";
    explorer.finish();
  } catch (error) {
    console.error(error);
    explorer.fail();
    element.dataset.ready = "failed";
  }
}

function isInView(element) {
  const { bottom, height, top } = element.getBoundingClientRect();
  return height > 0 && top < window.innerHeight + MARGIN && bottom > -MARGIN;
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      seen.unobserve(entry.target);
      start(entry.target);
    }
  }
}, { rootMargin: `${MARGIN}px` });

for (const element of document.querySelectorAll("[data-map]")) {
  if (isInView(element)) {
    start(element);
  } else {
    seen.observe(element);
  }
}
