// A search for places that the register knows: towns, institutions and countries, by keyboard too.
// It fills in the fields of the form, and asks nobody but this site.
const WAIT = 200; // milliseconds after the last letter
const FEWEST_LETTERS = 2;

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

export class Places {
  constructor(address, id, choose) {
    this.address = address;
    this.choose = choose;
    this.found = [];
    this.active = -1;
    this.box = element("div", "picker-places");
    const label = element("label", "", "Find a town, an institution or a country");
    this.input = element("input", "vTextField");
    this.list = element("ul", "picker-options");
    this.said = element("p", "help");
    this.said.setAttribute("role", "status");
    this.input.type = "search";
    this.input.id = `${id}-places`;
    this.input.autocomplete = "off";
    label.htmlFor = this.input.id;
    this.list.id = `${id}-options`;
    this.list.hidden = true;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Places");
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-controls", this.list.id);
    this.input.setAttribute("aria-expanded", "false");
    this.box.append(label, this.input, this.list, this.said);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.pressed(event));
    this.input.addEventListener("blur", () => this.open(false));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) {
        this.take([...this.list.children].indexOf(option));
      }
    });
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), WAIT);
  }

  async look() {
    const text = this.input.value.trim();
    this.latest = text;
    if (text.length < FEWEST_LETTERS) {
      this.show([]);
      this.said.textContent = "";
      return;
    }
    const answer = await fetch(`${this.address}?${new URLSearchParams({ q: text })}`);
    if (text === this.latest && answer.ok && !answer.redirected) {
      this.show((await answer.json()).places);
    }
  }

  show(found) {
    this.found = found;
    this.list.replaceChildren(
      ...found.map((place, number) => {
        const option = element("li", "");
        option.id = `${this.list.id}-${number}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        const about = place.precision ? place.about : "a country: shows it on the map";
        option.append(element("b", "", place.name), ` ${about}`);
        return option;
      }),
    );
    const number = found.length;
    this.said.textContent = number
      ? `${number} place${number === 1 ? "" : "s"}.`
      : "No such place is known here yet. Use the map, or type the numbers.";
    this.activate(-1);
    this.open(number > 0);
  }

  open(isOpen) {
    this.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  activate(number) {
    this.list.children[this.active]?.setAttribute("aria-selected", "false");
    this.active = number;
    const option = this.list.children[number];
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  take(number) {
    const place = this.found[number];
    this.open(false);
    if (place) {
      this.input.value = place.name;
      this.said.textContent = this.choose(place);
    }
  }

  pressed(event) {
    const last = this.found.length - 1;
    const steps = {
      ArrowDown: () => this.activate(this.active >= last ? 0 : this.active + 1),
      ArrowUp: () => this.activate(this.active <= 0 ? last : this.active - 1),
      Escape: () => this.open(false),
      Enter: () => this.take(this.active),
    };
    if (event.key === "Enter" || (!this.list.hidden && event.key in steps)) {
      event.preventDefault(); // Enter never sends the form from here
      if (!this.list.hidden) {
        steps[event.key]();
      }
    } else if (event.key === "ArrowDown" && last >= 0) {
      event.preventDefault();
      this.open(true);
    }
  }
}
