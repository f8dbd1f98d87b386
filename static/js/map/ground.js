// What everything stands on: outlines bundled with the site, shaded by number, and tiles if set.
import { heightOf, load, shapesOf } from "./land.js";
import { isStill, make } from "./words.js";

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
    const [known] = await Promise.all([load(countries), load(outlines)]);
    this.countries = known.countries;
    this.codes = new Map(this.countries.map((country) => [country.numeric, country.code]));
  }

  // The coarse outlines first, whatever the zoom: the fine ones are six times their weight.
  async draw(counts) {
    this.counts = counts;
    await this.outline(this.element.dataset.outlines);
    this.refine();
    this.map.on("zoomend", () => {
      this.refine();
      this.shade();
    });
  }

  refine() {
    const { outlinesFine } = this.element.dataset;
    if (this.drawn !== outlinesFine && this.map.getZoom() >= FINE_FROM) {
      this.outline(outlinesFine).catch(() => {});
    }
  }

  async outline(url) {
    this.drawn = url;
    const shapes = await shapesOf(url);
    this.mainlands ??= new Map(shapes.map((shape) => [this.codeOf(shape), heightOf(shape)]));
    const layer = L.geoJSON(shapes, {
      interactive: false,
      pane: "land",
      style: { className: "land", renderer: this.renderer, weight: 0.7 },
    }).addTo(this.map);
    this.layer?.remove();
    this.layer = layer;
    this.shade();
  }

  codeOf({ id, properties }) {
    return this.codes.get(id) ?? (properties.name === KOSOVO ? "XK" : null);
  }

  show(counts) {
    this.counts = counts;
    const others = Object.entries(counts).filter(([code]) => code !== HOME).map(([, n]) => n);
    this.limits = others.length ? limits(Math.max(...others)) : [];
    this.writeLegend();
    this.shade();
  }

  shade() {
    const isShaded = this.isShaded && this.map.getZoom() < SHADED_BELOW;
    this.layer?.eachLayer((shape) => {
      const path = shape.getElement();
      if (!path) {
        return;
      }
      const code = this.codeOf(shape.feature);
      const count = (isShaded && this.counts[code]) || 0;
      path.classList.toggle("land--home", count > 0 && code === HOME);
      for (let i = 0; i < SHADES; i += 1) {
        const within = count >= this.limits[i] && !(count >= this.limits[i + 1]);
        path.classList.toggle(`land--${i + 1}`, within && code !== HOME);
      }
    });
    this.legend?.classList.toggle("is-off", !isShaded || !this.limits.length);
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
      const words = next === undefined ? `${from.toLocaleString("en-GB")} or more` : next - 1 === from ? `${from}` : `${from}–${next - 1}`;
      const mark = make("span", { className: `legend-mark land--${i + 1}` });
      mark.setAttribute("aria-hidden", "true");
      return make("li", { children: [mark, words] });
    });
    const title = make("p", { text: "Partnerships in a country" });
    this.legend.replaceChildren(title, make("ul", { children: items }));
  }
}

export const movement = () => {
  const animate = !isStill();
  return { animate, fadeAnimation: animate, zoomAnimation: animate, markerZoomAnimation: animate };
};
