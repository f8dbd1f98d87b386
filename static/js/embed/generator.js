// Follows the form with the code and the preview, and copies the code.
const form = document.querySelector("[data-generator]");
const code = document.getElementById("code");
const preview = document.querySelector("[data-preview]");
const copy = document.querySelector("[data-copy]");
const copied = document.querySelector("[data-copied]");

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function follow() {
  copied.textContent = "";
  if (!form.checkValidity()) {
    return;
  }
  const { path } = form.querySelector("[name=view]:checked").dataset;
  const width = form.elements.namedItem("width").value || "100%";
  const height = form.elements.namedItem("height").value || preview.getAttribute("height");
  const attributes = {
    src: form.dataset.site + path,
    title: form.dataset.title,
    width,
    height,
    loading: "lazy",
    style: "border:0",
  };
  const written = Object.entries(attributes).map(([name, value]) => `${name}="${escaped(value)}"`);
  code.value = `<iframe ${written.join(" ")}></iframe>`;
  preview.width = width;
  preview.height = height;
  if (preview.getAttribute("src") !== path) {
    preview.setAttribute("src", path);
  }
}

async function toClipboard() {
  try {
    await navigator.clipboard.writeText(code.value);
    copied.textContent = "Copied.";
  } catch (error) {
    code.focus();
    code.select();
    copied.textContent = "Press Ctrl+C, or ⌘C, to copy.";
  }
}

form.addEventListener("input", follow);
copy.addEventListener("click", toClipboard);
copy.hidden = false;
