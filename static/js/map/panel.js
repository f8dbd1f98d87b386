// What is at the chosen place: who works together there, as links.
import { times } from "./markers.js";

function make(name, { text, className, href, children = [] } = {}) {
  const element = document.createElement(name);
  if (text) {
    element.textContent = text;
  }
  if (className) {
    element.className = className;
  }
  if (href) {
    element.href = href;
  }
  element.append(...children);
  return element;
}

// A longer list is for the list page, which has pages.
const MOST_LISTED = 100;

const ROUGH = {
  city: "Known only to its town, so the map shows an area.",
  district: "Known only to its district, so the map shows an area.",
};

export class Panel {
  constructor(element, data, lines) {
    this.data = data;
    this.lines = lines;
    this.urls = { partnerships: element.dataset.partnerships, institutions: element.dataset.institutions };
    this.onChoose = () => {};
    this.onBothEnds = () => {};
    const given = document.getElementById(element.dataset.panel);
    this.section = given || this.build(element);
    this.heading = this.section.querySelector("[data-panel-heading]");
    this.body = this.section.querySelector("[data-panel-body]");
  }

  // A map without a panel of its own gets one below, once there is something to say.
  build(element) {
    const heading = make("h3");
    heading.tabIndex = -1;
    heading.dataset.panelHeading = "";
    const body = make("div");
    body.dataset.panelBody = "";
    const section = make("section", { className: "panel map-panel", children: [heading, body] });
    section.hidden = true;
    element.append(section);
    return section;
  }

  fill(title, side, ...children) {
    this.section.hidden = false;
    this.heading.textContent = title;
    this.heading.className = side ? `end-heading end--${side}` : "";
    this.body.replaceChildren(...children);
    // Later, because the clusters move the focus to the map after a key was pressed.
    setTimeout(() => this.heading.focus());
  }

  showSite(site) {
    this.onChoose(site);
    this.lines.show(site.partnerships);
    const side = site.side === "uk" ? "UK side" : "Partner side";
    const about = make("p", { className: "muted small" });
    about.append(`${side}. ${ROUGH[site.precision] || ""} `);
    const page = `${this.urls.institutions}${site.slug}/`;
    about.append(make("a", { href: page, text: "About this institution" }));
    this.fill(site.name, site.side, about, ...this.bothEnds(site), this.linksOf(site));
  }

  // A way back to a map that holds the whole line.
  bothEnds(site) {
    const sites = [site, ...site.partnerships.flatMap((index) => this.placesOf(index))];
    if (!sites.some((other) => other.side !== site.side)) {
      return [];
    }
    const button = make("button", { className: "place-button", text: "Show both ends on the map" });
    button.type = "button";
    button.addEventListener("click", () => this.onBothEnds(sites));
    return [button];
  }

  placesOf(index) {
    return this.data.partnerships[index].sites.map((i) => this.data.sites[i]);
  }

  linksOf(site) {
    const items = site.partnerships.slice(0, MOST_LISTED).map((index) => this.partnershipItem(index, site));
    if (site.count > items.length) {
      const href = `${this.urls.partnerships}?institution=${encodeURIComponent(site.slug)}`;
      items.push(make("li", { children: [make("a", { href, text: "See all of them on the list" })] }));
    }
    return make("ul", { className: "links", children: items });
  }

  partnershipItem(index, site) {
    const partnership = this.data.partnerships[index];
    const others = this.placesOf(index).filter((other) => other.side !== site.side);
    const names = others.slice(0, 3).map((other) => other.name);
    if (others.length > 3) {
      names.push(`${others.length - 3} more`);
    }
    const link = make("a", { href: `${this.urls.partnerships}${partnership.slug}/`, text: partnership.name });
    const item = make("li", { children: [link] });
    item.append(make("div", {
      className: "others",
      text: names.length ? `with ${names.join(", ")}` : "The other end is not on the map.",
    }));
    item.addEventListener("mouseenter", () => this.lines.show([index]));
    item.addEventListener("focusin", () => this.lines.show([index]));
    item.addEventListener("mouseleave", () => this.lines.show(site.partnerships));
    return item;
  }

  showPlaces(sites) {
    const side = sites[0].side;
    this.onChoose(null);
    this.lines.show([...new Set(sites.flatMap((site) => site.partnerships))]);
    const ordered = [...sites].sort((a, b) => b.count - a.count || a.name.localeCompare(b.name, "en"));
    const items = ordered.slice(0, MOST_LISTED).map((site) => {
      const button = make("button", { className: "place-button", text: site.name });
      button.type = "button";
      button.addEventListener("click", () => this.showSite(site));
      const noun = make("span", { className: "visually-hidden", text: times(site.count, "partnership") });
      const number = make("span", { text: `${site.count}` });
      number.setAttribute("aria-hidden", "true");
      const count = make("span", { className: "muted small", children: [number, noun] });
      return make("li", { children: [button, count] });
    });
    if (ordered.length > items.length) {
      const text = `and ${times(ordered.length - items.length, "more place")}: look closer to see them`;
      items.push(make("li", { className: "muted", text }));
    }
    this.fill(times(sites.length, "place"), side, make("ul", { className: "links places", children: items }));
  }

  // How many cannot be placed, and which.
  showUnplaced(note) {
    const count = this.data.unplaced_count ?? this.data.unplaced.length;
    if (!count) {
      return;
    }
    if (!this.data.unplaced.length) {
      note.textContent = `${times(count, "partnership")} not on the map`;
      return;
    }
    const items = this.data.unplaced.map(({ slug, name }) => make("li", {
      children: [make("a", { href: `${this.urls.partnerships}${slug}/`, text: name })],
    }));
    const summary = make("summary", { text: `${count} not on the map` });
    const why = make("p", { className: "small", text: "No place is known, or may be shown, at either end." });
    const list = make("ul", { className: "plain-list", children: items });
    note.replaceChildren(make("details", { className: "more", children: [summary, why, list] }));
  }
}
