// What is at the chosen place: the list's own cards, in a popup that the keyboard reaches and leaves.
import { endsOf } from "./lines.js";
import { padding, roomAt, seat } from "./seat.js";
import { ROUGH, SIDE_NAMES, announce, button, isStill, make, times } from "./words.js";

// A longer list is for the list page, which has pages.
const MOST_LISTED = 100;

export class Popups {
  constructor(map, source, lines, { endsAt, endsFor, onChoose }) {
    this.map = map;
    this.source = source;
    this.lines = lines;
    this.endsAt = endsAt;
    this.endsFor = endsFor;
    this.onChoose = onChoose;
    map.on("popupclose", ({ popup }) => this.closed(popup));
    map.on("autopanstart", () => this.makeRoom());
    map.on("movestart", () => {
      this.home = this.isMakingRoom ? this.home : null;
      this.isMakingRoom = false;
    });
  }

  makeRoom() {
    this.isMakingRoom = true;
    this.home ??= this.map.getCenter();
  }

  // Back to where the person was, if only the popup moved the map since.
  goHome() {
    if (this.home) {
      const { home } = this;
      this.map.fire("autopanstart");
      this.map.panTo(home, { animate: !isStill() });
      this.home = null;
    }
  }

  // Leaflet takes the content out and puts it back, which would lose the focus.
  refit(popup) {
    const focused = popup.getElement().contains(document.activeElement) && document.activeElement;
    popup.options.autoPan = false;
    popup.update();
    seat(this.map, popup);
    popup.options.autoPan = true;
    popup.update();
    focused && focused.focus({ preventScroll: true });
  }

  open({ lat, lon }, title, side, opener, takesFocus = true) {
    const heading = make("h2", { text: title, className: `popup-title end--${side}` });
    heading.tabIndex = -1;
    const content = make("div", { className: "popup-content", children: [heading] });
    content.setAttribute("role", "group");
    content.setAttribute("aria-label", title);
    this.isReplacing = true;
    this.map.closePopup();
    this.isReplacing = false;
    this.popup = L.popup({
      ...padding(),
      ...roomAt(this.map, [lat, lon]),
      autoPan: false,
      className: "place-popup",
    }).setLatLng([lat, lon]).setContent(content).openOn(this.map);
    seat(this.map, this.popup);
    this.popup.opener = opener ?? this.before;
    this.before = this.popup.opener;
    this.popup.getElement().addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        this.map.closePopup();
      }
    });
    if (takesFocus) {
      heading.focus({ preventScroll: true });
    }
    return content;
  }

  closed(popup) {
    const hadFocus = popup.getElement()?.contains(document.activeElement);
    if (this.isReplacing) {
      return;
    }
    this.lines.keep([]);
    this.onChoose(null);
    announce("map:selected", { partnership: null, institution: null });
    this.goHome();
    if (hadFocus) {
      const { opener } = popup;
      (opener?.isConnected ? opener : this.map.getContainer()).focus({ preventScroll: true });
    }
  }

  // What a page opens by itself leaves the focus where it is.
  async openPlace(site, opener, takesFocus = true) {
    const content = this.open(site, site.name, site.side, opener, takesFocus);
    const { popup } = this;
    const about = [SIDE_NAMES[site.side], times(site.count, "partnership")].join(" · ");
    content.append(make("p", { className: "muted small", text: about }));
    if (ROUGH[site.precision]) {
      content.append(make("p", { className: "small", text: ROUGH[site.precision] }));
    }
    const body = make("div", { children: [make("p", { className: "muted", text: "Loading…" })] });
    body.setAttribute("aria-live", "polite");
    content.append(body);
    this.refit(popup);
    this.onChoose(site.slug);
    const known = this.endsAt(site);
    this.lines.keep(known ?? []);
    announce("map:selected", { partnership: null, institution: site.slug });
    const found = await this.source.cards(site.slug).catch(() => null);
    if (this.popup !== popup) {
      return;
    }
    if (!found) {
      body.replaceChildren(make("p", { text: "The cards cannot be shown at the moment. The list has them all." }));
      return;
    }
    if (!known) {
      this.lines.keep(found.ends.map(endsOf));
    }
    body.replaceChildren(...found.fragment.childNodes);
    this.followCards(body);
    this.refit(popup);
  }

  // The card that is pointed at or focused shows its own line only.
  followCards(body) {
    const follow = ({ target }) => {
      const card = target.closest?.("[data-partnership]");
      const ends = card && this.endsFor(card.dataset.partnership);
      this.lines.pass(ends ? [ends] : []);
    };
    body.addEventListener("mouseover", follow);
    body.addEventListener("focusin", follow);
    body.addEventListener("mouseleave", () => this.lines.pass([]));
    body.addEventListener("focusout", () => this.lines.pass([]));
  }

  // Several places under one marker: listed, so that each can be chosen.
  openPlaces({ sites, count, places, side, lat, lon }, opener, zoomIn) {
    const title = times(places, "place");
    const content = this.open({ lat, lon }, title, side, opener);
    content.append(make("p", { className: "muted small", text: `${SIDE_NAMES[side]} · ${times(count, "partnership")}` }));
    const ordered = [...sites].sort((a, b) => (b.count ?? 0) - (a.count ?? 0) || a.name.localeCompare(b.name, "en"));
    const items = ordered.slice(0, MOST_LISTED).map((site) => {
      const open = button(site.name, () => this.openPlace({ side, lat, lon, ...site }, null));
      const number = make("span", { className: "muted small", text: site.count ? times(site.count, "partnership") : "" });
      return make("li", { children: [open, number] });
    });
    if (ordered.length > items.length) {
      items.push(make("li", { className: "muted", text: `and ${times(ordered.length - items.length, "more place")}` }));
    }
    content.append(make("ul", { className: "places", children: items }));
    if (zoomIn) {
      content.append(button("Zoom in here", zoomIn, "place-button place-button--zoom"));
    }
    this.lines.keep(ordered.flatMap((site) => this.endsAt(site) ?? []));
    this.refit(this.popup);
  }
}
