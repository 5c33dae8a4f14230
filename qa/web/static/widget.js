/* The chat as one custom element, <qa-chat>, for any page. No dependencies, no inline style, no eval, no third party. */
(() => {
  "use strict";
  if (customElements.get("qa-chat")) return;

  const own = document.currentScript;
  const SERVER = own ? new URL(own.src).origin : location.origin;
  const LONGEST = 2000; // Characters of a question, as on the server.
  const KEPT = 50; // Exchanges kept in sessionStorage.
  const PATIENCE = 60_000; // Milliseconds until a question is given up.

  const STRINGS = {
    en: {
      title: "Ask the article",
      greeting: "Ask a question. Every answer is a quotation from the text.",
      placeholder: "Your question",
      send: "Ask",
      open: "Open the chat",
      close: "Close",
      clear: "Start over",
      none: "The text does not say.",
      nearest: "Nearest passage, not an answer",
      also: "Also possible",
      readAs: "Read as: ",
      show: "Show it in the text",
      notHere: "This page does not have these words. From the source:",
      waiting: "Looking for an answer",
      offline: "The server cannot be reached.",
      busy: "Too many questions at once. Try again in {seconds} s.",
      failed: "That did not work.",
      retry: "Try again",
      sure: "sure",
      likely: "likely",
      unsure: "unsure",
    },
    de: {
      title: "Fragen Sie den Artikel",
      greeting: "Stellen Sie eine Frage. Jede Antwort ist ein Zitat aus dem Text.",
      placeholder: "Ihre Frage",
      send: "Fragen",
      open: "Chat öffnen",
      close: "Schließen",
      clear: "Neu beginnen",
      none: "Das steht nicht im Text.",
      nearest: "Nächstliegende Stelle, keine Antwort",
      also: "Auch möglich",
      readAs: "Gelesen als: ",
      show: "Im Text zeigen",
      notHere: "Diese Seite hat diese Wörter nicht. Aus der Quelle:",
      waiting: "Eine Antwort wird gesucht",
      offline: "Der Server ist nicht erreichbar.",
      busy: "Zu viele Fragen auf einmal. Neuer Versuch in {seconds} s.",
      failed: "Das hat nicht geklappt.",
      retry: "Noch einmal",
      sure: "sicher",
      likely: "wahrscheinlich",
      unsure: "unsicher",
    },
    fr: {
      title: "Interrogez l’article",
      greeting: "Posez une question. Chaque réponse est une citation du texte.",
      placeholder: "Votre question",
      send: "Demander",
      open: "Ouvrir la discussion",
      close: "Fermer",
      clear: "Recommencer",
      none: "Le texte ne le dit pas.",
      nearest: "Passage le plus proche, pas une réponse",
      also: "Également possible",
      readAs: "Lu comme : ",
      show: "Montrer dans le texte",
      notHere: "Cette page ne contient pas ces mots. De la source :",
      waiting: "Recherche d’une réponse",
      offline: "Le serveur est injoignable.",
      busy: "Trop de questions à la fois. Réessayez dans {seconds} s.",
      failed: "Cela n’a pas fonctionné.",
      retry: "Réessayer",
      sure: "sûr",
      likely: "probable",
      unsure: "incertain",
    },
  };

  const STYLE = `
    :host {
      --qa-accent: #0b57d0; --qa-accent-ink: #fff; --qa-ink: #1c1b1f; --qa-soft: #5c5f66; --qa-sheet: #fff;
      --qa-ground: #f3f4f6; --qa-line: #d5d8de; --qa-mark: #ffe08a; --qa-font: system-ui, sans-serif; --qa-width: 24rem;
      --qa-height: 36rem; --qa-radius: .9rem; --qa-z: 2147483000;
      all: initial; color-scheme: light dark;
    }
    @media (prefers-color-scheme: dark) {
      :host(:not([theme="light"])) {
        --qa-accent: #9ec1ff; --qa-accent-ink: #0a2350; --qa-ink: #e7e8ea; --qa-soft: #a9adb5; --qa-sheet: #1e2024;
        --qa-ground: #292c31; --qa-line: #43474e; --qa-mark: #6b5710;
      }
    }
    :host([theme="dark"]) {
      --qa-accent: #9ec1ff; --qa-accent-ink: #0a2350; --qa-ink: #e7e8ea; --qa-soft: #a9adb5; --qa-sheet: #1e2024;
      --qa-ground: #292c31; --qa-line: #43474e; --qa-mark: #6b5710;
    }
    :host([theme="light"]) { color-scheme: light; } :host([theme="dark"]) { color-scheme: dark; }
    :host([mode="inline"]) { display: block; } [hidden] { display: none !important; }
    * { box-sizing: border-box; }
    .launcher, .panel { font: 400 1rem/1.5 var(--qa-font); color: var(--qa-ink); letter-spacing: normal; text-align: start;
      text-transform: none; visibility: visible; white-space: normal; word-spacing: normal; }
    button { font: inherit; color: inherit; background: none; border: 0; cursor: pointer; padding: 0; }
    :focus-visible { outline: 2px solid var(--qa-accent); outline-offset: 2px; }
    .launcher { position: fixed; bottom: 1rem; inset-inline-end: 1rem; z-index: var(--qa-z); min-height: 3rem;
      padding: 0 1.3rem; border-radius: 1.5rem; background: var(--qa-accent); color: var(--qa-accent-ink); font-weight: 600;
      box-shadow: 0 4px 16px #0004; }
    .panel { display: flex; flex-direction: column; background: var(--qa-sheet); color: var(--qa-ink);
      border: 1px solid var(--qa-line); border-radius: var(--qa-radius); overflow: hidden; height: var(--qa-height);
      max-height: 100%; }
    .floating { position: fixed; bottom: 5rem; inset-inline-end: 1rem; z-index: var(--qa-z); width: var(--qa-width);
      max-width: calc(100vw - 2rem); max-height: calc(100dvh - 6rem); box-shadow: 0 8px 32px #0004; }
    :host([position="left"]) :is(.launcher, .floating) { inset-inline: 1rem auto; }
    @media (max-width: 480px) { .floating { inset: 0; width: auto; max-width: none; height: auto; max-height: none;
      border: 0; border-radius: 0; } }
    header { display: flex; align-items: center; gap: .25rem; padding: .5rem .5rem .5rem 1rem;
      border-bottom: 1px solid var(--qa-line); }
    h2 { flex: 1; margin: 0; font-size: 1rem; font-weight: 650; overflow-wrap: anywhere; }
    header button { min-width: 2.75rem; min-height: 2.75rem; border-radius: .6rem; color: var(--qa-soft); font-size: .85rem;
      padding: 0 .5rem; }
    header button:hover { color: var(--qa-ink); background: var(--qa-ground); }
    .log { flex: 1; overflow: auto; padding: 1rem; overflow-wrap: anywhere; }
    .log > * { margin: 0 0 .9rem; } .greeting, .soft { color: var(--qa-soft); }
    .asked { width: fit-content; max-width: 90%; margin-inline-start: auto; padding: .45rem .8rem; border-radius: .9rem;
      background: var(--qa-ground); white-space: pre-line; unicode-bidi: plaintext; }
    .answer, .problem { padding-inline-start: .75rem; border-inline-start: 3px solid var(--qa-accent); unicode-bidi: plaintext; }
    .none, .problem { border-color: var(--qa-line); } .none > p:first-child { font-weight: 600; } p { margin: 0 0 .35rem; }
    .soft { font-size: .82rem; } blockquote { margin: .2rem 0; color: var(--qa-soft); }
    .cite { color: var(--qa-accent); font-weight: 600; min-width: 1.75rem; min-height: 1.75rem; margin: -.3rem 0; }
    .cite:hover { text-decoration: underline; }
    ul { list-style: none; margin: 0; padding: 0; }
    .retry { color: var(--qa-accent); text-decoration: underline; min-height: 2rem; }
    .waiting::after { content: ""; display: inline-block; width: 1ch; animation: wait 1.2s steps(4) infinite; }
    @keyframes wait { 0% { content: ""; } 33% { content: "."; } 66% { content: ".."; } 99% { content: "..."; } }
    @media (prefers-reduced-motion: reduce) { .waiting::after { animation: none; content: "..."; } }
    form { display: flex; align-items: flex-end; gap: .5rem; padding: .6rem; border-top: 1px solid var(--qa-line); }
    textarea { flex: 1; min-width: 0; resize: none; min-height: 2.75rem; max-height: 8rem; padding: .55rem .7rem;
      border: 1px solid var(--qa-soft); border-radius: .7rem; background: none; color: inherit; font: inherit;
      field-sizing: content; unicode-bidi: plaintext; }
    textarea::placeholder { color: var(--qa-soft); opacity: 1; }
    .send { min-height: 2.75rem; padding: 0 1rem; border-radius: .7rem; background: var(--qa-accent);
      color: var(--qa-accent-ink); font-weight: 600; }
    .send:disabled { opacity: .5; cursor: default; }
    .announced { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
    @media (forced-colors: active) { .launcher, .send { border: 1px solid; } strong { text-decoration: underline; } }
  `;
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

  /** A piece of a text between two offsets in code points, as the server counts them. */
  const piece = (text, start, end) => Array.from(text).slice(start, end).join("");

  /** What the citation says, as W3C selectors: https://www.w3.org/TR/annotation-model/#selectors */
  function selectors({ quote, start, end, passage }) {
    const from = start - passage.start;
    const to = end - passage.start;
    return [
      {
        type: "TextQuoteSelector",
        exact: quote,
        prefix: piece(passage.text, Math.max(0, from - 32), from),
        suffix: piece(passage.text, to, to + 32),
      },
      { type: "TextPositionSelector", start, end },
    ];
  }

  /** The sentence of the passage that holds the quote, in three pieces: before, quote, after. */
  function sentence({ quote, start, passage }, language) {
    const at = piece(passage.text, 0, start - passage.start).length;
    let from = 0;
    let to = passage.text.length;
    if (Intl.Segmenter) {
      for (const { segment, index } of new Intl.Segmenter(language, { granularity: "sentence" }).segment(passage.text)) {
        if (index <= at) from = index;
        if (index + segment.length >= at + quote.length) {
          to = index + segment.length;
          break;
        }
      }
    }
    return [passage.text.slice(from, at).trimStart(), quote, passage.text.slice(at + quote.length, to).trimEnd()];
  }

  /* Words in the page around the widget. */

  const SKIPPED = "script, style, noscript, template, textarea, select, qa-chat, [hidden], [aria-hidden='true']";
  const PLAIN = { "‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\u00a0": " ", "\u00ad": "" };

  /** The page's text as one string of lower-case words, each character with the place where it stands. */
  function pageText(root) {
    const places = [];
    let text = "";
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.parentElement.closest(SKIPPED)) continue;
      [...plain(node.data + " ")].forEach((character, offset) => {
        if (offset < node.data.length || !text.endsWith(" ")) add(character, node, Math.min(offset, node.data.length));
      });
    }
    function add(character, node, offset) {
      if (!character || (character === " " && text.endsWith(" "))) return;
      text += character;
      places.push([node, offset]);
    }
    return { text, places };
  }

  /** One character for each UTF-16 unit, so that offsets stay; white space, quotation marks and dashes made alike. */
  const plain = (text) =>
    text.split("").map((unit) => (/\s/.test(unit) ? " " : unit in PLAIN ? PLAIN[unit] : unit.toLowerCase().slice(0, 1)));

  const squeezed = (text) => plain(text).join("").replace(/ +/g, " ").trim();

  /** How much of two texts is alike, from their ends that face the quote, 0 to 1. */
  function alike(one, other, fromEnd) {
    const [a, b] = fromEnd ? [[...one].reverse(), [...other].reverse()] : [[...one], [...other]];
    let same = 0;
    while (same < a.length && same < b.length && a[same] === b[same]) same += 1;
    return a.length ? same / a.length : 0;
  }

  /** Where a quote stands in a text: [start, end], or null. Of several places, the one with the likest surroundings. */
  function locate(text, { exact, prefix, suffix }) {
    const quote = squeezed(exact);
    const [before, after] = [squeezed(prefix), squeezed(suffix)];
    if (!quote) return null;
    let best = null;
    let most = -1;
    for (let at = text.indexOf(quote); at >= 0; at = text.indexOf(quote, at + 1)) {
      const end = at + quote.length;
      if (/\w/.test(text[at - 1] ?? "") && /\w/.test(quote[0])) continue;
      if (/\w/.test(text[end] ?? "") && /\w/.test(quote.at(-1))) continue;
      const left = alike(before, text.slice(Math.max(0, at - 64), at).trimEnd(), true);
      const score = left + alike(after, text.slice(end, end + 64).trimStart(), false);
      if (score > most) [best, most] = [[at, end], score];
    }
    return best ?? nearly(text, quote);
  }

  /** As `locate`, where the page's wording differs slightly: the run of words that shares most with the quote's, in order. */
  function nearly(text, quote) {
    const wanted = quote.match(/[\p{L}\p{N}]+/gu) ?? [];
    if (wanted.length < 4) return null;
    const words = [...text.matchAll(/[\p{L}\p{N}]+/gu)];
    let best = null;
    let most = 0.75; // Share of words that must agree.
    words.forEach((word, first) => {
      if (!wanted.slice(0, 3).includes(word[0])) return;
      const run = words.slice(first, first + Math.ceil(wanted.length * 1.25));
      let matched = 0;
      let last = 0;
      run.forEach((other, i) => {
        const found = wanted.indexOf(other[0], matched);
        if (found >= 0 && found - matched < 3) [matched, last] = [found + 1, i];
      });
      const shared = run.slice(0, last + 1).filter((other) => wanted.includes(other[0])).length;
      const score = (2 * shared) / (wanted.length + last + 1);
      if (score > most) [best, most] = [[word.index, run[last].index + run[last][0].length], score];
    });
    return best;
  }

  /** The quote as a Range of the page, or null. */
  function rangeOf(root, selector) {
    const { text, places } = pageText(root);
    const found = locate(text, selector);
    if (!found) return null;
    const range = document.createRange();
    range.setStart(...places[found[0]]);
    const [node, offset] = places[found[1] - 1];
    range.setEnd(node, offset + 1);
    return range;
  }

  const MARK = "qa-chat";
  const markSheet = new CSSStyleSheet();
  markSheet.replaceSync(`::highlight(${MARK}) { background-color: #ffe08a; color: #1c1b1f; }`);

  /** Mark ranges of the page without touching its elements; the first is scrolled to. */
  function mark(ranges) {
    if (!("highlights" in CSS)) return false;
    if (!document.adoptedStyleSheets.includes(markSheet)) document.adoptedStyleSheets.push(markSheet);
    CSS.highlights.set(MARK, new Highlight(...ranges));
    return true;
  }

  class QaChat extends HTMLElement {
    static observedAttributes = ["heading", "greeting", "lang", "dir", "mode", "accent"];

    #root = this.attachShadow({ mode: "open" });
    #exchanges = [];
    #parts = null;
    #asking = null;

    connectedCallback() {
      this.#root.adoptedStyleSheets = [sheet];
      this.#exchanges = this.#stored();
      this.#draw();
      this.#emit("ready", {});
    }

    disconnectedCallback() {
      this.#asking?.abort();
      CSS.highlights?.delete(MARK);
    }

    attributeChangedCallback() {
      if (this.#parts && !this.#asking) this.#draw();
    }

    get server() {
      return (this.getAttribute("server") ?? SERVER).replace(/\/+$/, "");
    }

    get isOpen() {
      return this.#inline || this.#parts?.panel.hidden === false;
    }

    open() {
      if (this.isOpen) return;
      this.#parts.panel.hidden = false;
      this.#parts.launcher.setAttribute("aria-expanded", "true");
      this.#parts.box.focus();
      this.#toEnd();
      this.#emit("open", {});
    }

    close() {
      if (this.#inline || !this.isOpen) return;
      this.#parts.panel.hidden = true;
      this.#parts.launcher.setAttribute("aria-expanded", "false");
      this.#parts.launcher.focus();
      this.#emit("close", {});
    }

    toggle() {
      if (this.isOpen) this.close();
      else this.open();
    }

    destroy() {
      sessionStorage.removeItem(this.#key);
      this.remove();
    }

    /** Ask a question; resolves to the server's answer, or to null if there could be none. */
    async ask(question) {
      question = String(question).trim();
      if (!question || this.#asking) return null;
      this.open();
      const history = this.#exchanges.map(({ question, answer }) => ({ question, answer: answer.answer })).slice(-5);
      const shown = this.#show(make("p", { className: "asked", part: "question" }, question));
      const waiting = this.#show(make("p", { className: "soft waiting" }, this.#say("waiting")));
      this.#asking = new AbortController();
      this.#parts.send.disabled = true;
      this.#emit("question", { question });
      try {
        const answer = await this.#fetched(question, history);
        this.#exchanges.push({ question, answer });
        this.#store();
        waiting.replaceWith(this.#answered(answer));
        this.#parts.announced.textContent = answer.found ? answer.answer : this.#say("none");
        this.#emit("answer", { question, answer });
        return answer;
      } catch (error) {
        waiting.replaceWith(this.#failed(error.message, () => (shown.remove(), this.ask(question))));
        this.#parts.announced.textContent = error.message;
        this.#emit("error", { question, message: error.message });
        return null;
      } finally {
        this.#asking = null;
        this.#parts.send.disabled = false;
        this.#toEnd();
      }
    }

    async #fetched(question, history) {
      const body = { question, history };
      if (this.hasAttribute("document")) body.document = this.getAttribute("document");
      let response;
      try {
        response = await fetch(`${this.server}/api/v1/ask`, {
          method: "POST",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify(body),
          credentials: "omit",
          signal: AbortSignal.any([this.#asking.signal, AbortSignal.timeout(PATIENCE)]),
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

    get #inline() {
      return this.getAttribute("mode") === "inline";
    }

    get #key() {
      return `qa-chat ${this.server} ${this.getAttribute("document") ?? ""}`;
    }

    get #language() {
      const wanted = (this.getAttribute("lang") || document.documentElement.lang || "en").toLowerCase();
      return wanted.split("-")[0] in STRINGS ? wanted.split("-")[0] : "en";
    }

    #say(name) {
      return STRINGS[this.#language][name];
    }

    #emit(name, detail) {
      this.dispatchEvent(new CustomEvent(`qa-chat:${name}`, { detail, bubbles: true, composed: true }));
    }

    #stored() {
      try {
        const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "[]");
        return Array.isArray(kept) ? kept : [];
      } catch {
        return []; // Storage may be forbidden, or hold what something else wrote.
      }
    }

    #store() {
      this.#exchanges = this.#exchanges.slice(-KEPT);
      try {
        sessionStorage.setItem(this.#key, JSON.stringify(this.#exchanges));
      } catch {
        // Forbidden or full: then the conversation ends with the page.
      }
    }

    #draw() {
      const wasOpen = this.isOpen;
      const title = this.getAttribute("heading") ?? this.#say("title");
      const log = make("div", { className: "log", tabIndex: 0, role: "group", "aria-label": title, part: "log" });
      log.append(make("p", { className: "greeting", part: "greeting" }, this.getAttribute("greeting") ?? this.#say("greeting")));
      const label = this.#say("placeholder");
      const box = make("textarea", { rows: 1, placeholder: label, maxLength: LONGEST, part: "input", "aria-label": label });
      const send = make("button", { type: "submit", className: "send", part: "send" }, this.#say("send"));
      const form = make("form", { part: "form" }, box, send);
      const announced = make("div", { className: "announced", "aria-live": "polite" });
      const clear = make("button", { type: "button", onclick: () => this.#clear() }, this.#say("clear"));
      const close = make("button", { type: "button", onclick: () => this.close(), "aria-label": this.#say("close") }, "✕");
      const header = make("header", { part: "header" }, make("h2", { id: "title" }, title), clear, this.#inline ? null : close);
      const panel = make("section", { className: "panel", id: "panel", part: "panel", "aria-labelledby": "title" });
      panel.append(header, log, form, announced);
      panel.lang = this.#language;
      panel.dir = this.getAttribute("dir") ?? getComputedStyle(this.parentElement ?? this).direction;
      const launcher = make("button", { type: "button", className: "launcher", part: "launcher", "aria-controls": "panel" }, title);
      launcher.onclick = () => this.toggle();
      if (this.hasAttribute("accent")) {
        panel.style.setProperty("--qa-accent", this.getAttribute("accent"));
        launcher.style.setProperty("--qa-accent", this.getAttribute("accent"));
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
      panel.onkeydown = (event) => {
        event.stopPropagation(); // The page's own shortcuts are not for what is typed here.
        if (event.key === "Escape") this.close();
      };
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
      CSS.highlights?.delete(MARK);
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

    #answered(answer) {
      const readAs = answer.understood ? make("p", { className: "soft" }, this.#say("readAs") + answer.understood) : null;
      if (!answer.found) {
        const [nearest] = answer.nearest;
        const parts = [readAs, make("p", {}, this.#say("none"))].filter(Boolean);
        if (nearest) parts.push(make("p", { className: "soft" }, this.#say("nearest")), make("blockquote", {}, nearest.text));
        return make("div", { className: "answer none", part: "answer" }, ...parts);
      }
      const [first, ...others] = answer.citations;
      const [before, quote, after] = sentence(first, this.#language);
      const cites = [first, ...others].flatMap((citation) => [" ", this.#cite(citation)]);
      const line = make("p", {}, before, make("strong", {}, quote), after, ...cites);
      const element = make("div", { className: "answer", part: "answer" }, ...[readAs, line, this.#sureness(answer.confidence)].filter(Boolean));
      if (answer.alternatives?.length) {
        const items = answer.alternatives.map((other) =>
          make("li", {}, other.answer, " ", this.#cite(other.citation), " ", this.#sureness(other.confidence, "span")),
        );
        element.append(make("p", { className: "soft" }, this.#say("also")), make("ul", {}, ...items));
      }
      return element;
    }

    #sureness(confidence, tag = "p") {
      const word = confidence >= 0.7 ? "sure" : confidence >= 0.5 ? "likely" : "unsure";
      return make(tag, { className: "soft", title: `${Math.round(100 * confidence)} %` }, this.#say(word));
    }

    #cite(citation) {
      const label = `${this.#say("show")}: ${citation.quote}`;
      const button = make("button", { type: "button", className: "cite", part: "citation", title: citation.quote }, `[${citation.number}]`);
      button.setAttribute("aria-label", label);
      button.onclick = () => this.#cited(citation, button);
      return button;
    }

    /** Show a citation where it stands in the page around; failing that, in the panel. */
    #cited(citation, button) {
      const wanted = selectors(citation);
      const root = document.querySelector(this.getAttribute("article") || "article, main") ?? document.body;
      const range = rangeOf(root, wanted[0]);
      const marked = range !== null && mark([range]);
      this.#emit("citation", { citation, selectors: wanted, marked });
      if (marked) {
        const smooth = !matchMedia("(prefers-reduced-motion: reduce)").matches;
        range.startContainer.parentElement.scrollIntoView({ block: "center", behavior: smooth ? "smooth" : "instant" });
        if (matchMedia("(max-width: 480px)").matches) this.close();
        return;
      }
      const answer = button.closest(".answer");
      answer.querySelector(".source")?.remove();
      answer.append(
        make("div", { className: "source", role: "status" }, make("p", { className: "soft" }, this.#say("notHere")), make("blockquote", {}, citation.passage.text)),
      );
    }
  }

  customElements.define("qa-chat", QaChat);

  // The script alone, without an element, is enough: its data-* attributes become the element's.
  function mount() {
    if (!own || document.querySelector("qa-chat")) return;
    const element = document.createElement("qa-chat");
    for (const [name, value] of Object.entries(own.dataset)) element.setAttribute(name, value);
    document.body.append(element);
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mount);
  else mount();
})();
