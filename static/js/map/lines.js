// The lines between both ends: faint for everything, strong for what is chosen.
const STEPS = 28;
const BEND = 0.16;
const ZOOM = 3;
// Above this many the faint lines would hide the map.
const MOST_FAINT = 600;
const MOST_CHOSEN = 300;

function arc(map, from, to) {
  const a = map.project([from.lat, from.lon], ZOOM);
  const b = map.project([to.lat, to.lon], ZOOM);
  const middle = a.add(b).divideBy(2);
  const across = L.point(b.y - a.y, a.x - b.x).multiplyBy(BEND);
  const bent = a.y < b.y ? middle.subtract(across) : middle.add(across);
  const points = [];
  for (let i = 0; i <= STEPS; i += 1) {
    const t = i / STEPS;
    const point = a.multiplyBy((1 - t) ** 2).add(bent.multiplyBy(2 * t * (1 - t))).add(b.multiplyBy(t ** 2));
    points.push(map.unproject(point, ZOOM));
  }
  return points;
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
    const arcs = found.map(([from, to]) => arc(this.map, from, to));
    return L.polyline(arcs, { className, interactive: false, smoothFactor: 0.5, weight: 1.2 });
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
