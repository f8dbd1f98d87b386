// Asks the server for the map's data: all of it, or where that is too much, cells of each view.
import { read, take } from "./ahead.js";
import { endsOf } from "./lines.js";

// Views are asked for in whole tiles, so that small moves ask for nothing new.
const TILE = 256;
const WORLD = 180;

function withParameters(url, values) {
  const address = new URL(url, window.location.href);
  for (const [name, value] of Object.entries(values)) {
    address.searchParams.set(name, value);
  }
  return `${address.pathname}${address.search}`;
}

function turned(longitude) {
  return ((((longitude + WORLD) % 360) + 360) % 360) - WORLD;
}

// west,south,east,north in degrees, as the query string has it.
export function boxOf(bounds) {
  const isWorld = bounds.getEast() - bounds.getWest() >= 360;
  const west = isWorld ? -WORLD : turned(bounds.getWest());
  const east = isWorld ? WORLD : turned(bounds.getEast());
  const south = Math.max(-90, bounds.getSouth());
  const north = Math.min(90, bounds.getNorth());
  return [west, south, east, north].map((value) => value.toFixed(4)).join(",");
}

function wholeTiles(map, zoom) {
  const bounds = map.getBounds();
  const northWest = map.project(bounds.getNorthWest(), zoom).divideBy(TILE).floor().multiplyBy(TILE);
  const southEast = map.project(bounds.getSouthEast(), zoom).divideBy(TILE).ceil().multiplyBy(TILE);
  return L.latLngBounds(map.unproject(northWest, zoom), map.unproject(southEast, zoom));
}

export class Source {
  constructor(element) {
    this.element = element;
    this.latest = 0;
  }

  // The question's address, from the page's answer if it has one, and else from the map itself.
  get url() {
    return document.querySelector("#answer[data-map-url]")?.dataset.mapUrl ?? this.element.dataset.url;
  }

  async all() {
    const { id } = this.element.dataset;
    return new Answer(id ? JSON.parse(document.getElementById(id).textContent) : await take(this.url));
  }

  // The cells of what a map shows; null where a later view was asked for meanwhile.
  async cells(map) {
    const zoom = Math.min(18, Math.max(0, Math.round(map.getZoom())));
    const url = withParameters(this.url, { zoom, view: boxOf(wholeTiles(map, zoom)) });
    if (url === this.asked) {
      return null;
    }
    this.asked = url;
    this.latest += 1;
    const turn = this.latest;
    const data = await read(url);
    return turn === this.latest ? data : null;
  }

  forget() {
    this.asked = null;
    this.latest += 1;
  }

  // The cards of one place, as the page's fragment; null where there is no such place.
  async cards(slug) {
    const search = new URL(this.url ?? "", window.location.href).search;
    const url = withParameters(`${this.element.dataset.at}${search}`, { place: slug });
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (!answer.ok) {
      return null;
    }
    const fragment = document.createElement("div");
    fragment.innerHTML = await answer.text();
    const given = fragment.querySelector("script[type='application/json']");
    const { at, ends } = given ? JSON.parse(given.textContent) : { at: [], ends: {} };
    given?.remove();
    return { fragment, at, ends: Object.values(ends) };
  }
}

// What map.json answers to a question, and whose ends are where.
export class Answer {
  constructor(data) {
    Object.assign(this, { countries: {}, cells: [] }, data);
    this.bySlug = new Map(data.partnerships.map((partnership) => [partnership.slug, partnership]));
  }

  get places() {
    return this.is_summary ? this.cells : this.sites;
  }

  // The places that are known one by one.
  get single() {
    const single = this.cells.filter((cell) => cell.places === 1);
    return this.is_summary ? single.map((cell) => ({ ...cell, ...cell.sites[0] })) : this.sites;
  }

  ends({ sites }) {
    return sites.map((i) => this.sites[i]);
  }

  everyEnd() {
    return this.partnerships.map((partnership) => this.ends(partnership));
  }

  // The ends of everything at a site; null where only the server knows.
  endsAt({ partnerships }) {
    return partnerships?.map((i) => this.ends(this.partnerships[i])) ?? null;
  }

  // The ends of one partnership, of the map's or else of the page's; null where neither knows it.
  endsFor(slug) {
    if (this.bySlug.has(slug)) {
      return this.ends(this.bySlug.get(slug));
    }
    const shown = document.getElementById("shown-places");
    const places = shown && JSON.parse(shown.textContent)[slug];
    return places ? endsOf(places) : null;
  }
}
