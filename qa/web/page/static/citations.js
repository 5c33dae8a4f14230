// From a citation to the marked words and back. An answer's link is #cite-E-N and its mark is #mark-E-N: citation N of
// exchange E; 0 is the nearest passage. The article of an earlier exchange comes from the server after the click, so the
// page may have to wait for the wanted mark.

import { act } from "./actions.js";

const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
let shown = "0"; // the exchange whose mark has been brought into view
let wanted = null; // the id of a mark that was asked for and is not there yet

// Goes to the words that a citation's link leads to.
export function follow(link) {
  const id = link.id.replace(/^cite-/, "mark-");
  const mark = document.getElementById(id);
  if (mark) return bringIntoView(mark, true);
  wanted = id;
  const [, exchange, number] = id.split("-").map(Number);
  act("select", { exchange, number });
}

function bringIntoView(mark, asked) {
  const pane = document.getElementById("article");
  const behavior = calm.matches ? "auto" : "smooth";
  const scrolls = pane.scrollHeight > pane.clientHeight + 1;
  if (scrolls) {
    const place = mark.getBoundingClientRect();
    const frame = pane.getBoundingClientRect();
    const middle = place.top - frame.top - Math.max(0, (frame.height - place.height) / 2);
    pane.scrollTo({ top: pane.scrollTop + middle, behavior });
  }
  if (asked) {
    mark.focus({ preventScroll: true });
    // On a narrow screen the article is below the chat: go there only if the visitor asked for it.
    if (!scrolls) mark.scrollIntoView({ block: "center", behavior });
    offerWayBack(mark, !scrolls);
  }
  mark.classList.remove("arrived");
  void mark.offsetWidth; // so that the animation starts again
  mark.classList.add("arrived");
}

// Where the article is below the chat, a button leads back. Escape leads back everywhere.
function offerWayBack(mark, needed) {
  let back = document.getElementById("back");
  if (!back) {
    back = document.body.appendChild(document.createElement("button"));
    back.id = "back";
    back.type = "button";
    back.textContent = "Back to the answer";
  }
  back.hidden = !needed;
  back.value = mark.id.replace(/^mark-/, "cite-");
}

document.addEventListener("focusin", ({ target }) => {
  const back = document.getElementById("back");
  if (back && target instanceof Element && target.closest("#chat")) back.hidden = true;
});

// Called whenever the page has changed.
export function look() {
  for (const link of document.querySelectorAll("#messages a.cite:not([aria-describedby])")) {
    link.setAttribute("aria-describedby", link.id.replace(/^cite-/, "preview-"));
  }
  const pane = document.getElementById("article");
  if (!pane) return;
  if (!pane.hasAttribute("role")) {
    // A pane that scrolls must be reachable by keyboard.
    pane.setAttribute("role", "region");
    pane.setAttribute("aria-label", "The text that answers are quoted from");
    pane.tabIndex = 0;
  }
  const mark = wanted && document.getElementById(wanted);
  const article = pane.querySelector("article[data-exchange]");
  if (mark) {
    wanted = null;
    shown = article.dataset.exchange;
    bringIntoView(mark, true);
  } else if (article && article.dataset.exchange !== shown) {
    shown = article.dataset.exchange;
    const first = document.getElementById(`mark-${shown}-1`);
    if (first) bringIntoView(first, false);
    else pane.scrollTo({ top: 0 });
  } else if (!article) shown = "0"; // A list of documents: whatever comes next is new.
}

// Arrows go from one citation to the next, and from one mark to the next; Escape goes back from a mark to its citation.
document.addEventListener("keydown", (event) => {
  const here = document.activeElement;
  const selector = ["#messages a.cite", "#article mark[id]"].find((one) => here?.matches(one));
  if (!selector || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.key === "Escape" && here.matches("mark")) {
    document.getElementById(here.id.replace(/^mark-/, "cite-"))?.focus();
  }
  const towardsEnd = getComputedStyle(here).direction === "rtl" ? "ArrowLeft" : "ArrowRight";
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  const all = [...document.querySelectorAll(selector)];
  const next = all[all.indexOf(here) + (event.key === towardsEnd ? 1 : -1)];
  if (!next) return;
  event.preventDefault();
  if (next.matches("mark")) bringIntoView(next, true);
  else next.focus();
});
