// Autocompletes replace a select by elements of their own, and leave its name behind: this gives
// it back to them, so that a screen reader says what is chosen there.
function nameOf(select) {
  const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
  return select.getAttribute("aria-label") ?? label?.textContent.replace(/:\s*$/, "").trim() ?? "";
}

function nameSingle(container, name) {
  const combobox = container.querySelector("[role=combobox]");
  const chosen = container.querySelector(".select2-selection__rendered");
  if (!combobox || !chosen || container.querySelector("[data-name]")) {
    return;
  }
  const label = document.createElement("span");
  label.hidden = true;
  label.dataset.name = "";
  label.id = `${chosen.id}-name`;
  label.textContent = name;
  container.append(label);
  chosen.removeAttribute("role"); // text, not a box to type in
  chosen.removeAttribute("aria-readonly");
  combobox.setAttribute("aria-labelledby", `${label.id} ${chosen.id}`);
}

function give(container) {
  const select = container.previousElementSibling;
  const search = container.querySelector(".select2-search__field");
  if (select?.matches("select")) {
    nameSingle(container, nameOf(select));
    search?.setAttribute("aria-label", nameOf(select));
  } else {
    search?.setAttribute("aria-label", "Search"); // the list that opens
  }
}

function giveAll(root) {
  if (root.matches?.(".select2-container")) {
    give(root);
  }
  root.querySelectorAll?.(".select2-container").forEach(give);
}

giveAll(document.body);
new MutationObserver((changes) => {
  for (const change of changes) {
    change.addedNodes.forEach(giveAll);
  }
}).observe(document.body, { childList: true, subtree: true });
