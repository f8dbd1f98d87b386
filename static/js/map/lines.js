// The lines between both ends: faint for everything, strong for what is chosen.
import { across, down, pathOf } from "./flat.js";

const BEND = 0.16;
// Above this many the faint lines would hide the map.
const MOST_FAINT = 600;
const MOST_CHOSEN = 300;

// From one end to the other by a point beside the middle, always to the same side of the map.
function arc(from, to) {
  const [a, b] = [from, to].map(({ lat, lon }) => ({ x: across(lon), y: down(lat) }));
  const bend = a.y < b.y ? -BEND : BEND;
  const beside = { x: (a.x + b.x) / 2 + (b.y - a.y) * bend, y: (a.y + b.y) / 2 + (a.x - b.x) * bend };
  return [a, beside, b];
}

function curve(points, { scale, left, top }) {
  const [from, by, to] = points.map(({ x, y }) => `${(x * scale - left).toFixed(1)} ${(y * scale - top).toFixed(1)}`);
  return `M${from}Q${by} ${to}`;
}

// One line to each partner end from the first UK end in Scotland (or the first UK end, if none
// is), and from each other UK end to the first partner end: a fan, not every pair.
export function pairs(ends) {
  const home = ends.filter((end) => end.side === "uk");
  const away = ends.filter((end) => end.side !== "uk");
  if (!home.length || !away.length) {
    return [];
  }
  const start = home.find((end) => end.nation === "SCT") ?? home[0];
  const others = home.filter((end) => end !== start);
  return [...away.map((end) => [start, end]), ...others.map((end) => [end, away[0]])];
}

// From the short form of the page and of fragments: [latitude, longitude, side, nation].
export const endsOf = (places) => places.map(([lat, lon, side, nation]) => ({ lat, lon, side, nation }));

const key = ({ lat, lon, side }) => `${lat} ${lon} ${side}`;

function distinct(partnerships) {
  const found = new Map();
  for (const ends of partnerships) {
    for (const pair of pairs(ends)) {
      found.set(pair.map(key).join(" "), pair);
    }
  }
  return [...found.values()];
}

export class Lines {
  constructor(map) {
    this.map = map;
    this.faint = L.layerGroup().addTo(map);
    this.kept = L.layerGroup().addTo(map);
    this.passing = L.layerGroup().addTo(map);
  }

  // All of a question, as one path: hundreds of them would be slow to draw.
  showAll(partnerships) {
    this.faint.clearLayers();
    const found = distinct(partnerships);
    if (found.length && found.length <= MOST_FAINT) {
      const className = found.length > 60 ? "link link--many" : "link";
      this.path(found, className).addTo(this.faint).bringToBack();
    }
  }

  path(found, className) {
    const arcs = found.map(([from, to]) => arc(from, to));
    return pathOf((view) => arcs.map((points) => curve(points, view)).join(""), { className, weight: 1.2 });
  }

  // Strong lines for what is chosen, until something else is: each partnership as its ends.
  keep(partnerships) {
    this.draw(this.kept, partnerships);
    this.passing.clearLayers();
    this.kept.addTo(this.map);
  }

  // Strong lines for what is only pointed at, instead of what is kept; nothing brings that back.
  pass(partnerships) {
    this.draw(this.passing, partnerships);
    this.kept[partnerships.length ? "remove" : "addTo"](this.map);
  }

  draw(layer, partnerships) {
    layer.clearLayers();
    const found = distinct(partnerships).slice(0, MOST_CHOSEN);
    if (found.length) {
      this.path(found, "link link--casing").addTo(layer);
      this.path(found, "link link--chosen").addTo(layer);
    }
    const ends = new Map(partnerships.slice(0, MOST_CHOSEN).flat().map((end) => [key(end), end]));
    for (const { lat, lon, side } of ends.values()) {
      const className = `end-dot end-dot--${side}`;
      L.circleMarker([lat, lon], { className, interactive: false, radius: 5, weight: 2 }).addTo(layer);
    }
  }
}
