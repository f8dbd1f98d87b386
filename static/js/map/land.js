// The outlines of countries, bundled with the site: the map asks nobody else for anything.
import { load } from "./ahead.js";
import { across, down, pathOf } from "./flat.js";

const ANTARCTICA = "010";

// A ring's points, one after the other, as across and down. The shapes are spherical: a ring that
// jumps over the 180th meridian is drawn beyond it, or a line would cross the whole map.
function flattened(ring) {
  const jumps = ring.some(([lon], i) => i && Math.abs(lon - ring[i - 1][0]) > 180);
  const flat = new Float64Array(ring.length * 2);
  ring.forEach(([lon, lat], i) => {
    flat[2 * i] = across(jumps && lon < 0 ? lon + 360 : lon);
    flat[2 * i + 1] = down(lat);
  });
  return flat;
}

function pieceOf(country, coordinates) {
  const rings = coordinates.map(flattened);
  let [west, north, east, south] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < rings[0].length; i += 2) {
    west = Math.min(west, rings[0][i]);
    east = Math.max(east, rings[0][i]);
    north = Math.min(north, rings[0][i + 1]);
    south = Math.max(south, rings[0][i + 1]);
  }
  const latitudes = coordinates[0].map(([, lat]) => lat);
  return { country, rings, west, north, east, south, tall: Math.max(...latitudes) - Math.min(...latitudes) };
}

// Whether a point lies in a piece: a line from it to the east crosses the rings an odd number of times.
export function contains({ rings, west, north, east, south }, { lat, lng }) {
  const [x, y] = [across(lng), down(lat)];
  if (x < west || x > east || y < north || y > south) {
    return false;
  }
  let isIn = false;
  for (const ring of rings) {
    for (let i = 2; i < ring.length; i += 2) {
      const [ax, ay, bx, by] = ring.subarray(i - 2, i + 2);
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) {
        isIn = !isIn;
      }
    }
  }
  return isIn;
}

// Every island and mainland by itself: its country as the file names it, its rings, how tall it is
// in degrees.
export async function piecesOf(url) {
  const world = await load(url);
  const { features } = topojson.feature(world, world.objects.countries);
  return features.filter(({ id, geometry }) => id !== ANTARCTICA && geometry).flatMap((feature) => {
    const { geometry: { type, coordinates }, id, properties: { name } } = feature;
    return (type === "Polygon" ? [coordinates] : coordinates).map((piece) => pieceOf({ id, name }, piece));
  });
}

// One path for all of the pieces that are near what is seen: hundreds of them would be slow to draw.
export function landOf(pieces, options) {
  return pathOf((view) => pieces
    .filter(({ west, north, east, south }) => (
      east > view.west && west < view.east && south > view.north && north < view.south))
    .flatMap(({ rings }) => rings.map((ring) => outline(ring, view)))
    .join(""), { weight: 0.7, ...options });
}

// In whole pixels: points that fall together are one.
function outline(ring, { scale, left, top }) {
  let path = "";
  let [lastX, lastY] = [NaN, NaN];
  for (let i = 0; i < ring.length; i += 2) {
    const x = Math.round(ring[i] * scale - left);
    const y = Math.round(ring[i + 1] * scale - top);
    if (x !== lastX || y !== lastY) {
      path += `${path ? "L" : "M"}${x} ${y}`;
      [lastX, lastY] = [x, y];
    }
  }
  return `${path}z`;
}

export async function drawLand(map, url) {
  landOf(await piecesOf(url), { className: "land" }).addTo(map);
}
