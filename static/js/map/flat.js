// Paths on the flat world of web maps, which is here one wide and one high: written for each view by
// ourselves. Leaflet's own shapes project, clip and simplify every point at each zoom.
const TILE = 256;

export const across = (lon) => lon / 360 + 0.5;
export const down = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

// write(view) answers the path in pixels; view: scale, and the left and top to take away after it,
// and what is drawn, in parts of the world: west, north, east, south.
export function pathOf(write, options) {
  const Flat = L.Path.extend({
    initialize(given) {
      L.setOptions(this, { interactive: false, ...given });
    },
    _project() {},
    _update() {
      const scale = TILE * 2 ** this._map.getZoom();
      const { x: left, y: top } = this._map.getPixelOrigin();
      const { min, max } = this._renderer._bounds;
      const [west, east] = [(min.x + left) / scale, (max.x + left) / scale];
      const [north, south] = [(min.y + top) / scale, (max.y + top) / scale];
      this._renderer._setPath(this, write({ scale, left, top, west, north, east, south }) || "M0 0");
    },
  });
  return new Flat(options);
}
