// Brings the marked words into view: when an answer arrives, and when its number is clicked.
//
// An answer's button is #cite-E-N and its mark is #mark-E-N: citation N of exchange E. The article of an earlier exchange
// comes from the server after the click, so the mark that is wanted may have to be waited for.

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
let shown = "0"; // the exchange whose mark has been brought into view
let wanted = null; // the id of a mark that was asked for and is not there yet

function markOf(button) {
  return button.id.replace(/^cite-/, "mark-");
}

function bringIntoView(mark, asked) {
  const pane = document.getElementById("article");
  const behavior = calm.matches ? "auto" : "smooth";
  const scrolls = pane.scrollHeight > pane.clientHeight + 1;
  if (scrolls) {
    const place = mark.getBoundingClientRect();
    const frame = pane.getBoundingClientRect();
    const middle = place.top - frame.top - (frame.height - place.height) / 2;
    pane.scrollTo({ top: pane.scrollTop + middle, behavior });
  }
  if (asked) {
    mark.focus({ preventScroll: true });
    // On a narrow screen the article is below the chat: going there is for whoever asks for it.
    if (!scrolls) mark.scrollIntoView({ block: "center", behavior });
  }
  mark.classList.remove("arrived");
  void mark.offsetWidth; // so that the animation starts again
  mark.classList.add("arrived");
}

function look() {
  // Gradio labels each message with its HTML source, which a screen reader would read out instead of the message.
  for (const message of document.querySelectorAll("#messages [data-testid][aria-label]")) {
    message.removeAttribute("aria-label");
  }
  const pane = document.getElementById("article");
  if (!pane) return;
  if (!pane.hasAttribute("role")) {
    // A pane that scrolls must be reachable by keyboard.
    pane.setAttribute("role", "region");
    pane.setAttribute("aria-label", "The text that answers are quoted from");
    pane.tabIndex = 0;
  }
  const article = pane.querySelector("article[data-exchange]");
  if (!article || article.dataset.exchange === shown) return;
  shown = article.dataset.exchange;
  const mark = document.getElementById(wanted) ?? document.getElementById(`mark-${shown}-1`);
  if (mark) bringIntoView(mark, mark.id === wanted);
  wanted = null;
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("#messages button.cite");
  if (!button) return;
  event.preventDefault();
  const mark = document.getElementById(markOf(button));
  if (mark) bringIntoView(mark, true);
  else wanted = markOf(button);
});

// Escape goes back from the mark to the answer that cites it.
document.addEventListener("keydown", (event) => {
  const mark = document.activeElement;
  if (event.key !== "Escape" || !mark?.matches("#article mark[id]")) return;
  document.getElementById(mark.id.replace(/^mark-/, "cite-"))?.focus();
});

new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
look();
