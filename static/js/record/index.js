// Copies the address or the citation of a record, and prints it.
const said = document.querySelector("[data-copied]");

async function copy(button) {
  const text = document.getElementById(button.dataset.copy).textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
    said.textContent = "Copied.";
  } catch {
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    said.textContent = "The text is marked: copy it with your keyboard.";
  }
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", () => copy(button));
}

for (const element of document.querySelectorAll("[data-print]")) {
  element.hidden = false;
  element.addEventListener("click", () => print());
}
