/* The chat as one custom element, <qa-chat>, for any page. No dependencies, no inline style, no eval, no third party. */

const own = document.currentScript;
const SERVER = own ? new URL(own.src).origin : location.origin;
const LONGEST = 2000; // Characters of a question, as on the server.
const KEPT = 50; // Exchanges kept in sessionStorage.
const TURNS = 5; // Exchanges that are sent with a question.
const PATIENCE = 60_000; // Milliseconds until a question is given up.

const sheet = new CSSStyleSheet();
sheet.replaceSync(STYLE);

/** An element with properties and children; children that are strings become text, never markup. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && name !== "part") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** The passage of a citation in three pieces: before the quote, the quote, and after it. */
function around({ quote, start, passage }) {
  const at = piece(passage.text, 0, start - passage.start).length;
  return [passage.text.slice(0, at).trimStart(), quote, passage.text.slice(at + quote.length).trimEnd()];
}

/** The widget whose citation is marked in the page. */
let marker = null;

/** The widgets in the page, also those in shadow roots, which no selector finds; and the one that `mount` added. */
const connected = new Set();
let added = null;

class QaChat extends HTMLElement {
  static observedAttributes = ["heading", "greeting", "lang", "dir", "mode", "accent", "document", "server"];

  #root = this.attachShadow({ mode: "open" });
  #exchanges = [];
  #parts = null;
  #asking = null;
  #stale = false;

  /** The script alone, without an element, is enough: its data-* attributes become the element's. */
  static mount(script) {
    if (document.readyState === "loading") {
      document.addEventListener("DOMContentLoaded", () => QaChat.mount(script));
      return;
    }
    if (!script || connected.size) return;
    added = document.createElement("qa-chat");
    for (const [name, value] of Object.entries(script.dataset)) added.setAttribute(name, value);
    document.body.append(added);
  }

  connectedCallback() {
    connected.add(this);
    // A page's own element may come later than the script.
    if (this !== added) added?.remove();
    this.#root.adoptedStyleSheets = [sheet];
    this.#restart();
    this.#emit("ready", {});
  }

  disconnectedCallback() {
    connected.delete(this);
    this.#stop();
    this.#mark(null);
  }

  attributeChangedCallback(name, before, after) {
    if (!this.#parts || before === after) return;
    // Another document or server is another conversation.
    if (name === "document" || name === "server") this.#restart();
    // A pending answer needs what is drawn now; draw again when it is there.
    else if (this.#asking) this.#stale = true;
    else this.#draw();
  }

  get server() {
    return (this.getAttribute("server") ?? SERVER).replace(/\/+$/, "");
  }

  get isOpen() {
    return this.#inline || this.#parts?.panel.hidden === false;
  }

  open() {
    if (!this.#parts || this.isOpen) return;
    this.#parts.panel.hidden = false;
    this.#parts.launcher.setAttribute("aria-expanded", "true");
    this.#parts.panel.setAttribute("aria-modal", String(this.#covers));
    this.#parts.box.focus();
    this.#toEnd();
    this.#emit("open", {});
  }

  close() {
    if (this.#inline || !this.isOpen) return;
    const { panel, launcher } = this.#parts;
    const held = panel.contains(this.#root.activeElement);
    panel.hidden = true;
    launcher.setAttribute("aria-expanded", "false");
    if (held) launcher.focus({ preventScroll: true });
    this.#emit("close", {});
  }

  toggle() {
    if (this.isOpen) this.close();
    else this.open();
  }

  /** Take the element out of the page, and forget the conversation. */
  destroy() {
    this.#exchanges = [];
    this.#store();
    this.remove();
  }

  /** Ask a question; resolves to the server's answer, or to null if there could be none. */
  async ask(question) {
    question = String(question ?? "").trim();
    if (!question || !this.#parts || this.#asking) return null;
    this.open();
    const history = this.#exchanges.map(({ question, answer }) => ({ question, answer: answer.answer })).slice(-TURNS);
    const shown = this.#show(make("p", { className: "asked", part: "question" }, question));
    const waiting = this.#show(make("p", { className: "soft waiting" }, this.#say("waiting")));
    const asking = new AbortController();
    this.#asking = asking;
    this.#parts.send.disabled = true;
    this.#parts.announced.textContent = ""; // So that the same answer twice is announced twice.
    this.#emit("question", { question });
    try {
      const answer = await this.#fetched(question, history, asking.signal);
      asking.signal.throwIfAborted(); // If the page has replaced fetch, its own may ignore the signal.
      this.#exchanges.push({ question, answer });
      this.#store();
      waiting.replaceWith(this.#answered(answer));
      const verdict = answer.verdict ? `${this.#say(answer.verdict)}. ` : "";
      this.#parts.announced.textContent = answer.reply ?? (answer.found ? verdict + answer.answer : this.#say("none"));
      this.#emit("answer", { question, answer });
      return answer;
    } catch ({ message }) {
      if (asking.signal.aborted) return null;
      waiting.replaceWith(this.#failed(message, () => (shown.remove(), this.ask(question))));
      this.#parts.announced.textContent = message;
      this.#emit("error", { question, message });
      return null;
    } finally {
      if (this.#asking === asking) {
        this.#asking = null;
        this.#parts.send.disabled = false;
        this.#toEnd();
        if (this.#stale) this.#draw();
      }
    }
  }

  async #fetched(question, history, signal) {
    const body = { question, history };
    if (this.hasAttribute("document")) body.document = this.getAttribute("document");
    let response;
    try {
      response = await fetch(`${this.server}/api/v1/ask`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
        credentials: "omit",
        signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
      });
    } catch {
      throw new Error(this.#say("offline"));
    }
    const content = await response.json().catch(() => ({}));
    if (response.ok && typeof content.found === "boolean") return content;
    if (response.status === 429 || response.status === 503) {
      throw new Error(this.#say("busy").replace("{seconds}", response.headers.get("Retry-After") ?? "10"));
    }
    throw new Error(content.detail ?? this.#say("failed"));
  }

  /** Whether the panel covers the screen, as in style.css: then nothing behind it may have the focus. */
  get #covers() {
    return !this.#inline && matchMedia("(max-width: 480px)").matches;
  }

  get #inline() {
    return this.getAttribute("mode") === "inline";
  }

  get #key() {
    return `qa-chat 2 ${this.server} ${this.getAttribute("document") ?? ""}`;
  }

  get #language() {
    const wanted = (this.getAttribute("lang") || document.documentElement.lang || "en").toLowerCase().split("-")[0];
    return wanted in STRINGS ? wanted : "en";
  }

  #say(name) {
    return STRINGS[this.#language][name];
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(`qa-chat:${name}`, { detail, bubbles: true, composed: true }));
  }

  /** Give up the question that is under way; the next can be asked at once. */
  #stop() {
    this.#asking?.abort();
    this.#asking = null;
  }

  #restart() {
    this.#stop();
    this.#exchanges = this.#stored();
    this.#draw();
  }

  #stored() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "[]");
      return kept.filter(({ question, answer }) => typeof question === "string" && Array.isArray(answer.citations));
    } catch {
      return []; // Storage may be forbidden, or hold what something else wrote.
    }
  }

  #store() {
    this.#exchanges = this.#exchanges.slice(-KEPT);
    try {
      if (this.#exchanges.length) sessionStorage.setItem(this.#key, JSON.stringify(this.#exchanges));
      else sessionStorage.removeItem(this.#key);
    } catch {
      // Forbidden or full: then the conversation ends with the page.
    }
  }

  #draw() {
    this.#stale = false;
    const wasOpen = this.isOpen;
    const typed = this.#parts?.box.value ?? "";
    const title = this.getAttribute("heading") ?? this.#say("title");
    const log = make("div", { className: "log", tabIndex: 0, role: "group", "aria-label": title, part: "log" });
    log.append(make("p", { className: "greeting", part: "greeting" }, this.getAttribute("greeting") ?? this.#say("greeting")));
    const label = this.#say("placeholder");
    const box = make("textarea", { rows: 1, placeholder: label, maxLength: LONGEST, part: "input", "aria-label": label });
    box.value = typed;
    const send = make("button", { type: "submit", className: "send", part: "send" }, this.#say("send"));
    const form = make("form", { part: "form" }, box, send);
    const announced = make("div", { className: "announced", "aria-live": "polite" });
    const clear = make("button", { type: "button", className: "clear", onclick: () => this.#clear() }, this.#say("clear"));
    const close = make("button", { type: "button", onclick: () => this.close(), "aria-label": this.#say("close") }, "✕");
    const header = make("header", { part: "header" }, make("h2", { id: "title" }, title), clear, this.#inline ? null : close);
    const panel = make("section", { className: "panel", id: "panel", part: "panel", "aria-labelledby": "title" });
    panel.append(header, log, form, announced);
    const launcher = make("button", { type: "button", className: "launcher", part: "launcher", "aria-controls": "panel" }, title);
    launcher.onclick = () => this.toggle();
    for (const part of [panel, launcher]) {
      part.lang = this.#language;
      part.dir = this.getAttribute("dir") ?? getComputedStyle(this.parentElement ?? this).direction;
      if (this.hasAttribute("accent")) part.style.setProperty("--qa-accent", this.getAttribute("accent"));
    }
    if (!this.#inline) {
      panel.classList.add("floating");
      panel.setAttribute("role", "dialog");
      panel.hidden = !wasOpen;
      launcher.setAttribute("aria-expanded", String(wasOpen));
    }
    form.onsubmit = (event) => {
      event.preventDefault();
      if (!box.value.trim() || this.#asking) return;
      this.ask(box.value);
      box.value = "";
    };
    box.onkeydown = (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    };
    panel.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
      if (event.key !== "Tab" || !this.#covers) return;
      const inside = [...panel.querySelectorAll("button:enabled, textarea, .log")];
      if (this.#root.activeElement !== inside.at(event.shiftKey ? 0 : -1)) return;
      event.preventDefault();
      inside.at(event.shiftKey ? -1 : 0).focus();
    });
    // Keys that are typed here must not trigger the page's own shortcuts.
    for (const type of ["keydown", "keypress", "keyup"]) panel.addEventListener(type, (event) => event.stopPropagation());
    this.#parts = { log, box, send, panel, launcher, announced };
    this.#root.replaceChildren(...(this.#inline ? [panel] : [launcher, panel]));
    for (const { question, answer } of this.#exchanges) {
      log.append(make("p", { className: "asked", part: "question" }, question), this.#answered(answer));
    }
    this.#toEnd();
  }

  #clear() {
    this.#exchanges = [];
    this.#store();
    this.#mark(null);
    this.#stop();
    this.#draw();
    this.#parts.box.focus();
  }

  #show(element) {
    this.#parts.log.append(element);
    this.#toEnd();
    return element;
  }

  #toEnd() {
    const { log } = this.#parts;
    log.scrollTop = log.scrollHeight;
  }

  #failed(message, again) {
    const retry = make("button", { type: "button", className: "retry" }, this.#say("retry"));
    const element = make("div", { className: "problem", part: "problem" }, make("p", {}, message), retry);
    retry.onclick = () => (element.remove(), again(), this.#parts.box.focus());
    return element;
  }

  #soft(...words) {
    return make("p", { className: "soft" }, ...words);
  }

  #answered(answer) {
    const element = make("div", { className: "answer", part: "answer" });
    if (answer.reply || answer.kind === "overview") {
      const points = answer.citations.map((citation) => make("p", {}, `${citation.quote} `, this.#cite(citation)));
      element.append(make("div", { className: "says" }, answer.reply ?? "", ...points));
      return element;
    }
    if (answer.understood) element.append(this.#soft(this.#say("readAs") + answer.understood));
    if (!answer.found) {
      element.classList.add("none");
      element.append(make("p", { className: "says" }, this.#say("none")));
      const [nearest] = answer.nearest ?? [];
      if (nearest) element.append(this.#soft(this.#say("nearest")), make("blockquote", {}, nearest.text));
      return element;
    }
    const [{ around: { before, after }, quote, title, path, page }] = answer.citations;
    const verdict = answer.verdict && make("strong", {}, `${this.#say(answer.verdict)}. `);
    const cites = answer.citations.flatMap((citation) => [" ", this.#cite(citation)]);
    element.append(make("p", { className: "says" }, verdict, before, make("strong", {}, quote), after, ...cites));
    element.append(this.#soft(this.#sureness(answer.confidence), " ", [title, ...path, ...(page ? [this.#say("page") + page] : [])].join(" › ")));
    if (answer.alternatives?.length) {
      const [{ document: first }] = answer.citations;
      const items = answer.alternatives.map(({ answer, verdict, citation, confidence }) => {
        const said = verdict ? `${this.#say(verdict)}. ` : answer;
        const where = citation.document === first ? "" : ` ${citation.title}`;
        return make("li", {}, said, " ", this.#cite(citation), " ", make("span", { className: "soft" }, this.#sureness(confidence), where));
      });
      element.append(this.#soft(this.#say("also")), make("ul", {}, ...items));
    }
    return element;
  }

  #sureness(confidence) {
    const word = confidence >= 0.7 ? "sure" : confidence >= 0.5 ? "likely" : "unsure";
    return make("span", { className: "band", title: `${Math.round(100 * confidence)} %` }, this.#say(word));
  }

  #cite(citation) {
    const button = make("button", { type: "button", className: "cite", part: "citation", title: citation.quote }, `[${citation.number}]`);
    button.setAttribute("aria-label", `${this.#say("show")}: ${citation.quote}`);
    button.onclick = () => this.#cited(citation, button);
    return button;
  }

  /** Show a citation where it stands in the page around the widget; if it is not there, in the panel. */
  #cited(citation, button) {
    const wanted = selectors(citation);
    const range = rangeIn(this.#articles(), wanted);
    const marked = this.#mark(range);
    this.#emit("citation", { citation, selectors: wanted, marked });
    const answer = button.closest(".answer");
    answer.querySelector(".source")?.remove();
    if (marked) {
      const covers = this.#covers;
      if (covers) this.close();
      reveal(range, this.#inline || covers ? null : this.#parts.panel);
      return;
    }
    const [before, quote, after] = around(citation);
    const source = make("blockquote", {}, before, make("mark", {}, quote), after);
    answer.append(make("div", { className: "source", role: "status" }, this.#soft(this.#say("notHere")), source));
    answer.lastChild.scrollIntoView({ block: "nearest" });
  }

  /** Where to look for the text: in what `article` selects; else in the main part of the page, then in all of it. */
  #articles() {
    try {
      const selected = this.hasAttribute("article") ? document.querySelectorAll(this.getAttribute("article")) : [];
      if (selected.length) return [...selected];
    } catch {
      // Not a selector.
    }
    return [document.querySelector("article, main"), document.body].filter(Boolean);
  }

  /** Mark a range of the page, or with null nothing. Returns whether the range is marked now. */
  #mark(range) {
    if (!range && marker !== this) return false;
    marker = range ? this : null;
    return mark(range) && range !== null;
  }
}

customElements.define("qa-chat", QaChat);
QaChat.mount(own);
