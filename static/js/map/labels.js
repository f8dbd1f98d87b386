// Names of countries, and close by of towns: as many as fit without touching each other.
const TOWNS_FROM = 6.5;
// From this zoom on also what the coarse outlines leave out.
const SMALL_FROM = 5;
const LETTER = 6.6;
const HEIGHT = 18;
const GAP = 4;
const MOST = 90;
// Where a name may stand, in pixels below its point: there, or clear of a marker on it.
const SHIFTS = { country: [0, 27, -27], town: [25] };

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
    lat: town.lat / town.places,
    lon: town.lon / town.places,
  })).sort((a, b) => b.count - a.count);
}

export class Labels {
  constructor(map, { countries, mainlands }) {
    this.map = map;
    this.countries = countries;
    this.mainlands = mainlands;
    this.counts = {};
    this.towns = [];
    this.layer = L.layerGroup().addTo(map);
    const pane = map.createPane("labels");
    pane.style.zIndex = 420;
    pane.setAttribute("aria-hidden", "true");
    map.on("moveend", () => this.write());
  }

  show(counts, sites) {
    this.counts = counts;
    this.towns = townsOf(sites);
    this.write();
  }

  // What could be named here, the most useful first.
  wanted() {
    const scale = (256 * 2 ** this.map.getZoom()) / 360;
    const isClose = this.map.getZoom() >= TOWNS_FROM;
    const isSmallNamed = this.map.getZoom() >= SMALL_FROM;
    const heightOf = ({ code, tall }) => (isSmallNamed ? tall : this.mainlands.get(code) ?? 0);
    const countries = this.countries
      .map((country) => ({ ...country, tall: heightOf(country), count: this.counts[country.code] ?? 0, kind: "country" }))
      .filter(({ count, tall, name }) => count || tall * scale > Math.max(22, name.length))
      .sort((a, b) => b.count - a.count || b.tall - a.tall);
    const towns = isClose ? this.towns.map((town) => ({ ...town, kind: "town" })) : [];
    return [...towns, ...countries];
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
      const half = (label.name.length * LETTER) / 2 + GAP;
      const shift = SHIFTS[label.kind].find((down) => {
        const top = point.y + down - HEIGHT / 2;
        const box = { left: point.x - half, right: point.x + half, top, bottom: top + HEIGHT };
        const isFree = (label.kind === "town" || apart(box, markers)) && apart(box, taken);
        return isFree && taken.push(box);
      });
      if (shift !== undefined) {
        this.add(label, half, shift);
      }
    }
  }

  add({ name, lat, lon, kind, count }, half, shift) {
    const text = document.createElement("span");
    text.textContent = name;
    const isBusy = count > 0 ? " map-label--busy" : "";
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
