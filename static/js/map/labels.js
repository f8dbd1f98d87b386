// Names of countries, close by of towns, closer of institutions: as many as fit without touching.
const TOWNS_FROM = 6.5;
const SITES_FROM = 9;
// From this zoom on also what the coarse outlines leave out.
const SMALL_FROM = 5;
// From this zoom on a country's usual point may be far off: its name stands in the part in view.
const CLOSE_FROM = 6;
const ACROSS = 6;
const DOWN = 5;
const LETTER = 6.6;
const CAPITAL = 10;
const LONGEST = 34;
const HEIGHT = 18;
const GAP = 4;
const MOST = 90;
// Where a name may stand, in pixels below its point: there, or clear of a marker on it.
const SHIFTS = {
  country: [0, 27, -27],
  ground: [0, 27, -27, 54, -54],
  site: [25, 34],
  town: [25, 34, 42, -27, -36],
};

function apart(box, others) {
  return others.every((other) => box.right < other.left || box.left > other.right
    || box.bottom < other.top || box.top > other.bottom);
}

function townsOf(sites) {
  const found = new Map();
  for (const { town, country, lat, lon, count } of sites) {
    if (town) {
      const key = `${town} ${country}`;
      const known = found.get(key) ?? { name: town, lat: 0, lon: 0, count: 0, places: 0 };
      found.set(key, {
        ...known,
        lat: known.lat + lat,
        lon: known.lon + lon,
        count: known.count + count,
        places: known.places + 1,
      });
    }
  }
  return [...found.values()].map((town) => ({
    ...town,
    kind: "town",
    lat: town.lat / town.places,
    lon: town.lon / town.places,
  })).sort((a, b) => b.count - a.count);
}

const shortened = (name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1).trimEnd()}…` : name);

export class Labels {
  constructor(map, element, ground) {
    this.map = map;
    this.element = element;
    this.ground = ground;
    this.mainlands = ground.mainlands;
    this.counts = {};
    this.towns = [];
    this.layer = L.layerGroup().addTo(map);
    const pane = map.createPane("labels");
    pane.style.zIndex = 420;
    pane.setAttribute("aria-hidden", "true");
    L.control.scale({ imperial: false, maxWidth: 120, position: "bottomleft" }).addTo(map);
    map.on("moveend", () => this.write());
  }

  show(counts, sites) {
    this.counts = counts;
    this.towns = townsOf(sites);
    this.write();
  }

  // What could be named here, the most useful first.
  wanted() {
    const zoom = this.map.getZoom();
    const towns = zoom >= TOWNS_FROM ? this.towns : [];
    const sites = zoom >= SITES_FROM ? this.sitesInView() : [];
    return [...sites, ...towns, ...this.countriesInView(zoom)];
  }

  countriesInView(zoom) {
    const scale = (256 * 2 ** zoom) / 360;
    const heightOf = ({ code, tall }) => (zoom >= SMALL_FROM ? tall : this.mainlands.get(code) ?? 0);
    const parts = zoom >= CLOSE_FROM ? this.partsInView() : new Map();
    return this.ground.countries
      .map((country) => ({
        ...country,
        ...parts.get(country.code),
        count: this.counts[country.code] ?? 0,
        kind: zoom >= CLOSE_FROM ? "ground" : "country",
        tall: heightOf(country),
      }))
      .filter(({ count, tall, name }) => count || tall * scale > Math.max(22, name.length))
      .sort((a, b) => b.count - a.count || b.tall - a.tall);
  }

  // The middle of what is seen of each country, from points all over the view.
  partsInView() {
    const { x, y } = this.map.getSize();
    const found = new Map();
    for (let i = 0; i < ACROSS * DOWN; i += 1) {
      const point = [((i % ACROSS) + 0.5) * (x / ACROSS), (Math.floor(i / ACROSS) + 0.5) * (y / DOWN)];
      const here = this.map.containerPointToLatLng(point);
      const code = this.ground.countryAt(here);
      found.set(code, [...found.get(code) ?? [], here]);
    }
    const mean = (points, name) => points.reduce((sum, point) => sum + point[name], 0) / points.length;
    return new Map([...found].map(([code, points]) => [code, { lat: mean(points, "lat"), lon: mean(points, "lng") }]));
  }

  // Institutions that have a marker of their own here.
  sitesInView() {
    const found = [];
    this.map.eachLayer(({ site }) => site?.name && found.push({ ...site, kind: "site", name: shortened(site.name) }));
    return found.sort((a, b) => b.count - a.count);
  }

  // The boxes of what lies above the names.
  markers() {
    const boxes = [];
    this.map.eachLayer((layer) => {
      if (layer.getElement?.()?.classList.contains("marker")) {
        const [width, height] = ["width", "height"].map((name) => parseFloat(layer.getElement().style[name]));
        const { x, y } = this.map.latLngToLayerPoint(layer.getLatLng());
        boxes.push({ left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 });
      }
    });
    return boxes;
  }

  write() {
    this.element.classList.toggle("is-close", this.map.getZoom() >= CLOSE_FROM);
    this.layer.clearLayers();
    const bounds = this.map.getBounds().pad(0.05);
    const markers = this.markers();
    const taken = [];
    for (const label of this.wanted()) {
      if (taken.length >= MOST) {
        break;
      }
      if (!bounds.contains([label.lat, label.lon])) {
        continue;
      }
      const point = this.map.latLngToLayerPoint([label.lat, label.lon]);
      const half = (label.name.length * (label.kind === "ground" ? CAPITAL : LETTER)) / 2 + GAP;
      const boxAt = (down) => {
        const top = point.y + down - HEIGHT / 2;
        return { left: point.x - half, right: point.x + half, top, bottom: top + HEIGHT };
      };
      const shifts = SHIFTS[label.kind].filter((down) => apart(boxAt(down), taken));
      const clear = shifts.find((down) => apart(boxAt(down), markers));
      // Better a town half under a marker than a marker in no town.
      const shift = clear ?? (label.kind === "town" ? shifts[0] : undefined);
      if (shift !== undefined) {
        taken.push(boxAt(shift));
        this.add(label, half, shift);
      }
    }
  }

  add({ name, lat, lon, kind, count }, half, shift) {
    const text = document.createElement("span");
    text.textContent = name;
    const isBusy = count > 0 && kind !== "site" ? " map-label--busy" : "";
    L.marker([lat, lon], {
      icon: L.divIcon({
        className: `map-label map-label--${kind}${isBusy}`,
        html: text,
        iconAnchor: [half, HEIGHT / 2 - shift],
        iconSize: [half * 2, HEIGHT],
      }),
      interactive: false,
      keyboard: false,
      pane: "labels",
    }).addTo(this.layer);
  }
}
