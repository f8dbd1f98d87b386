// While a record is typed: others that may be the same, with links. Asked of the site a moment after
// the last key; without a script the same is said after saving.
const WAIT = 500;

function question(box) {
  const asked = new URLSearchParams();
  const form = box.closest("form") ?? document;
  const put = (name, value) => value && asked.append(name, value);
  put("name", form.querySelector("[name=name]")?.value.trim());
  put("country", form.querySelector("[name=country]")?.value);
  put("without", box.dataset.without);
  const rows = (selector, name) =>
    form.querySelectorAll(selector).forEach((field) => {
      if (!field.name.includes("__prefix__")) {
        put(name, field.value);
      }
    });
  rows("select[name^=members-][name$=-institution]", "institution");
  rows("select[name^=topic_links-][name$=-topic]", "topic");
  return asked;
}

function show(box, found) {
  const list = document.createElement("ul");
  for (const { words, records } of found) {
    const item = document.createElement("li");
    item.append(`${words}: `);
    records.forEach(({ name, url }, number) => {
      const link = document.createElement("a");
      link.href = url;
      link.target = "_blank";
      link.rel = "noopener";
      link.textContent = name;
      item.append(number ? ", " : "", link);
    });
    list.append(item);
  }
  const heading = document.createElement("p");
  heading.textContent = "Is it one of these? They open in another tab.";
  box.replaceChildren(...(found.length ? [heading, list] : []));
  box.classList.toggle("is-there", found.length > 0);
}

function start(box) {
  let timer = 0;
  let latest = question(box).toString();
  const ask = async () => {
    const asked = question(box).toString();
    if (asked === latest) {
      return;
    }
    latest = asked;
    const answer = await fetch(`${box.dataset.url}?${asked}`, { credentials: "same-origin" });
    if (answer.ok && asked === latest) {
      show(box, (await answer.json()).similar);
    }
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  };
  document.addEventListener("input", later);
  document.addEventListener("change", later);
  // The admin's autocompletes tell of a choice through jQuery alone.
  window.django?.jQuery?.(document).on("change", "select", later);
}

const box = document.querySelector("[data-similar]");
if (box) {
  start(box);
}
