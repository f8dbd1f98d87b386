// The list under a search box: options in groups, one of them active, and what is said of them.
function part(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

function counted(number) {
  return `${number.toLocaleString("en-GB")} partnership${number === 1 ? "" : "s"}`;
}

const LEAST_HEIGHT = 200; // pixels
const MARGIN = 12;

export class Options {
  constructor(input) {
    this.input = input;
    this.list = document.createElement("div");
    this.list.className = "suggest-list";
    this.list.id = `${input.id}-suggestions`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Suggestions");
    this.status = document.createElement("div");
    this.status.className = "visually-hidden";
    this.status.setAttribute("role", "status");
    input.parentElement.append(this.list, this.status);
    this.all = [];
    this.index = -1;
  }

  get active() {
    return this.all[this.index];
  }

  /** Replace the options; returns how many. `addressOf` gives the address that one leads to. */
  fill(groups, addressOf, withCounts) {
    this.activate(-1);
    this.all = [];
    this.list.replaceChildren(...groups.map((group) => this.group(group, addressOf, withCounts)));
    this.list.scrollTop = 0;
    return this.all.length;
  }

  group({ heading, suggestions }, addressOf, withCounts) {
    const element = document.createElement("div");
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", heading);
    const title = part("suggest-heading", heading);
    title.setAttribute("aria-hidden", "true");
    element.append(title, ...suggestions.map((each) => this.option(each, addressOf, withCounts)));
    return element;
  }

  option({ label, detail, count, address }, addressOf, withCounts) {
    const option = document.createElement("a");
    option.className = "suggest-option";
    option.id = `${this.list.id}-${this.all.length}`;
    option.href = addressOf(address);
    option.tabIndex = -1;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    const number = withCounts && count ? counted(count) : "";
    option.append(part("suggest-label", label), " ");
    option.append(part("suggest-detail", [detail, number].filter(Boolean).join(" · ")));
    this.all.push(option);
    return option;
  }

  /** No longer than what is seen below the box, above the keyboard of a phone too. */
  fit() {
    const seen = window.visualViewport?.height ?? window.innerHeight;
    const room = seen - this.input.getBoundingClientRect().bottom - MARGIN;
    this.list.style.maxHeight = `${Math.max(LEAST_HEIGHT, room)}px`;
  }

  /** Up and down, past the ends to the words themselves. */
  step(by) {
    const places = this.all.length + 1;
    this.activate(((this.index + 1 + by + places) % places) - 1);
  }

  activate(index) {
    this.active?.setAttribute("aria-selected", "false");
    this.index = index;
    if (this.active) {
      this.active.setAttribute("aria-selected", "true");
      this.active.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", this.active.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  say(number) {
    const enter = this.input.dataset.enter ?? "to search for the words";
    if (number === null) {
      this.status.textContent = "";
    } else if (number === 0) {
      this.status.textContent = `No suggestions. Press Enter ${enter}.`;
    } else {
      const what = number === 1 ? "1 suggestion" : `${number} suggestions`;
      this.status.textContent = `${what}. Up and down arrows to choose, Enter ${enter}.`;
    }
  }
}
