// The card that is pointed at or focused shows its line on the map beside the list.
export function followCards(data, lines) {
  const indexes = new Map(data.partnerships.map((partnership, i) => [partnership.slug, i]));
  let current = null;

  function follow(event) {
    const card = event.target.closest?.("[data-partnership]");
    if (!card || card === current || !indexes.has(card.dataset.partnership)) {
      return;
    }
    current?.classList.remove("is-selected");
    current = card;
    current.classList.add("is-selected");
    lines.show([indexes.get(card.dataset.partnership)]);
  }

  document.addEventListener("focusin", follow);
  document.addEventListener("mouseover", follow);
}
