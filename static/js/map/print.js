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
