// Starts every map on the page, when it comes into view: a hidden map asks for nothing.
import { followCards } from "./cards.js";
import { Ground, movement } from "./ground.js";
import { Labels } from "./labels.js";
import { Lines, endsOf } from "./lines.js";
import { Markers } from "./markers.js";
import { dotSites } from "./picture.js";
import { Popups } from "./popups.js";
import { followPrinting } from "./print.js";
import { Source } from "./source.js";
import { Tools, placeAsked, shownAsked, writeNote } from "./tools.js";

const WORLD = [[-56, -170], [80, 178]];
// Where nothing is found: both ends of most partnerships, without the poles.
const USUAL = [[-36, -20], [60, 95]];
const CREDIT = "Made with Natural Earth";
const CLOSE = 10;
const STEP = 2;

function createMap(element, mode) {
  const still = mode === "picture";
  const explore = mode === "explore";
  const map = L.map(element.querySelector("[data-canvas]"), {
    ...movement(),
    attributionControl: false,
    boxZoom: !still,
    doubleClickZoom: !still,
    dragging: explore || (!still && !L.Browser.mobile),
    keyboard: !still,
    maxBounds: [[-80, -200], [88, 200]],
    maxZoom: element.dataset.tiles ? 15 : CLOSE,
    minZoom: 1,
    scrollWheelZoom: explore,
    touchZoom: !still,
    zoomControl: !still,
    zoomSnap: 0.25,
  });
  L.control.attribution({ prefix: false }).addAttribution(CREDIT).addTo(map);
  return map;
}

class Explorer {
  constructor(element) {
    this.element = element;
    this.mode = element.dataset.map;
    this.isWhole = this.mode === "explore" || this.mode === "beside";
    this.note = element.querySelector("[data-note]");
    this.source = new Source(element);
  }

  async start() {
    const asked = this.source.all();
    this.map = createMap(this.element, this.mode);
    this.ground = new Ground(this.map, this.element, this.mode !== "record");
    // Everything is drawn once, where it will stand: so first the place, then the layers.
    const [data] = await Promise.all([asked, this.ground.read()]);
    this.place(data);
    await this.ground.draw(data.countries ?? {});
    if (this.mode === "picture") {
      new Lines(this.map).showAll(this.everyEnd());
      dotSites(this.map, data.is_summary ? data.cells : data.sites);
      return;
    }
    this.prepare();
    this.show(data);
    this.listen();
    this.restore();
  }

  prepare() {
    this.labels = new Labels(this.map, this.ground);
    this.lines = new Lines(this.map);
    this.popups = new Popups(this.map, this.source, this.lines, {
      endsAt: (site) => this.endsAt(site),
      endsFor: (slug) => this.endsFor(slug),
      onChoose: (slug) => this.markers.choose(slug),
    });
    this.markers = new Markers(this.map, {
      onPlace: (site, opener) => this.popups.openPlace(site, opener),
      onPlaces: (cell, opener) => this.openPlaces(cell, opener),
    });
    this.tools = new Tools(this.map, this.element, () => this.fit());
  }

  openPlaces(cell, opener) {
    const zoomIn = () => {
      this.map.closePopup();
      this.map.setView([cell.lat, cell.lon], Math.min(this.map.getMaxZoom(), this.map.getZoom() + STEP));
      this.map.getContainer().focus({ preventScroll: true });
    };
    if (cell.sites.length) {
      this.popups.openPlaces(cell, opener, zoomIn);
    } else {
      zoomIn();
    }
  }

  // Where the map stands at first: where the address says, else at the area asked for, else at all.
  place(data) {
    this.data = data;
    const asked = this.isWhole && placeAsked();
    if (asked) {
      this.map.setView([asked.lat, asked.lon], asked.zoom, { animate: false });
    } else {
      this.map.fitBounds(data.partnerships.length || data.is_summary ? WORLD : USUAL, { animate: false });
      this.fit();
    }
  }

  fit() {
    const box = this.isWhole && new URL(this.source.url, window.location.href).searchParams.get("bbox");
    const room = this.ground.room(this.mode === "picture" ? 24 : 36);
    const options = { maxZoom: 6, animate: false };
    if (box) {
      const [west, south, east, north] = box.split(",").map(Number);
      const bounds = [[south, west], [north, east < west ? east + 360 : east]];
      this.quietly(() => this.map.fitBounds(bounds, { ...options, maxZoom: CLOSE }));
      return;
    }
    const places = this.data.is_summary ? this.data.cells : this.data.sites;
    if (places.length) {
      const bounds = L.latLngBounds(places.map(({ lat, lon }) => [lat, lon]));
      this.quietly(() => this.map.fitBounds(bounds, { ...options, ...room }));
    }
  }

  quietly(act) {
    return this.tools ? this.tools.quietly(act) : act();
  }

  show(data) {
    this.data = data;
    this.bySlug = new Map(data.partnerships.map((partnership) => [partnership.slug, partnership]));
    this.map.closePopup();
    this.lines.keep([]);
    this.ground.show(data.countries ?? {});
    this.lines.showAll(this.everyEnd());
    if (data.is_summary) {
      this.showCells(data);
      this.refresh();
    } else {
      this.markers.showSites(data.sites);
      this.labels.show(data.countries ?? {}, data.sites);
    }
    writeNote(this.note, data);
    if (data.partnerships.length === 1) {
      this.lines.keep([this.endsFor(data.partnerships[0].slug)]);
    }
  }

  showCells(data) {
    const sites = data.cells.filter((cell) => cell.places === 1).map((cell) => ({ ...cell, ...cell.sites[0] }));
    this.markers.showCells(data.cells);
    this.labels.show(data.countries, sites);
  }

  async refresh() {
    if (!this.data.is_summary) {
      return;
    }
    const data = await this.source.cells(this.map).catch(() => null);
    if (data) {
      this.data = { ...this.data, cells: data.cells };
      this.showCells(this.data);
    }
  }

  everyEnd() {
    return this.data.partnerships.map(({ sites }) => sites.map((i) => this.data.sites[i]));
  }

  // The ends of everything at a site; null where only the server knows.
  endsAt({ partnerships }) {
    return partnerships?.map((i) => this.data.partnerships[i].sites.map((j) => this.data.sites[j])) ?? null;
  }

  endsFor(slug) {
    const partnership = this.bySlug.get(slug);
    if (partnership) {
      return partnership.sites.map((i) => this.data.sites[i]);
    }
    const shown = document.getElementById("shown-places");
    const places = shown && JSON.parse(shown.textContent)[slug];
    return places ? endsOf(places) : null;
  }

  listen() {
    this.map.on("moveend", () => this.refresh());
    followPrinting(this.map, this.element, () => this.fit());
    if (!this.isWhole) {
      return;
    }
    if (!document.getElementById("answer")) {
      followCards();  // a page that keeps itself in step says so itself
    }
    document.addEventListener("find:changed", () => this.changed());
    document.addEventListener("find:point", ({ detail }) => {
      const ends = detail?.slug && this.endsFor(detail.slug);
      this.lines.pass(ends ? [ends] : []);
    });
  }

  async changed() {
    if (this.source.url === this.shownUrl) {
      return;
    }
    const url = this.source.url;
    this.shownUrl = url;
    this.source.forget();
    const stays = this.tools.takesOwn();
    this.element.setAttribute("aria-busy", "true");
    try {
      const data = await this.source.all();
      if (url === this.source.url) {
        this.map.invalidateSize({ animate: false });
        this.show(data);
        if (!stays) {
          this.fit();
        }
      }
    } catch {
      this.fail();
    }
    this.element.removeAttribute("aria-busy");
  }

  // What the address says was chosen: a partnership of the answer, or a place.
  async restore() {
    this.shownUrl = this.source.url;
    const slug = this.isWhole && shownAsked();
    if (!slug) {
      return;
    }
    const ends = this.endsFor(slug);
    const site = this.data.sites.find((one) => one.slug === slug);
    if (ends) {
      this.lines.keep([ends]);
    } else if (site) {
      this.popups.openPlace(site, null, false);
    } else if (this.data.is_summary) {
      const found = await this.source.cards(slug).catch(() => null);
      if (found?.at.length) {
        const [lat, lon, side, precision, name, count] = found.at;
        this.popups.openPlace({ slug, name, count, lat, lon, side, precision }, null, false);
      }
    }
  }

  fail() {
    this.note.textContent = "The map cannot be shown at the moment. The list has everything that is on it.";
  }
}

async function start(element) {
  const explorer = new Explorer(element);
  try {
    await explorer.start();
    element.dataset.ready = "true";
  } catch (error) {
    console.error(error);
    explorer.fail();
    element.dataset.ready = "failed";
  }
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (entry.isIntersecting) {
      seen.unobserve(entry.target);
      start(entry.target);
    }
  }
}, { rootMargin: "200px" });

for (const element of document.querySelectorAll("[data-map]")) {
  seen.observe(element);
}
