// The lines between both ends: faint for everything, strong for what is chosen.
const STEPS = 28;
const BEND = 0.16;
const ZOOM = 3;
// Above this many the faint lines would hide the map.
const MOST_FAINT = 600;
const MANY = 60;
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

export class Lines {
  constructor(map, data) {
    this.map = map;
    this.data = data;
    this.chosen = L.layerGroup();
    this.drawFaint();
    this.chosen.addTo(map);
  }

  // One line to each partner site from the first UK site in Scotland (or the first UK site, if
  // none is), and from each other UK site to the first partner site: a fan, not every pair.
  pairs(index) {
    const sites = this.data.partnerships[index].sites;
    const home = sites.filter((i) => this.data.sites[i].side === "uk");
    const away = sites.filter((i) => this.data.sites[i].side !== "uk");
    if (!home.length || !away.length) {
      return [];
    }
    const start = home.find((i) => this.data.sites[i].nation === "SCT") ?? home[0];
    const others = home.filter((i) => i !== start);
    return [...away.map((i) => [start, i]), ...others.map((i) => [i, away[0]])];
  }

  distinct(indexes) {
    const found = new Map();
    for (const index of indexes) {
      for (const pair of this.pairs(index)) {
        found.set(pair.join("-"), pair);
      }
    }
    return [...found.values()];
  }

  drawFaint() {
    const pairs = this.distinct(this.data.partnerships.keys());
    if (pairs.length > MOST_FAINT) {
      return;
    }
    const className = pairs.length > MANY ? "link link--many" : "link";
    for (const pair of pairs) {
      this.line(pair, className).addTo(this.map);
    }
  }

  line([from, to], className) {
    const points = arc(this.map, this.data.sites[from], this.data.sites[to]);
    return L.polyline(points, { className, interactive: false, smoothFactor: 0.5, weight: 1.2 });
  }

  // Strong lines for these partnerships, instead of those before.
  show(indexes) {
    this.chosen.clearLayers();
    const pairs = this.distinct(indexes).slice(0, MOST_CHOSEN);
    for (const pair of pairs) {
      this.line(pair, "link link--casing").addTo(this.chosen);
    }
    for (const pair of pairs) {
      this.line(pair, "link link--chosen").addTo(this.chosen);
    }
  }
}
