// Where a popup sits: above its place or below it, and shifted to the side as far as it must be,
// so that the map stays where the person left it. Only what then still has no room moves the map.
const EDGE = 12;
// Room for the zoom buttons on the left, where the map shows them with a popup; in pixels.
const BUTTONS = 66;
const WIDE = window.matchMedia("(min-width: 48rem)");
// From the place to the near edge of the popup, and above it Leaflet's own share of that.
const AWAY = 28;
const TIP = 20;
// What a popup is higher than its content.
const FRAME = 34;
// Enough to be read without looking for the other side.
const ENOUGH = 260;
const LEAST = 140;
const MOST = 380;
const CORNER = 28;

export const padding = () => ({
  autoPanPaddingBottomRight: [EDGE, EDGE],
  autoPanPaddingTopLeft: [WIDE.matches ? BUTTONS : EDGE, EDGE],
});

// How large a popup at a place may be, in pixels, and on which side of it.
export function roomAt(map, latlng) {
  const size = map.getSize();
  const { y } = map.latLngToContainerPoint(latlng);
  const [above, below] = [y, size.y - y].map((side) => Math.floor(side - AWAY - FRAME - EDGE));
  const isBelow = above < ENOUGH && below > above;
  const width = Math.min(MOST, size.x - padding().autoPanPaddingTopLeft[0] - 44);
  const height = Math.max(LEAST, Math.min(MOST, isBelow ? below : above));
  return { isBelow, maxHeight: height, maxWidth: width, minWidth: Math.min(280, width) };
}

export function seat(map, popup) {
  const element = popup.getElement();
  const { offsetHeight: height, offsetWidth: width } = element;
  const { x } = map.latLngToContainerPoint(popup.getLatLng());
  const first = padding().autoPanPaddingTopLeft[0] + width / 2;
  const last = map.getSize().x - EDGE - width / 2;
  const most = Math.max(0, width / 2 - CORNER);
  const aside = Math.max(-most, Math.min(most, Math.max(first, Math.min(last, x)) - x));
  popup.options.offset = [aside, popup.options.isBelow ? height + AWAY : TIP - AWAY];
  element.classList.toggle("place-popup--below", popup.options.isBelow);
  element.querySelector(".leaflet-popup-tip-container").style.marginLeft = `${-TIP - aside}px`;
}
