// What everything stands on: outlines bundled with the site, shaded by number, and tiles if set.
import { load } from "./ahead.js";
import { contains, landOf, piecesOf } from "./land.js";
import { figures, make } from "./words.js";

const KOSOVO = "Kosovo"; // the one shape that we name and that carries no code
const HOME = "GB";
// From these zooms on: finer outlines, and no shading.
const FINE_FROM = 3.5;
const SHADED_BELOW = 6;
const SHADES = 4;
// A map this narrow has its legend beneath it, where that covers no marker.
const NARROW = window.matchMedia("(max-width: 39.99rem)");

// Lower limits of the shades: 1, then about evenly on a scale of powers, in round numbers.
export function limits(most) {
  if (most <= SHADES) {
    return Array.from({ length: most }, (_, i) => i + 1);
  }
  const found = [1];
  for (let i = 1; i < SHADES; i += 1) {
    const exact = most ** (i / SHADES);
    const unit = 10 ** Math.floor(Math.log10(exact));
    const round = [1, 2, 5, 10].map((n) => n * unit).reduce((a, b) => (Math.abs(b - exact) < Math.abs(a - exact) ? b : a));
    found.push(Math.max(found[i - 1] + 1, round));
  }
  return found;
}

export class Ground {
  constructor(map, element, isShaded) {
    this.map = map;
    this.element = element;
    this.isShaded = isShaded;
    this.counts = {};
    this.limits = [];
    const pane = map.createPane("land");
    pane.style.zIndex = 150;
    this.renderer = L.svg({ pane: "land", padding: 0.5 });
    if (element.dataset.tiles) {
      this.addTiles();
    }
  }

  // Shaded outlines lie over the tiles, and take their place where tiles fail.
  addTiles() {
    const { tiles, tilesAttribution } = this.element.dataset;
    this.element.classList.add("map--tiles");
    this.map.getPane("land").style.zIndex = 250;
    let balance = 0;
    L.tileLayer(tiles, {
      attribution: tilesAttribution,
      referrerPolicy: "strict-origin-when-cross-origin",
    }).on("tileload tileerror", ({ type }) => {
      balance += type === "tileload" ? 1 : -1;
      this.element.classList.toggle("map--no-tiles", balance < 0);
    }).addTo(this.map);
  }

  async read() {
    const { outlines, countries } = this.element.dataset;
    const [known, pieces] = await Promise.all([load(countries), piecesOf(outlines)]);
    this.countries = known.countries;
    this.codes = new Map(this.countries.map((country) => [country.numeric, country.code]));
    this.pieces = pieces;
  }

  // The coarse outlines first, whatever the zoom: the fine ones are six times their weight.
  start(counts) {
    this.coarse = this.pieces;
    this.count(counts);
    this.draw();
    this.map.on("zoomend", () => {
      this.refine();
      this.draw();
    });
  }

  async refine() {
    if (this.isRefining || this.map.getZoom() < FINE_FROM) {
      return;
    }
    this.isRefining = true;
    const pieces = await piecesOf(this.element.dataset.outlinesFine).catch(() => null);
    this.isRefining = Boolean(pieces);  // what could not be had is asked for again
    this.pieces = pieces ?? this.pieces;
    this.draw();
  }

  codeOf({ country: { id, name } }) {
    return this.codes.get(id) ?? (name === KOSOVO ? "XK" : null);
  }

  // How tall the tallest piece of each country is, in degrees: a few islands far apart are small.
  get mainlands() {
    const found = new Map();
    for (const piece of this.coarse) {
      found.set(this.codeOf(piece), Math.max(piece.tall, found.get(this.codeOf(piece)) ?? 0));
    }
    return found;
  }

  // The code of the country at a point, if it is one of ours; none at sea.
  countryAt(point) {
    const piece = this.pieces.find((one) => contains(one, point));
    return piece ? this.codeOf(piece) : null;
  }

  show(counts) {
    this.count(counts);
    this.writeLegend();
    this.draw();
  }

  count(counts) {
    this.counts = counts;
    const others = Object.entries(counts).filter(([code]) => code !== HOME).map(([, n]) => n);
    this.limits = others.length ? limits(Math.max(...others)) : [];
  }

  shadeOf(code) {
    const count = this.counts[code] ?? 0;
    if (!count || code === HOME) {
      return count ? "home" : "";
    }
    return String(this.limits.findLastIndex((limit) => count >= limit) + 1);
  }

  // One path for each shade; again only when the shades or the outlines change.
  draw() {
    const isShaded = this.isShaded && this.map.getZoom() < SHADED_BELOW;
    const counts = isShaded ? this.counts : null;
    if (this.drawn?.pieces !== this.pieces || this.drawn.counts !== counts) {
      this.drawn = { counts, pieces: this.pieces };
      this.outline(isShaded);
    }
    this.legend?.classList.toggle("is-off", !isShaded || !this.limits.length);
  }

  outline(isShaded) {
    const shades = new Map();
    for (const piece of this.pieces) {
      const shade = isShaded ? this.shadeOf(this.codeOf(piece)) : "";
      shades.has(shade) ? shades.get(shade).push(piece) : shades.set(shade, [piece]);
    }
    const layers = [...shades].map(([shade, alike]) => landOf(alike, {
      className: shade ? `land land--${shade}` : "land",
      pane: "land",
      renderer: this.renderer,
    }));
    const before = this.layer;
    this.layer = L.layerGroup(layers).addTo(this.map);
    before?.remove();
  }

  // What stands in the corners of the map, in pixels: there no marker should be.
  room(margin) {
    const hasLegend = this.isShaded && !NARROW.matches;
    return {
      paddingTopLeft: [Math.max(margin, this.map.zoomControl ? 72 : 0), margin],
      paddingBottomRight: [margin, hasLegend ? Math.max(margin, 80) : margin],
    };
  }

  putLegend() {
    this.corner.remove();
    if (NARROW.matches) {
      this.element.querySelector(".map-frame").after(this.legend);
    } else {
      this.corner.addTo(this.map);
    }
  }

  writeLegend() {
    if (!this.isShaded) {
      return;
    }
    if (!this.legend) {
      this.legend = make("div", { className: "map-legend" });
      this.corner = L.control({ position: "bottomleft" });
      this.corner.onAdd = () => this.legend;
      this.putLegend();
      NARROW.addEventListener("change", () => this.putLegend());
    }
    const items = this.limits.map((from, i) => {
      const next = this.limits[i + 1];
      const words = next === undefined ? `${figures(from)} or more` : next - 1 === from ? `${from}` : `${from}–${next - 1}`;
      const mark = make("span", { className: `legend-mark land--${i + 1}` });
      mark.setAttribute("aria-hidden", "true");
      return make("li", { children: [mark, words] });
    });
    const title = make("p", { text: "Partnerships in a country" });
    this.legend.replaceChildren(title, make("ul", { children: items }));
  }
}
