/* Finds the words of a citation in the page around the widget, and marks them there without touching the page's elements. */

const CONTEXT = 64; // Code points before and after a quote that say which of several places is meant.
const NEIGHBOURS = 5; // Words of this context that are compared.
const TOLERANCE = 0.3; // The share of a quote's words that may differ in the page.
const SKIPPED = "script, style, noscript, template, textarea, select, svg, qa-chat, [hidden], [aria-hidden='true']";
// A word, and the marks that may join its parts: 5:50pm, 5,000, a soft hyphen.
const WORD = /[\p{L}\p{N}\p{M}]+(?:[.,:\u00ad][\p{L}\p{N}\p{M}]+)*/gu;
const NUMBER = /\p{N}/u;

/** A piece of a text between two offsets in code points, as the server counts them; JavaScript counts UTF-16 units. */
const piece = (text, start, end) => Array.from(text).slice(start, end).join("");

/** What a citation says, as W3C selectors: https://www.w3.org/TR/annotation-model/#selectors */
function selectors({ quote, start, end, passage }) {
  const from = start - passage.start;
  const to = end - passage.start;
  return [
    {
      type: "TextQuoteSelector",
      exact: quote,
      prefix: piece(passage.text, Math.max(0, from - CONTEXT), from),
      suffix: piece(passage.text, to, to + CONTEXT),
    },
    { type: "TextPositionSelector", start, end },
  ];
}

/** The words of a text and their places, without case and without the marks that join them. */
function wordsOf(text) {
  return Array.from(text.matchAll(WORD), (match) => ({
    word: match[0].replace(/[.,:\u00ad]/g, "").normalize("NFKC").toLowerCase(),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** How different two words are, 0 to 1; Infinity for different numbers: 5,000 is not almost 6,000. */
function unlike(one, other) {
  if (one === other) return 0;
  if (NUMBER.test(one + other)) return Infinity;
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  return same < 3 ? 1 : 1 - same / Math.max(one.length, other.length);
}

/**
 * The runs of a page's words that nearly match the quote: { first, last, cost }. The cost counts the words to replace, add
 * or leave out. This is Sellers' search for a pattern with errors, on words instead of letters.
 */
function runs(page, quote) {
  const most = TOLERANCE * quote.length;
  const found = [];
  // Entry i: the cost of matching the quote's first i + 1 words, and the word of the page where that match begins.
  let row = [];
  quote.forEach((word, i) => row.push({ cost: (row[i - 1]?.cost ?? 0) + left(word), first: 0 }));
  page.forEach((here, at) => {
    const next = [];
    quote.forEach((word, i) => {
      const before = i ? row[i - 1] : { cost: 0, first: at };
      const ways = [
        { cost: before.cost + unlike(word, here), first: before.first },
        { cost: row[i].cost + 1, first: row[i].first },
        { cost: (i ? next[i - 1].cost : 0) + left(word), first: i ? next[i - 1].first : at + 1 },
      ];
      next.push(ways.reduce((best, way) => (way.cost < best.cost ? way : best)));
    });
    row = next;
    const { cost, first } = row.at(-1);
    if (cost <= most && first <= at) found.push({ first, last: at, cost });
  });
  return found;

  function left(word) {
    return NUMBER.test(word) ? Infinity : 1;
  }
}

/** The share of the words around the quote that also stand around a run; 1 if there are none. */
function surroundings(page, { first, last }, before, after) {
  const left = page.slice(Math.max(0, first - NEIGHBOURS - 2), first);
  const right = page.slice(last + 1, last + NEIGHBOURS + 3);
  const shared = before.filter((word) => left.includes(word)).length + after.filter((word) => right.includes(word)).length;
  const all = before.length + after.length;
  return all ? shared / all : 1;
}

const straight = (text) => text.replace(/[‘’]/g, "'").replace(/[“”«»]/g, '"').replace(/\s/g, " ");

/** The place of a quote in a text, [start, end], or null: of the runs that match, the one whose surroundings fit best. */
function locate(text, { exact, prefix, suffix }, { start }) {
  const page = wordsOf(text);
  const words = page.map(({ word }) => word);
  const quote = wordsOf(exact);
  const before = wordsOf(prefix).slice(-NEIGHBOURS).map(({ word }) => word);
  const after = wordsOf(suffix).slice(0, NEIGHBOURS).map(({ word }) => word);
  let best = null;
  if (quote.length) {
    for (const run of runs(words, quote.map(({ word }) => word))) {
      const around = surroundings(words, run, before, after);
      // A few words may stand in many places; their surroundings must confirm that this is the one.
      if (quote.length < 4 && around < 0.4) continue;
      const candidate = { run, fit: around - run.cost / quote.length, away: Math.abs(page[run.first].start - start) };
      if (!best || candidate.fit > best.fit || (candidate.fit === best.fit && candidate.away < best.away)) best = candidate;
    }
  }
  if (!best) return null;
  // What the quote has outside of its words, such as "$" or ")", is marked here, too.
  const [lead, tail] = [exact.slice(0, quote[0].start), exact.slice(quote.at(-1).end)];
  let [from, to] = [page[best.run.first].start, page[best.run.last].end];
  if (straight(text.slice(Math.max(0, from - lead.length), from)) === straight(lead)) from -= lead.length;
  if (straight(text.slice(to, to + tail.length)) === straight(tail)) to += tail.length;
  return [from, to];
}

/** The visible text of an element, with a line break between blocks, and where each node begins. */
function textOf(root) {
  const nodes = [];
  const blocks = new Map();
  let text = "";
  let last = null;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) => {
    if (node.nodeType === Node.TEXT_NODE) return NodeFilter.FILTER_ACCEPT;
    const { display } = getComputedStyle(node);
    if (display === "none" || node.matches(SKIPPED)) return NodeFilter.FILTER_REJECT;
    blocks.set(node, /^(inline$|contents|ruby)/.test(display) ? (blocks.get(node.parentElement) ?? root) : node);
    return NodeFilter.FILTER_ACCEPT;
  });
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.nodeType !== Node.TEXT_NODE) {
      if (node.localName === "br") text += "\n";
      continue;
    }
    const block = blocks.get(node.parentElement) ?? root;
    if (block !== last) text += "\n";
    last = block;
    nodes.push({ node, start: text.length });
    text += node.data;
  }
  return { text, nodes };
}

/** The words of a citation as a Range of one of the elements, or null. */
function rangeIn(roots, [quote, position]) {
  for (const root of roots) {
    const { text, nodes } = textOf(root);
    const found = locate(text, quote, position);
    if (!found) continue;
    const range = document.createRange();
    const [first, last] = [found[0], found[1] - 1].map((at) => nodes.findLast(({ start }) => start <= at));
    range.setStart(first.node, found[0] - first.start);
    range.setEnd(last.node, found[1] - last.start);
    return range;
  }
  return null;
}

const MARK = "qa-chat";
const markSheet = new CSSStyleSheet();
markSheet.replaceSync(`::highlight(${MARK}) { background-color: #ffe08a; color: #1c1b1f; }`);

/** Mark a range of the page, instead of what was marked before; null marks nothing. False if the browser cannot. */
function mark(range) {
  if (!("highlights" in CSS)) return false;
  if (!document.adoptedStyleSheets.includes(markSheet)) document.adoptedStyleSheets.push(markSheet);
  if (range) CSS.highlights.set(MARK, new Highlight(range));
  else CSS.highlights.delete(MARK);
  return true;
}

/** Scroll a range to the middle of every box that scrolls; in the window, of the part that `panel` leaves free. */
function reveal(range, panel) {
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  // In quirks mode this is null if the body scrolls, and the body is one of the boxes below.
  const window = document.scrollingElement ?? document.documentElement;
  for (let box = range.startContainer.parentElement; box; box = box.parentElement) {
    if (box.localName === "details") box.open = true;
    if (box === window || box.scrollHeight <= box.clientHeight || !/auto|scroll/.test(getComputedStyle(box).overflowY)) continue;
    scroll(box, box.getBoundingClientRect(), "instant");
  }
  const { left, right } = range.getBoundingClientRect();
  const cover = panel?.getBoundingClientRect();
  const covered = cover && cover.top > 96 && left < cover.right && cover.left < right;
  scroll(window, { top: 0, height: covered ? cover.top : innerHeight }, behavior);

  function scroll(box, frame, behavior) {
    const { top, height } = range.getBoundingClientRect();
    box.scrollBy({ top: top + height / 2 - frame.top - frame.height / 2, behavior });
  }
}
