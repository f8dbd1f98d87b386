// Starts every map on the page, when it comes into view: a hidden map asks for nothing.
import { followCards } from "./cards.js";
import { drawLand } from "./land.js";
import { Lines } from "./lines.js";
import { Markers } from "./markers.js";
import { Panel } from "./panel.js";
import { dotSites } from "./picture.js";

const WORLD = [[-56, -170], [80, 178]];
const CREDIT = "Made with Natural Earth";

function createMap(element, mode) {
  const still = mode === "picture";
  const explore = mode === "explore";
  const map = L.map(element.querySelector("[data-canvas]"), {
    attributionControl: false,
    boxZoom: !still,
    doubleClickZoom: !still,
    dragging: explore || (!still && !L.Browser.mobile),
    keyboard: !still,
    maxBounds: [[-80, -200], [88, 200]],
    maxZoom: element.dataset.tiles ? 15 : 10,
    minZoom: 1,
    scrollWheelZoom: explore,
    touchZoom: !still,
    zoomControl: !still,
    zoomSnap: 0.25,
  });
  L.control.attribution({ prefix: false }).addAttribution(CREDIT).addTo(map);
  map.fitBounds(WORLD);
  return map;
}

function addGround(map, element) {
  const { tiles, tilesAttribution, outlines } = element.dataset;
  if (tiles) {
    L.tileLayer(tiles, { attribution: tilesAttribution }).addTo(map);
    return Promise.resolve();
  }
  return drawLand(map, outlines);
}

async function readData(element) {
  if (element.dataset.id) {
    return JSON.parse(document.getElementById(element.dataset.id).textContent);
  }
  const answer = await fetch(element.dataset.url, { headers: { Accept: "application/json" } });
  if (!answer.ok) {
    throw new Error(`The map's data answered ${answer.status}`);
  }
  return answer.json();
}

function fit(map, sites, mode) {
  if (!sites.length) {
    return;
  }
  const bounds = L.latLngBounds(sites.map((site) => [site.lat, site.lon]));
  map.fitBounds(bounds, { padding: mode === "picture" ? [24, 24] : [36, 36], maxZoom: 6, animate: false });
}

async function start(element) {
  const mode = element.dataset.map;
  const note = element.querySelector("[data-note]");
  try {
    const map = createMap(element, mode);
    const [data] = await Promise.all([readData(element), addGround(map, element)]);
    fit(map, data.sites, mode);
    note.replaceChildren();
    const lines = new Lines(map, data);
    if (mode === "picture") {
      dotSites(map, data.sites);
    } else {
      const panel = new Panel(element, data, lines);
      const markers = new Markers(map, data, {
        onSite: (site) => panel.showSite(site),
        onCluster: (sites) => panel.showPlaces(sites),
      });
      panel.onChoose = (site) => markers.choose(site);
      panel.onBothEnds = (sites) => fit(map, sites, mode);
      panel.showUnplaced(note);
      followCards(data, lines);
      if (data.partnerships.length === 1) {
        lines.show([0]);
      }
    }
    element.dataset.ready = "true";
  } catch (error) {
    note.textContent = "The map cannot be shown at the moment. The list has everything that is on it.";
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
