// Typing is doing something: whoever fills in a long form stays signed in.
const EVERY = 5 * 60 * 1000;
const { awake } = document.querySelector("script[data-awake]").dataset;
let told = Date.now();

document.addEventListener("input", () => {
  if (Date.now() - told > EVERY) {
    told = Date.now();
    fetch(awake, { method: "HEAD", credentials: "same-origin" }).catch(() => {});
  }
});
