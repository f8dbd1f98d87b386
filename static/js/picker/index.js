// A small map under each pair of latitude and longitude inputs. The inputs are the form: the map
// only fills them in, and follows what is typed. Places can be set without it.
import { drawLand } from "../map/land.js";
import { Places } from "./places.js";

const STEP = 4; // decimal places: about eleven metres
const HOME = [25, 10];
const NEAR = { site: 13, city: 10, district: 8 };
const COUNTRY = 5;

function partnerOf(latitude) {
  const name = latitude.name.replace(/latitude$/, "longitude");
  return latitude.form.elements.namedItem(name);
}

function typed(latitude, longitude) {
  const values = [latitude, longitude].map((input) => (input.value === "" ? NaN : Number(input.value)));
  const [lat, lon] = values;
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? values : null;
}

function fill(input, value) {
  input.value = value.toFixed(STEP);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

function other(latitude, name) {
  return latitude.form.elements.namedItem(latitude.name.replace(/latitude$/, name));
}

function put(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function frame(latitude) {
  const row = latitude.closest(".form-row, td") ?? latitude.parentElement;
  const box = document.createElement("div");
  box.className = "picker";
  const note = document.createElement("p");
  note.className = "help";
  note.textContent = "Click or drag to set the place, or type it above. Arrow keys move the map.";
  const exact = document.createElement("p");
  exact.className = "picker-exact";
  const canvas = document.createElement("div");
  canvas.className = "picker-map";
  canvas.setAttribute("role", "region");
  canvas.setAttribute("aria-label", "Map for choosing the place");
  const here = document.createElement("button");
  here.type = "button";
  here.className = "button";
  here.textContent = "Set the place to the middle of the map";
  box.append(canvas, exact, here, note);
  row.append(box);
  return { box, canvas, exact, here };
}

function start(latitude) {
  const longitude = partnerOf(latitude);
  if (!longitude || latitude.dataset.pickerReady) {
    return;
  }
  latitude.dataset.pickerReady = "yes";
  const { box, canvas, exact, here } = frame(latitude);
  const map = L.map(canvas, { minZoom: 1, maxZoom: 14, worldCopyJump: true, scrollWheelZoom: false });
  map.attributionControl.setPrefix(false);
  const icon = L.divIcon({ className: "picker-pin", iconSize: [20, 20] });
  const pin = L.marker(HOME, { icon, draggable: true, keyboard: false, title: "The place" });

  const choose = ({ lat, lng }) => {
    const place = L.latLng(lat, lng).wrap();
    fill(latitude, place.lat);
    fill(longitude, place.lng);
  };
  const follow = () => {
    const place = typed(latitude, longitude);
    if (place) {
      pin.setLatLng(place).addTo(map);
    } else {
      pin.remove();
    }
    return place;
  };
  const first = follow();
  map.setView(first ?? HOME, first ? 6 : 1);
  map.on("click", (event) => choose(event.latlng));
  pin.on("dragend", () => choose(pin.getLatLng()));
  here.addEventListener("click", () => choose(map.getCenter()));
  for (const input of [latitude, longitude]) {
    input.addEventListener("change", () => {
      const place = follow();
      if (place && !map.getBounds().contains(place)) {
        map.panTo(place);
      }
    });
  }
  const precision = other(latitude, "precision");
  const mark = () => {
    const known = precision?.selectedOptions[0]?.textContent ?? "";
    exact.textContent = known && typed(latitude, longitude) ? `The pin stands for: ${known.toLowerCase()}.` : "";
    canvas.classList.toggle("is-about", Boolean(precision) && precision.value !== "site");
  };
  [precision, latitude, longitude].forEach((field) => field?.addEventListener("change", mark));
  mark();

  const places = new Places(latitude.dataset.pickerPlaces, latitude.id, (place) => {
    map.setView([place.latitude, place.longitude], NEAR[place.precision] ?? COUNTRY);
    if (!place.precision) {
      return `The map shows ${place.name}. Now set the place.`;
    }
    choose({ lat: place.latitude, lng: place.longitude });
    if (precision) {
      put(precision, place.precision);
    }
    const city = other(latitude, "city");
    if (city && !city.value && place.city) {
      put(city, place.city);
    }
    return `The place is set to ${place.name}, ${place.about}.`;
  });
  box.prepend(places.box);
  // A map that was hidden while it was made, in a closed section, has no size yet.
  new ResizeObserver(() => map.invalidateSize()).observe(canvas);
  drawLand(map, latitude.dataset.pickerOutlines);
}

for (const input of document.querySelectorAll("input[data-picker-outlines][name$='latitude']")) {
  start(input);
}
