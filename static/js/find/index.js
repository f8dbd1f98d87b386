// The find page in step: a change of the question swaps the answer, and the address says it all.
import { searchOptions, showOptionSearches } from "./options.js";
import { pointAt, select } from "./cards.js";
import { copyLink } from "./share.js";
import { times } from "../map/words.js";

const main = document.querySelector("[data-find]");
const form = document.getElementById("find");
const sheet = document.getElementById("filters");
const said = document.querySelector("[data-said]");
const trouble = document.querySelector("[data-trouble]");
const TROUBLE = "The answer could not be fetched. What you see is the one before; please try again.";

let answer = document.getElementById("answer");
let opened = new Map();
let asksForArea = false;

const asked = () => new URLSearchParams(location.search);

function tell(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

// Into the address without a new step in the history. htmx keeps its mark in the state.
function keep(name, value) {
  const address = new URL(location.href);
  if (value) {
    address.searchParams.set(name, value);
  } else {
    address.searchParams.delete(name);
  }
  const query = address.searchParams.toString().replaceAll("%2C", ",");
  history.replaceState(history.state, "", `${address.pathname}${query ? `?${query}` : ""}`);
}

// ---------------------------------------------------------------------------------- asking

form.addEventListener("submit", () => {
  trouble.hidden = true;
});

document.addEventListener("change", ({ target }) => {
  if (target.form === form && target.closest("#facets")) {
    form.requestSubmit();
  }
});

document.addEventListener("htmx:configRequest", ({ detail }) => {
  const given = detail.formData;
  for (const name of new Set(given.keys())) {
    const values = given.getAll(name).filter((value) => String(value).trim());
    given.delete(name);
    values.forEach((value) => given.append(name, value));
  }
  for (const name of asksForArea ? ["at", "show"] : ["at"]) {
    if (asked().has(name)) {
      given.set(name, asked().get(name));
    }
  }
  asksForArea = false;
});

// A question that cannot be answered has a page that says why; the address shall be its own.
document.addEventListener("htmx:responseError", ({ detail }) => {
  location.assign(detail.pathInfo.finalRequestPath);
});

document.addEventListener("htmx:sendError", () => {
  trouble.textContent = TROUBLE;
  trouble.hidden = false;
});

// ---------------------------------------------------------------------------------- answers

document.addEventListener("htmx:beforeSwap", () => {
  const details = document.querySelectorAll("#facets details[id]");
  opened = new Map([...details].map((element) => [element.id, element.open]));
});

document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const fresh = document.getElementById("answer");
  if (fresh === answer) {
    return;
  }
  answer = fresh;
  for (const [id, isOpen] of opened) {
    const element = document.getElementById(id);
    if (element) {
      element.open = isOpen;
    }
  }
  if (document.activeElement?.id !== "find-q") {
    document.getElementById("find-q").value = answer.dataset.words;
  }
  settle();
  const heading = document.getElementById("find-heading");
  const isLost = !document.activeElement || document.activeElement === document.body;
  if (isLost && !sheet.matches(":popover-open")) {
    heading.focus();  // what was pressed is gone; a page that follows begins at its heading
  } else {
    said.textContent = heading.textContent;
  }
  tell("find:changed", { url: detail.pathInfo?.finalRequestPath });
});

function settle() {
  showOptionSearches();
  document.querySelectorAll("[data-copy-link]").forEach((button) => {
    button.hidden = false;
  });
  const heading = document.getElementById("find-heading");
  const count = Number(heading.dataset.resultCount);
  document.querySelector("[data-show-results]").textContent = `Show ${times(count, "partnership")}`;
  select(asked().get("show"), { scroll: false });
}

// -------------------------------------------------------------------------- sheet of filters

document.querySelector("[data-show-results]").addEventListener("click", (event) => {
  event.preventDefault();  // the boxes have been asked already
  sheet.hidePopover();
});

sheet.addEventListener("toggle", ({ newState }) => {
  const focused = document.activeElement;
  if (newState === "closed" && (!focused || focused === document.body || sheet.contains(focused))) {
    document.getElementById("filters-open")?.focus();
  }
});

// ---------------------------------------------------------------------------------- the map

document.addEventListener("map:area", ({ detail }) => {
  let input = answer.querySelector('input[name="bbox"]');
  if (!input) {
    input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "bbox" });
    input.setAttribute("form", form.id);
    answer.append(input);
  }
  input.value = detail.bbox;
  asksForArea = true;
  form.requestSubmit();
});

document.addEventListener("map:moved", ({ detail }) => keep("at", detail.at));

document.addEventListener("map:selected", ({ detail }) => {
  keep("show", detail.partnership ?? detail.institution);
  select(detail.partnership, { scroll: true });
});

document.addEventListener("focusin", ({ target }) => pointAt(target, tell));
document.addEventListener("mouseover", ({ target }) => pointAt(target, tell));
document.addEventListener("click", ({ target }) => {
  const button = target.closest?.("[data-copy-link]");
  if (button) {
    copyLink(button, said);
  }
});
document.addEventListener("input", ({ target }) => searchOptions(target));

main.classList.add("is-live");
settle();
