// Sites as markers, clustered by side: blue circles in the UK, orange diamonds at the other end.
const SMALLEST = 26;
const LARGEST = 46;
// How far the place may be off, in metres, and from which zoom on that is wider than the marker.
const AREAS = { city: { radius: 6000, from: 8 }, district: { radius: 28000, from: 6 } };
const SIDE_NAMES = { uk: "UK side", partner: "partner side" };

export function times(count, noun) {
  return `${count.toLocaleString("en-GB")} ${noun}${count === 1 ? "" : "s"}`;
}

function icon({ side, count, text, isRough }) {
  const size = Math.min(LARGEST, Math.round(SMALLEST + 4 * Math.sqrt(count - 1)));
  const shape = document.createElement("span");
  shape.className = "marker-shape";
  const name = document.createElement("span");
  name.className = "visually-hidden";
  name.textContent = text;
  shape.append(name);
  if (count > 1) {
    const number = document.createElement("b");
    number.setAttribute("aria-hidden", "true");
    number.textContent = count;
    shape.append(number);
  }
  const classes = ["marker", `marker--${side}`, isRough ? "marker--rough" : ""];
  return L.divIcon({ className: classes.join(" ").trim(), html: shape, iconSize: [size, size] });
}

export class Markers {
  constructor(map, data, { onSite, onCluster }) {
    this.map = map;
    this.onSite = onSite;
    this.onCluster = onCluster;
    this.groups = { uk: this.group("uk"), partner: this.group("partner") };
    this.markers = new Map();
    this.chosen = null;
    this.drawAreas(data.sites);
    for (const site of data.sites) {
      this.add(site);
    }
    Object.values(this.groups).forEach((group) => group.addTo(map));
  }

  group(side) {
    const group = L.markerClusterGroup({
      animate: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
      iconCreateFunction: (cluster) => this.clusterIcon(cluster, side),
      maxClusterRadius: 52,
      showCoverageOnHover: false,
      spiderLegPolylineOptions: { className: "link", weight: 1.2 },
      zoomToBoundsOnClick: false,
    });
    group.on("clusterclick clusterkeypress", (event) => {
      const key = event.originalEvent?.key;
      if (event.type === "clusterclick" || key === "Enter" || key === " ") {
        event.layer.zoomToBounds({ padding: [48, 48] });
        this.onCluster(event.layer.getAllChildMarkers().map((marker) => marker.site));
      }
    });
    return group;
  }

  clusterIcon(cluster, side) {
    const sites = cluster.getAllChildMarkers().map((marker) => marker.site);
    const named = new Set(sites.flatMap((site) => site.partnerships));
    const count = named.size || sites.reduce((sum, site) => sum + site.count, 0);
    const text = `${times(count, "partnership")} at ${times(sites.length, "place")}, ${SIDE_NAMES[side]}`;
    return icon({ side, count, text, isRough: false });
  }

  add(site) {
    const text = `${site.name}, ${SIDE_NAMES[site.side]}: ${times(site.count, "partnership")}`;
    const isRough = site.precision !== "site";
    const marker = L.marker([site.lat, site.lon], {
      icon: icon({ side: site.side, count: site.count, text, isRough }),
      riseOnHover: true,
      title: site.name,
    });
    marker.site = site;
    marker.on("click", () => this.onSite(site));
    marker.on("keydown", ({ originalEvent }) => {
      if (originalEvent.key === "Enter" || originalEvent.key === " ") {
        originalEvent.preventDefault();
        this.onSite(site);
      }
    });
    marker.on("add", () => this.mark(marker));
    this.markers.set(site, marker);
    this.groups[site.side === "uk" ? "uk" : "partner"].addLayer(marker);
  }

  // Show which marker is chosen, also after its cluster was opened or closed.
  choose(site) {
    const before = this.markers.get(this.chosen);
    this.chosen = site;
    [before, this.markers.get(site)].filter(Boolean).forEach((marker) => this.mark(marker));
  }

  mark(marker) {
    marker.getElement()?.classList.toggle("is-chosen", marker.site === this.chosen);
  }

  // A place known to its town or district is an area, not a false dot.
  drawAreas(sites) {
    const drawn = new Map();
    for (const { lat, lon, precision, side } of sites.filter((site) => AREAS[site.precision])) {
      const { radius, from } = AREAS[precision];
      const className = `area area--${side}`;
      const circle = L.circle([lat, lon], { className, interactive: false, radius, weight: 1.5 });
      drawn.set(`${lat} ${lon} ${precision} ${side}`, { circle, from });
    }
    const show = () => {
      for (const { circle, from } of drawn.values()) {
        const isWide = this.map.getZoom() >= from;
        if (isWide !== this.map.hasLayer(circle)) {
          circle[isWide ? "addTo" : "removeFrom"](this.map);
        }
      }
    };
    this.map.on("zoomend", show);
    show();
  }
}
