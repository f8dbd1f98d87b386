// Reads early what the page names as the map's: by the time that the map is made, it is there.
const loaded = new Map();

const absolute = (url) => new URL(url, window.location.href).href;

export async function read(url) {
  const answer = await fetch(url);
  if (!answer.ok) {
    throw new Error(`The map's data answered ${answer.status}`);
  }
  return answer.json();
}

// Once for each address, unless it failed.
export function load(url) {
  const key = absolute(url);
  if (!loaded.has(key)) {
    loaded.set(key, read(url));
    loaded.get(key).catch(() => loaded.delete(key));
  }
  return loaded.get(key);
}

// What was read ahead, the first time it is asked for; then anew, because answers change.
export function take(url) {
  const key = absolute(url);
  const found = loaded.get(key);
  loaded.delete(key);
  return found ?? read(url);
}

for (const { href, media } of document.querySelectorAll("link[rel=preload][as=fetch]")) {
  if (window.matchMedia(media).matches) {
    load(href);
  }
}
