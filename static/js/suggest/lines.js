// Beside a box of lines: a search among our institutions, whose choice becomes a line of the box.
// Without this file the lines are typed.
import { start } from "./index.js";

function made(name, attributes) {
  return Object.assign(document.createElement(name), attributes);
}

function add(box, option) {
  const name = option.querySelector(".suggest-label").textContent;
  const where = option.querySelector(".suggest-detail").textContent.split(" · ")[0].split(", ");
  const line = [name, where.at(-1)].filter(Boolean).join(", ");
  const lines = box.value.split("\n").filter((each) => each.trim());
  if (!lines.includes(line)) {
    lines.push(line);
  }
  box.value = `${lines.join("\n")}\n`;
  return line;
}

function help(box) {
  const id = `${box.id}-search`;
  const field = made("div", { className: "field search-box lines-search" });
  const label = made("label", { htmlFor: id, textContent: "Look among those that we know" });
  const input = made("input", { id, type: "search", autocomplete: "off" });
  input.dataset.suggest = box.dataset.institutions;
  input.dataset.enter = "to take none of them";
  const said = made("p", { className: "hint" });
  said.setAttribute("role", "status");
  field.append(label, input);
  box.before(field);
  box.after(said);
  start(input);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      event.preventDefault(); // the form is not meant
    }
  });
  field.addEventListener("click", (event) => {
    const option = event.target.closest(".suggest-option");
    if (option) {
      event.preventDefault();
      said.textContent = `Added: ${add(box, option)}.`;
      input.value = "";
      input.dispatchEvent(new Event("input"));
      input.focus();
    }
  });
}

document.querySelectorAll("textarea[data-institutions]").forEach(help);
