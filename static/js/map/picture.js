// Sites as plain dots, for a map that is only looked at.
const MOST_DOTS = 800;

export function dotSites(map, sites) {
  const busiest = [...sites].sort((a, b) => b.count - a.count).slice(0, MOST_DOTS);
  for (const site of busiest.reverse()) {
    const shape = document.createElement("span");
    shape.className = "marker-shape";
    const size = Math.min(24, Math.round(12 + 2 * Math.sqrt(site.count - 1)));
    const side = site.side === "uk" ? "uk" : "partner";
    L.marker([site.lat, site.lon], {
      icon: L.divIcon({ className: `marker marker--${side}`, html: shape, iconSize: [size, size] }),
      interactive: false,
      keyboard: false,
    }).addTo(map);
  }
}
