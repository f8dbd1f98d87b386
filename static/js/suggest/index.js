// Makes a combobox of every search box: what the words could mean, while they are typed.
// Without this file, or without an answer, the box sends its words as any form does.
import { Options } from "./options.js";

const FEWEST_LETTERS = 2;
const WAIT = 150; // milliseconds after the last letter
/** Parameters of the form that do not narrow the answer. */
const SHAPE = new Set(["q", "sort", "page_size", "at", "show"]);
const answers = new Map();

async function ask(address, text, signal) {
  const url = new URL(address, location.origin);
  url.searchParams.set("q", text);
  if (!answers.has(url.href)) {
    const answer = await fetch(url, {
      headers: { Accept: "application/json" },
      signal,
    });
    answers.set(url.href, answer.ok ? (await answer.json()).groups : []);
  }
  return answers.get(url.href);
}

class Combobox {
  constructor(input) {
    this.input = input;
    this.options = new Options(input);
    this.timer = 0;
    this.asking = new AbortController();
    Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.options.list.id,
    }).forEach(([name, value]) => input.setAttribute(name, value));
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
    input.form.addEventListener("submit", () => this.close());
    // The box keeps the focus while somebody presses an option or scrolls the list.
    this.options.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.options.list.addEventListener("mousedown", (event) => event.preventDefault());
    window.addEventListener("pageshow", () => this.close());
  }

  get isOpen() {
    return !this.options.list.hidden;
  }

  typed() {
    this.options.activate(-1);
    this.stop();
    this.timer = setTimeout(() => this.look(), WAIT);
  }

  stop() {
    clearTimeout(this.timer);
    this.asking.abort();
  }

  async look() {
    const text = this.input.value.trim();
    if (text.length < FEWEST_LETTERS) {
      this.close();
      return;
    }
    this.asking = new AbortController();
    const { signal } = this.asking;
    try {
      const groups = await ask(this.input.dataset.suggest, text, signal);
      if (!signal.aborted && document.activeElement === this.input) {
        this.show(groups);
      }
    } catch (error) {
      if (error.name !== "AbortError") {
        this.close();
      }
    }
  }

  show(groups) {
    const others = this.others();
    const isNarrowed = [...others.keys()].length > 0;
    const number = this.options.fill(groups, (address) => this.within(address), !isNarrowed);
    this.open(number > 0);
    this.options.say(number);
  }

  open(isOpen) {
    if (isOpen) {
      this.options.fit();
    }
    this.options.list.hidden = !isOpen;
    this.input.setAttribute("aria-expanded", String(isOpen));
  }

  close() {
    this.stop();
    this.open(false);
    this.options.activate(-1);
    this.options.say(null);
  }

  /** What else the form asks for, without its words. */
  others() {
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(this.input.form)) {
      if (!SHAPE.has(name) && value) {
        asked.append(name, value);
      }
    }
    return asked;
  }

  /** An address that asks a question keeps to this page's view and to its other filters. */
  within(address) {
    const target = new URL(address, location.origin);
    if (!target.search) {
      return target.href;
    }
    const here = new URL(this.input.form.action);
    const asked = this.others();
    target.searchParams.forEach((value, name) => asked.set(name, value));
    here.search = asked;
    return here.href;
  }

  pressed(event) {
    if (event.isComposing) {
      return;
    }
    const handled = this.isOpen ? this.pressedOpen(event) : this.pressedClosed(event);
    if (handled) {
      event.preventDefault();
    }
  }

  pressedClosed(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") {
      return false;
    }
    this.stop();
    this.look();
    return true;
  }

  pressedOpen(event) {
    const { options } = this;
    switch (event.key) {
      case "ArrowDown":
        options.step(1);
        return true;
      case "ArrowUp":
        if (event.altKey) {
          this.close();
        } else {
          options.step(-1);
        }
        return true;
      case "Escape":
        this.close();
        return true;
      case "Enter":
        if (options.active) {
          options.active.click();
          return true;
        }
        this.close();
        return false;
      case "Home":
      case "End":
      case "ArrowLeft":
      case "ArrowRight":
        options.activate(-1); // back to the words, where these keys do their work
        return false;
      default:
        return false;
    }
  }
}

export function start(input) {
  if (!input.dataset.suggestReady) {
    input.dataset.suggestReady = "yes";
    new Combobox(input);
  }
}

document.querySelectorAll("input[data-suggest]").forEach(start);
// A box that came with a fragment later.
document.addEventListener("focusin", ({ target }) => {
  if (target.matches?.("input[data-suggest]")) {
    start(target);
  }
});
