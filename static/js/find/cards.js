// Cards and the map point at each other.
let pointed = null;

const cardOf = (slug) => document.querySelector(`#answer [data-partnership="${CSS.escape(slug)}"]`);

// The card under the pointer or the focus; leaving for the map keeps it, so that its line stays.
export function pointAt(target, tell) {
  const card = target.closest?.("#answer [data-partnership]");
  if (!card && (target.closest?.(".find-map") || pointed === null)) {
    return;
  }
  const slug = card?.dataset.partnership ?? null;
  if (slug !== pointed) {
    pointed = slug;
    tell("find:point", { slug });
  }
}

export function select(slug, { scroll }) {
  for (const card of document.querySelectorAll("#answer .is-selected")) {
    card.classList.remove("is-selected");
    card.removeAttribute("aria-current");
  }
  const card = slug ? cardOf(slug) : null;
  card?.classList.add("is-selected");
  card?.setAttribute("aria-current", "true");
  if (scroll && card) {
    const smooth = !window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    card.scrollIntoView({ block: "nearest", behavior: smooth ? "smooth" : "auto" });
  }
}
