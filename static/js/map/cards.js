// The card of the list that is pointed at or focused shows its line on the map.
import { announce } from "./words.js";

export function followCards() {
  let current = null;

  function follow({ target }) {
    const card = target.closest?.("[data-partnership]");
    if (card === current || target.closest?.("[data-map]")) {
      return;
    }
    current?.classList.remove("is-selected");
    current = card;
    current?.classList.add("is-selected");
    announce("find:point", { slug: card?.dataset.partnership ?? null });
  }

  document.addEventListener("focusin", follow);
  document.addEventListener("mouseover", follow);
}
