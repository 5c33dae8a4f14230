// The quotation behind a citation's number, shown while the number is pointed at or has the focus. It stays while the
// pointer is over it, and Escape hides it (WCAG 1.4.13).

const MARGIN = 8; // pixels between the preview and the screen's edge

let panel = null;
let of = null; // the link whose quotation is shown
let hiding;

function show(link) {
  const text = document.getElementById(link.id.replace(/^cite-/, "preview-"));
  if (!text) return;
  clearTimeout(hiding);
  if (!panel) {
    panel = document.body.appendChild(document.createElement("div"));
    panel.id = "preview";
    // The text in the message already describes the link to a screen reader.
    panel.setAttribute("aria-hidden", "true");
    panel.addEventListener("pointerenter", () => clearTimeout(hiding));
    panel.addEventListener("pointerleave", hideSoon);
  }
  panel.replaceChildren(...[...text.childNodes].map((node) => node.cloneNode(true)));
  panel.className = "shown";
  of = link;
  place();
}

// Puts the preview above its link, or below it where there is no room.
function place() {
  const at = of.getBoundingClientRect();
  const { width, height } = panel.getBoundingClientRect();
  const left = Math.min(Math.max(MARGIN, at.left + at.width / 2 - width / 2), innerWidth - width - MARGIN);
  const above = at.top - height - MARGIN;
  panel.style.left = `${left}px`;
  panel.style.top = `${above >= MARGIN ? above : at.bottom + MARGIN}px`;
}

export function hidePreview() {
  clearTimeout(hiding);
  of = null;
  if (panel) panel.className = "";
}

function hideSoon() {
  clearTimeout(hiding);
  hiding = setTimeout(hidePreview, 150);
}

function citation(target) {
  return target instanceof Element ? target.closest("#messages a.cite") : null;
}

document.addEventListener("pointerover", ({ target, pointerType }) => {
  // A touch does not show the preview: it follows the link.
  if (citation(target) && pointerType !== "touch") show(citation(target));
});
document.addEventListener("pointerout", ({ target }) => citation(target) && hideSoon());
document.addEventListener("focusin", ({ target }) => citation(target)?.matches(":focus-visible") && show(citation(target)));
document.addEventListener("focusout", ({ target }) => citation(target) && hidePreview());
document.addEventListener("keydown", ({ key, target }) => {
  // The next answer scrolls the conversation: the preview would move with its link, under the pointer, which keeps it open.
  if (key === "Escape" || (key === "Enter" && target.closest?.("#question"))) hidePreview();
});
document.addEventListener("scroll", () => of && place(), true);
