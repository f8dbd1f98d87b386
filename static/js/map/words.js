// The words and small elements that several parts of the map share.
export const SIDE_NAMES = { uk: "UK side", partner: "Partner side" };

export const inSentence = (side) => (side === "uk" ? SIDE_NAMES.uk : "partner side");

export const ROUGH = {
  city: "Known or shown only to its town: somewhere in the dashed area.",
  district: "Known or shown only to its district: somewhere in the dashed area.",
};

// 12,345. The browser's own way loads a whole library of languages first.
export const figures = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

export function times(count, noun) {
  return `${figures(count)} ${noun}${count === 1 ? "" : "s"}`;
}

export function make(name, { text, className, href, children = [] } = {}) {
  const element = document.createElement(name);
  if (text) {
    element.textContent = text;
  }
  if (className) {
    element.className = className;
  }
  if (href) {
    element.href = href;
  }
  element.append(...children);
  return element;
}

export function button(text, onClick, className = "place-button") {
  const element = make("button", { text, className });
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
}

export function announce(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }));
}

export const isStill = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

// Until the page is there and the browser has nothing more urgent to do.
export const idle = () => new Promise((resolve) => {
  const whenFree = () => (window.requestIdleCallback ?? setTimeout)(resolve);
  if (document.readyState === "complete") {
    whenFree();
  } else {
    window.addEventListener("load", whenFree, { once: true });
  }
});
