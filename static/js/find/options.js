// The search inside a long facet: it only hides options, it asks nothing.
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export function showOptionSearches() {
  for (const input of document.querySelectorAll("[data-option-search]")) {
    input.hidden = false;
  }
}

export function searchOptions(input) {
  if (!input.matches?.("[data-option-search]")) {
    return;
  }
  const words = plain(input.value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const option of input.parentElement.querySelectorAll(".option")) {
    const label = ` ${plain(option.querySelector("span").textContent)}`;
    const matches = words.every((word) => label.includes(` ${word}`) || label.includes(`-${word}`));
    // What is chosen stays in sight, or it could not be taken back.
    option.hidden = !matches && !option.querySelector("input").checked;
    found += matches ? 1 : 0;
  }
  const said = found === 0 ? "None of these." : `${found} of these.`;
  input.parentElement.querySelector("[data-option-said]").textContent = words.length ? said : "";
}
