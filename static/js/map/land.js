// The outlines of countries, bundled with the site: the map asks nobody else for anything.
const ANTARCTICA = "010";

// The shapes are spherical. A ring that jumps over the 180th meridian is drawn beyond it
// instead, or a line would cross the whole map.
function unbroken(ring) {
  const jumps = ring.some(([lon], i) => i && Math.abs(lon - ring[i - 1][0]) > 180);
  return jumps ? ring.map(([lon, lat]) => [lon < 0 ? lon + 360 : lon, lat]) : ring;
}

function mended(feature) {
  const { type, coordinates } = feature.geometry;
  const fixed = type === "Polygon"
    ? coordinates.map(unbroken)
    : coordinates.map((polygon) => polygon.map(unbroken));
  return { ...feature, geometry: { type, coordinates: fixed } };
}

// How tall the tallest piece of a country is, in degrees: a few islands far apart are small.
export function heightOf({ geometry: { type, coordinates } }) {
  const pieces = type === "Polygon" ? [coordinates] : coordinates;
  return Math.max(...pieces.map(([ring]) => {
    const latitudes = ring.map(([, lat]) => lat);
    return Math.max(...latitudes) - Math.min(...latitudes);
  }));
}

const loaded = new Map();

export function load(url) {
  if (!loaded.has(url)) {
    loaded.set(url, fetch(url).then((answer) => answer.json()));
  }
  return loaded.get(url);
}

export async function shapesOf(url) {
  const world = await load(url);
  const { features } = topojson.feature(world, world.objects.countries);
  return features.filter((f) => f.id !== ANTARCTICA && f.geometry).map(mended);
}

export async function drawLand(map, url) {
  const shapes = await shapesOf(url);
  L.geoJSON(shapes, { interactive: false, style: { className: "land", weight: 0.7 } }).addTo(map);
}
