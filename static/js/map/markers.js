// Sites and cells as markers: blue circles in the UK, orange diamonds at the other end.
import { inSentence, isStill, times } from "./words.js";

const SMALLEST = 26;
const LARGEST = 46;
// How far the place may be off, in metres.
const AREAS = { city: 6000, district: 28000 };
// Below this zoom an area is smaller than the marker on it.
const AREAS_FROM = 6;

function shapeOf({ count, text }) {
  const shape = document.createElement("span");
  shape.className = "marker-shape";
  const name = document.createElement("span");
  name.className = "visually-hidden";
  name.textContent = text;
  shape.append(name);
  if (count > 1) {
    const number = document.createElement("b");
    number.setAttribute("aria-hidden", "true");
    number.textContent = count < 10000 ? count : `${Math.round(count / 1000)}k`;
    shape.append(number);
  }
  return shape;
}

// Most sites stand in a cluster at first: the shape is made when it is shown.
function icon(given) {
  const { side, count, isRough } = given;
  const size = Math.min(LARGEST, Math.round(SMALLEST + 5 * Math.log2(count)));
  const classes = ["marker", `marker--${side}`, isRough ? "marker--rough" : "", count > 99 ? "marker--large" : ""];
  const made = L.divIcon({ className: classes.filter(Boolean).join(" "), iconSize: [size, size] });
  made.createIcon = (before) => {
    made.options.html = shapeOf(given);
    return L.DivIcon.prototype.createIcon.call(made, before);
  };
  return made;
}

function isKey({ key }) {
  return key === "Enter" || key === " ";
}

export class Markers {
  // onPlace(site, opener) and onPlaces({ sites, count, places, side, lat, lon }, opener)
  constructor(map, { onPlace, onPlaces }) {
    this.map = map;
    this.onPlace = onPlace;
    this.onPlaces = onPlaces;
    this.areas = L.layerGroup();
    this.cells = L.layerGroup().addTo(map);
    this.groups = { uk: this.group("uk"), partner: this.group("partner") };
    this.chosen = null;
    this.unknown = [];
    map.on("zoomend", () => this.drawAreas());
  }

  clear() {
    this.cells.clearLayers();
    Object.values(this.groups).forEach((group) => group.clearLayers());
  }

  showSites(sites) {
    this.clear();
    this.drawAreas(sites);
    for (const side of ["uk", "partner"]) {
      const own = sites.filter((site) => site.side === side);
      this.groups[side].addLayers(own.map((site) => this.site(site)));
      this.groups[side].addTo(this.map);
    }
  }

  showCells(cells) {
    const focused = this.cells.getLayers().find((m) => m.getElement() === document.activeElement);
    this.clear();
    const single = cells.filter((cell) => cell.places === 1).map((cell) => ({ ...cell.sites[0], ...cell }));
    this.drawAreas(single);
    cells.forEach((cell) => {
      const marker = cell.places === 1 ? this.site({ ...cell, ...cell.sites[0] }) : this.cell(cell);
      marker.addTo(this.cells);
    });
    if (focused) {
      this.nearest(focused.getLatLng())?.getElement()?.focus({ preventScroll: true });
    }
  }

  nearest(point) {
    const distance = (marker) => this.map.distance(marker.getLatLng(), point);
    return this.cells.getLayers().reduce((a, b) => (a && distance(a) <= distance(b) ? a : b), null);
  }

  group(side) {
    const group = L.markerClusterGroup({
      animate: !isStill(),
      iconCreateFunction: (cluster) => this.clusterIcon(cluster, side),
      maxClusterRadius: 52,
      showCoverageOnHover: false,
      spiderfyOnMaxZoom: false,
      spiderLegPolylineOptions: { className: "link", weight: 1.2 },
      zoomToBoundsOnClick: false,
    });
    group.on("clusterclick clusterkeydown", ({ type, layer, originalEvent }) => {
      const byKey = type === "clusterkeydown";
      if (byKey && !isKey(originalEvent)) {
        return;
      }
      originalEvent.preventDefault();
      const sites = layer.getAllChildMarkers().map((marker) => marker.site);
      const isOnePoint = !layer.getBounds().getNorthEast().distanceTo(layer.getBounds().getSouthWest());
      const isInseparable = isOnePoint || this.map.getZoom() >= this.map.getMaxZoom();
      if (byKey || isInseparable) {
        const { lat, lng } = layer.getLatLng();
        const opener = layer.getElement();
        this.onPlaces({ sites, count: this.countOf(sites), places: sites.length, side, lat, lon: lng }, opener);
      } else {
        layer.zoomToBounds({ padding: [48, 48] });
      }
    });
    return group;
  }

  countOf(sites) {
    const named = new Set(sites.flatMap((site) => site.partnerships));
    return named.size || sites.reduce((sum, site) => sum + site.count, 0);
  }

  clusterIcon(cluster, side) {
    const sites = cluster.getAllChildMarkers().map((marker) => marker.site);
    const count = this.countOf(sites);
    return icon({ side, count, text: this.several(count, sites.length, side), isRough: false });
  }

  several(count, places, side) {
    return `${times(count, "partnership")} at ${times(places, "place")}, ${inSentence(side)}`;
  }

  site(site) {
    const text = `${site.name}, ${inSentence(site.side)}: ${times(site.count, "partnership")}`;
    const isRough = site.precision !== "site";
    const given = { side: site.side, count: site.count, text, isRough };
    return this.marker(site, given, site.name, (opener) => this.onPlace(site, opener));
  }

  cell(cell) {
    const text = this.several(cell.count, cell.places, cell.side);
    const given = { side: cell.side, count: cell.count, text, isRough: false };
    return this.marker(cell, given, text, (opener) => this.onPlaces(cell, opener));
  }

  marker(site, given, title, onUse) {
    const marker = L.marker([site.lat, site.lon], { icon: icon(given), riseOnHover: true, title });
    marker.site = site;
    marker.on("click", () => onUse(marker.getElement()));
    marker.on("keydown", ({ originalEvent }) => {
      if (isKey(originalEvent)) {
        originalEvent.preventDefault();
        onUse(marker.getElement());
      }
    });
    marker.on("add", () => this.mark(marker));
    return marker;
  }

  // Show which marker is chosen, also after its cluster was opened or closed.
  choose(slug) {
    this.chosen = slug;
    this.map.eachLayer((layer) => layer.site && this.mark(layer));
  }

  mark(marker) {
    const isChosen = Boolean(this.chosen) && marker.site.slug === this.chosen;
    marker.getElement()?.classList.toggle("is-chosen", isChosen);
  }

  // A place known to its town or district is an area, not a false dot.
  drawAreas(sites = this.unknown) {
    this.unknown = sites;
    const isSeen = this.map.getZoom() >= AREAS_FROM;
    this.areas[isSeen ? "addTo" : "remove"](this.map);
    if (!isSeen || sites === this.drawn) {
      return;
    }
    this.drawn = sites;
    this.areas.clearLayers();
    const rough = sites.filter((site) => AREAS[site.precision]);
    const alike = ({ lat, lon, precision, side }) => `${lat} ${lon} ${precision} ${side}`;
    for (const { lat, lon, precision, side } of new Map(rough.map((site) => [alike(site), site])).values()) {
      const className = `area area--${side}`;
      L.circle([lat, lon], { className, interactive: false, radius: AREAS[precision], weight: 1.5 }).addTo(this.areas);
    }
  }
}
