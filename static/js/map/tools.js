// How page and map stay in step: the area, the place and zoom in the address, what is not drawn.
import { boxOf } from "./source.js";
import { announce, button, figures, make, times } from "./words.js";

const PAUSE = 400;

const PLACE = /^(-?[0-9]{1,3}(\.[0-9]{1,9})?,){2}[0-9]{1,2}(\.[0-9]{1,9})?$/;

// "latitude,longitude,zoom" of the address, or null; mapapp/querystring.py refuses the same.
export function placeAsked() {
  const asked = (new URLSearchParams(window.location.search).get("at") ?? "").trim();
  if (!PLACE.test(asked)) {
    return null;
  }
  const [lat, lon, zoom] = asked.split(",").map(Number);
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 360 && zoom <= 20 ? { lat, lon, zoom } : null;
}

export const shownAsked = () => new URLSearchParams(window.location.search).get("show");

export class Tools {
  constructor(map, element, fit) {
    this.map = map;
    this.element = element;
    this.bar = element.querySelector("[data-tools]");
    if (!this.bar) {
      return;
    }
    this.area = element.querySelector("[data-search-area]");
    this.follow = document.createElement("input");
    this.follow.type = "checkbox";
    const label = make("label", { className: "map-follow", children: [this.follow, "List follows the map"] });
    this.bar.append(button("Fit to results", fit), label);
    this.area.addEventListener("click", () => this.search());
    this.follow.addEventListener("change", () => {
      this.area.hidden = true;
      announce("map:area", { bbox: this.follow.checked ? boxOf(map.getBounds()) : "" });
    });
    document.addEventListener("find:changed", () => {
      // Whoever takes the area away has stopped following the map.
      this.follow.checked &&= new URLSearchParams(window.location.search).has("bbox");
    });
    this.size = String(map.getSize());
    map.on("moveend", () => this.moved());
    map.on("autopanstart", () => { this.isPanned = true; });
  }

  // Only a person's moves are kept in the address and offer or change the area: a fit is not,
  // nor room made for a popup, nor another size of the window.
  quietly(act) {
    this.isQuiet = true;
    act();
    this.isQuiet = false;
  }

  moved() {
    if (this.map.isPrinting) {
      return;
    }
    const size = String(this.map.getSize());
    const isOwnMove = this.isQuiet || this.isPanned || size !== this.size;
    this.isPanned = false;
    this.size = size;
    if (this.isQuiet) {
      announce("map:moved", { at: "" });
    }
    if (isOwnMove) {
      return;
    }
    const { lat, lng } = this.map.getCenter();
    announce("map:moved", { at: `${lat.toFixed(4)},${lng.toFixed(4)},${Number(this.map.getZoom().toFixed(4))}` });
    if (!this.follow.checked) {
      this.area.hidden = false;
      return;
    }
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.search(), PAUSE);
  }

  search() {
    this.area.hidden = true;
    this.isOwn = true;
    announce("map:area", { bbox: boxOf(this.map.getBounds()) });
  }

  // Whether the page's answer is to the map's own area: then the map stays where it is.
  takesOwn() {
    const isOwn = Boolean(this.isOwn || this.follow?.checked);
    this.isOwn = false;
    return isOwn;
  }
}

// How many cannot be drawn, as a link to them.
export function writeNote(note, data) {
  const count = data.unplaced_count ?? 0;
  if (!count || !data.unplaced_url) {
    note.replaceChildren(...(count ? [`${times(count, "partnership")} not on the map`] : []));
    return;
  }
  note.replaceChildren(make("a", { href: data.unplaced_url, text: `${figures(count)} not on the map` }));
}
