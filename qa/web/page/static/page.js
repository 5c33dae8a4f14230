// The page's own behaviour. Gradio renders the components. Clicks in their HTML are handled here, and what the server has
// to do goes through actions.js.

import { follow, look as lookAtMarks } from "./citations.js";
import { hidePreview } from "./preview.js";
import { act, say, whenReady } from "./actions.js";
import { add, addPage } from "./texts.js";
import { picked } from "./documents.js";

function questionBox() {
  return document.querySelector("#question textarea");
}

function ask(question) {
  act("submit", { question });
}

async function copy(text, said) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without HTTPS, only pages from one's own machine may use the clipboard.
    const area = document.body.appendChild(document.createElement("textarea"));
    area.value = text;
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    if (!copied) return say("The browser did not let the page copy it.", true);
  }
  say(said);
}

// What a click on an element does, by the selector of the element.
const clicks = {
  "a.cite": (link) => follow(link),
  "button.suggestion": (button) => {
    ask(button.textContent);
    questionBox().focus({ preventScroll: true });
  },
  "button.copy": (button) => copy(button.nextElementSibling.textContent, "Copied, with its citation."),
  "a.permalink": (link) => {
    history.replaceState(null, "", link.href);
    copy(link.href, "The link is copied, and in the address bar.");
  },
  "button.reason": (button) => {
    const [, exchange, reason] = button.id.split("-");
    act("like", { exchange: Number(exchange), reason });
  },
  "button.export": (button) => act("download", { format: button.value }),
  "#start-over": () => {
    history.replaceState(null, "", location.pathname);
    closeMenu();
    act("clear", {});
    questionBox().focus();
  },
  "#add": () => document.getElementById("file").click(),
  "#add-page": (button) => {
    button.hidden = true;
    document.getElementById("web").hidden = false;
    document.getElementById("address").focus();
  },
  "#fetch": () => addPage(document.getElementById("address").value.trim()),
  "#remove": () => act("delete", {}),
  "#back": () => document.getElementById(document.getElementById("back").value)?.focus(),
  "a.choose": (link) => act("option_select", { documents: [link.id.replace("choose-", "")] }),
  "#ask-picked": () => act("option_select", { documents: picked() }),
};

document.addEventListener("click", (event) => {
  const { target } = event;
  if (!(target instanceof Element)) return;
  if (!target.closest(".menu")) closeMenu();
  // A link that is opened in another tab or window acts as an ordinary link.
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
  for (const [selector, react] of Object.entries(clicks)) {
    const element = target.closest(selector);
    if (!element) continue;
    event.preventDefault();
    hidePreview();
    react(element);
    return;
  }
});

document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.id === "document") act("option_select", { documents: target.value.split(" ").filter(Boolean) });
  if (target.matches(".pick")) document.getElementById("ask-picked").hidden = !picked().length;
  if (target.id === "slash") localStorage.setItem("slash", target.checked ? "on" : "off");
  if (target.id === "file") {
    add([...target.files]);
    target.value = "";
  }
});


// Details that open at the lower edge are scrolled into view.
document.addEventListener("toggle", ({ target }) => target.closest("#messages") && target.scrollIntoView({ block: "nearest" }), true);

function closeMenu() {
  document.querySelector(".menu[open]")?.removeAttribute("open");
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.id === "address" && !event.isComposing) addPage(event.target.value.trim());
});

// "/" goes to the question, unless it is being typed, is part of a shortcut, or was switched off in the menu (WCAG 2.1.4).
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && document.querySelector(".menu[open]")) {
    document.querySelector(".menu summary").focus();
    closeMenu();
  }
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  if (localStorage.getItem("slash") === "off") return;
  event.preventDefault();
  questionBox()?.focus();
});

document.addEventListener("qa:said", ({ detail }) => {
  if (!detail?.judged) return;
  const chosen = document.getElementById(`reason-${detail.judged}`);
  for (const button of chosen?.parentElement.querySelectorAll(".reason") ?? []) {
    button.setAttribute("aria-pressed", String(button === chosen));
  }
});

// Asks what is in the address of the page.
whenReady(() => {
  const asked = new URLSearchParams(location.search);
  const documents = asked.getAll("document");
  if (asked.get("q")) act("submit", { question: asked.get("q"), documents });
  else if (documents.length) act("option_select", { documents });
});

// Completes what Gradio rendered: labels for screen readers, and the state of the box that switches the / key.
function describe() {
  // Gradio labels each message with its HTML source, which would be read out instead of the message.
  for (const message of document.querySelectorAll("#messages [data-testid][aria-label]")) {
    message.removeAttribute("aria-label");
  }
  const slash = document.getElementById("slash");
  if (slash && !slash.dataset.read) {
    slash.dataset.read = "yes";
    slash.checked = localStorage.getItem("slash") !== "off";
  }
}

// Not in a frame: there it would take the focus from the page around it, and scroll that page.
let beginning = window.top === window;

function focusBox() {
  const box = beginning && questionBox();
  if (!box) return;
  beginning = false;
  if (document.activeElement === document.body) box.focus();
}

let seen = 0;

// Scrolls a new question to the top of the visible conversation, so that its answer is read from the beginning.
function scrollToLatest() {
  const outcomes = document.querySelectorAll("#messages .message-row");
  if (outcomes.length === seen) return;
  const more = outcomes.length > seen;
  seen = outcomes.length;
  const pane = document.querySelector("#messages .bubble-wrap");
  const latest = [...document.querySelectorAll("#messages .asked")].at(-1);
  if (!more || !pane || !latest) return;
  const scrolls = getComputedStyle(pane).overflowY === "auto" && pane.scrollHeight > pane.clientHeight;
  const place = latest.getBoundingClientRect().top - 8;
  if (scrolls) pane.scrollTop += place - pane.getBoundingClientRect().top;
  // On a narrow screen the whole page scrolls.
  else if (place < 0 || latest.getBoundingClientRect().bottom > innerHeight) scrollBy(0, place);
}

new MutationObserver(() => {
  describe();
  focusBox();
  lookAtMarks();
  scrollToLatest();
}).observe(document.documentElement, { childList: true, subtree: true });
describe();
focusBox();
lookAtMarks();
document.documentElement.dataset.usable = "yes";
