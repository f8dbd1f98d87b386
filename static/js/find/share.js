// The address of what is shown, onto the clipboard.
const SHOWN_FOR = 2500;

export async function copyLink(button, said) {
  const label = button.textContent;
  let text = "Link copied";
  try {
    await navigator.clipboard.writeText(location.href);
  } catch {
    text = "Copy the address of this page";  // no clipboard here, or not allowed
  }
  said.textContent = text;
  button.textContent = text;
  button.disabled = true;
  setTimeout(() => {
    button.textContent = label;
    button.disabled = false;
  }, SHOWN_FOR);
}
