// Where a map stands: at the place that the address names, at the area asked for, or at all it has;
// and on paper.
import { placeAsked } from "./tools.js";
import { isStill } from "./words.js";

const WORLD = [[-56, -170], [80, 178]];
// Where nothing is found: both ends of most partnerships, without the poles.
const USUAL = [[-36, -20], [60, 95]];
const CREDIT = "Made with Natural Earth";
const CLOSE = 10;
const FITTED = 6;

function createMap(element, mode) {
  const still = mode === "picture";
  const explore = mode === "explore";
  const animate = !isStill();
  const map = L.map(element.querySelector("[data-canvas]"), {
    animate,
    attributionControl: false,
    boxZoom: !still,
    doubleClickZoom: !still,
    dragging: explore || (!still && !L.Browser.mobile),
    fadeAnimation: animate,
    keyboard: !still,
    markerZoomAnimation: animate,
    maxBounds: [[-80, -200], [88, 200]],
    maxZoom: element.dataset.tiles ? 15 : CLOSE,
    minZoom: 1,
    scrollWheelZoom: explore,
    touchZoom: !still,
    zoomAnimation: animate,
    zoomControl: !still,
    zoomSnap: 0.25,
  });
  L.control.attribution({ prefix: false }).addAttribution(CREDIT).addTo(map);
  return map;
}

export class View {
  constructor(element, source) {
    this.mode = element.dataset.map;
    this.isWhole = this.mode === "explore" || this.mode === "beside";
    this.source = source;
    this.map = createMap(element, this.mode);
    this.quietly = (act) => act();
  }

  // room: what the corners of the map take, from its margin in pixels.
  place(answer, room) {
    const asked = this.isWhole && placeAsked();
    if (asked) {
      this.map.setView([asked.lat, asked.lon], asked.zoom, { animate: false });
    } else {
      this.map.fitBounds(answer.partnerships.length || answer.is_summary ? WORLD : USUAL, { animate: false });
      this.fit(answer, room);
    }
  }

  fit(answer, room) {
    const bounds = this.areaAsked() ?? this.areaOf(answer.places, room);
    if (bounds) {
      const [area, options] = bounds;
      this.quietly(() => this.map.fitBounds(area, { ...options, animate: false }));
    }
  }

  areaAsked() {
    const box = this.isWhole && new URL(this.source.url, window.location.href).searchParams.get("bbox");
    if (!box) {
      return null;
    }
    const [west, south, east, north] = box.split(",").map(Number);
    return [[[south, west], [north, east < west ? east + 360 : east]], { maxZoom: CLOSE }];
  }

  areaOf(places, room) {
    if (!places.length) {
      return null;
    }
    const margin = room(this.mode === "picture" ? 24 : 36);
    return [L.latLngBounds(places.map(({ lat, lon }) => [lat, lon])), { maxZoom: FITTED, ...margin }];
  }
}

// On paper the map has a size of its own and shows everything that it has; then it goes back.
export function followPrinting(map, element, fit) {
  let before = null;
  window.addEventListener("beforeprint", () => {
    if (!element.offsetWidth) {
      return;
    }
    map.isPrinting = true;
    before = { center: map.getCenter(), zoom: map.getZoom() };
    element.classList.add("is-printing");  // the styles of paper come after this event, too late to measure
    map.invalidateSize({ animate: false });
    fit();
  });
  window.addEventListener("afterprint", () => {
    element.classList.remove("is-printing");
    if (before) {
      map.invalidateSize({ animate: false, pan: false });
      map.setView(before.center, before.zoom, { animate: false });
      before = null;
      map.isPrinting = false;
    }
  });
}
