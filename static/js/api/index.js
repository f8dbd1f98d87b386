// Asks what a form says, and shows the answer below it. Opens what the address names.
const MOST = 40_000;
const SHOWN = ["content-type", "content-length", "etag", "last-modified", "link", "location", "retry-after", "ratelimit"];
const key = document.getElementById("api-key");

function values(input) {
  const text = input.value.trim();
  const parts = "many" in input.dataset ? text.split(",").map((part) => part.trim()) : [text];
  return parts.filter((part) => part !== "");
}

function question(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  const headers = {};
  for (const input of form.querySelectorAll("[data-in]")) {
    for (const value of values(input)) {
      if (input.dataset.in === "path") {
        path = path.replace(`{${input.name}}`, encodeURIComponent(value));
      } else if (input.dataset.in === "header") {
        headers[input.name] = value;
      } else {
        query.append(input.name, value);
      }
    }
  }
  if (key.value.trim()) {
    headers.Authorization = `Bearer ${key.value.trim()}`;
  }
  const options = { method: form.dataset.try, headers, credentials: "omit", cache: "no-store" };
  const body = form.querySelector("[data-body]");
  if (body) {
    headers["Content-Type"] = "application/json";
    options.body = body.value;
  }
  return [path + (query.size ? `?${query}` : ""), options];
}

function inLines(text, type) {
  if (type.includes("json") && !type.includes("ndjson")) {
    try {
      return JSON.stringify(JSON.parse(text), null, 1);
    } catch {
      return text;
    }
  }
  return text;
}

async function ask(event) {
  event.preventDefault();
  const form = event.currentTarget;
  const output = form.querySelector("[data-output]");
  const status = form.querySelector("[data-status]");
  const [address, options] = question(form);
  output.hidden = false;
  status.textContent = "Asking …";
  form.querySelector("[data-asked]").textContent = `${options.method} ${location.origin}${address}`;
  const began = performance.now();
  try {
    const answer = await fetch(address, options);
    const text = await answer.text();
    const took = Math.round(performance.now() - began);
    const type = answer.headers.get("Content-Type") ?? "";
    const written = inLines(text, type);
    const rest = written.length > MOST ? `\n… and ${(written.length - MOST).toLocaleString("en-GB")} more characters` : "";
    status.textContent = `${answer.status} ${answer.statusText}, ${took.toLocaleString("en-GB")} ms`;
    form.querySelector("[data-headers]").textContent = SHOWN.filter((name) => answer.headers.has(name))
      .map((name) => `${name}: ${answer.headers.get(name)}`)
      .join("\n");
    form.querySelector("[data-answer]").textContent = written.slice(0, MOST) + rest;
  } catch {
    status.textContent = "No answer: is there a connection?";
    form.querySelector("[data-headers]").textContent = "";
    form.querySelector("[data-answer]").textContent = "";
  }
}

function openNamed() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) {
    named.open = true;
    requestAnimationFrame(() => named.scrollIntoView());
  }
}

for (const form of document.querySelectorAll("[data-try]")) {
  form.addEventListener("submit", ask);
  form.hidden = false;
}
const keyForm = document.querySelector("[data-key]");
keyForm.addEventListener("submit", (event) => event.preventDefault());
keyForm.hidden = false;
addEventListener("hashchange", openNamed);
openNamed();
