// One map of a page: reads its data, draws it, and keeps in step with the page.
import { Ground } from "./ground.js";
import { Lines } from "./lines.js";
import { Markers } from "./markers.js";
import { Popups } from "./popups.js";
import { Source } from "./source.js";
import { Tools, shownAsked, writeNote } from "./tools.js";
import { View, followPrinting } from "./view.js";
import { idle } from "./words.js";

const STEP = 2;

export class Explorer {
  constructor(element) {
    this.element = element;
    this.note = element.querySelector("[data-note]");
    this.source = new Source(element);
  }

  async start() {
    const asked = this.source.all();
    this.view = new View(this.element, this.source);
    this.map = this.view.map;
    this.ground = new Ground(this.map, this.element, this.view.mode !== "record");
    // Everything is drawn once, where it will stand: so first the place, then the layers.
    [this.answer] = await Promise.all([asked, this.ground.read()]);
    // A record without any place is shown by its countries.
    this.ground.isShaded ||= Object.keys(this.answer.countries).length > 0;
    this.view.place(this.answer, (margin) => this.ground.room(margin));
    this.ground.start(this.answer.countries);
    this.lines = new Lines(this.map);
    if (this.view.mode === "picture") {
      const { dotSites } = await import("./picture.js");
      dotSites(this.map, this.answer.places);
      return;
    }
    this.prepare();
    this.show(this.answer);
    this.listen();
    this.restore();
  }

  // What helps, and what nobody waits for: bit by bit, so that the map answers in between.
  async finish() {
    await idle();
    this.lines.showAll(this.answer.everyEnd());
    this.ground.refine();
    if (this.view.mode !== "picture") {
      await idle();
      const { Labels } = await import("./labels.js");
      this.labels = new Labels(this.map, this.element, this.ground);
      this.name();
    }
  }

  // Every line, faintly; and names, after the markers: they keep clear of them.
  showRest() {
    this.lines.showAll(this.answer.everyEnd());
    this.name();
  }

  name() {
    this.labels?.show(this.answer.countries, this.answer.single);
  }

  prepare() {
    this.popups = new Popups(this.map, this.source, this.lines, {
      endsAt: (site) => this.answer.endsAt(site),
      endsFor: (slug) => this.answer.endsFor(slug),
      onChoose: (slug) => this.markers.choose(slug),
    });
    this.markers = new Markers(this.map, {
      onPlace: (site, opener) => this.popups.openPlace(site, opener),
      onPlaces: (cell, opener) => this.openPlaces(cell, opener),
    });
    this.tools = new Tools(this.map, this.element, () => this.fit());
    this.view.quietly = (act) => this.tools.quietly(act);
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

  fit() {
    this.view.fit(this.answer, (margin) => this.ground.room(margin));
  }

  show(answer) {
    this.answer = answer;
    this.map.closePopup();
    this.lines.keep([]);
    this.ground.show(answer.countries);
    if (answer.is_summary) {
      this.markers.showCells(answer.cells);
      this.refresh();
    } else {
      this.markers.showSites(answer.sites);
    }
    writeNote(this.note, answer);
    if (answer.partnerships.length === 1) {
      this.lines.keep(answer.everyEnd());
    }
  }

  async refresh() {
    if (!this.answer.is_summary) {
      return;
    }
    const data = await this.source.cells(this.map).catch(() => null);
    if (data) {
      this.answer.cells = data.cells;
      this.markers.showCells(data.cells);
      this.name();
    }
  }

  listen() {
    this.map.on("moveend", () => this.refresh());
    followPrinting(this.map, this.element, () => this.fit());
    if (!this.view.isWhole) {
      return;
    }
    if (!document.getElementById("answer")) {
      import("./cards.js").then(({ followCards }) => followCards());  // a page in step says so itself
    }
    document.addEventListener("find:changed", () => this.changed());
    document.addEventListener("find:point", ({ detail }) => {
      const ends = detail?.slug && this.answer.endsFor(detail.slug);
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
      const answer = await this.source.all();
      if (url === this.source.url) {
        this.map.invalidateSize({ animate: false });
        this.show(answer);
        this.showRest();
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
    const slug = this.view.isWhole && shownAsked();
    if (!slug) {
      return;
    }
    const ends = this.answer.endsFor(slug);
    const site = this.answer.sites.find((one) => one.slug === slug);
    if (ends) {
      this.lines.keep([ends]);
    } else if (site) {
      this.popups.openPlace(site, null, false);
    } else if (this.answer.is_summary) {
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
