// The list of documents: finding one by its name, and choosing some of them.

const MOST = 500; // as in render.py

// The ids of the documents whose boxes are ticked.
export function picked() {
  return [...document.querySelectorAll("#article .pick:checked")].map((box) => box.id.replace("pick-", ""));
}

let waiting;

// The list shows those that have all the words, and those that are ticked.
document.addEventListener("input", ({ target }) => {
  if (target.id !== "find") return;
  clearTimeout(waiting);
  if (document.querySelector("#article .more")) waiting = setTimeout(() => fetchFound(target.value), 200);
  else filter(target.value);
});

function filter(wanted) {
  const words = wanted.toLowerCase().split(/\s+/);
  for (const item of document.querySelectorAll("#article li")) {
    const text = item.textContent.toLowerCase();
    item.hidden = !words.every((word) => text.includes(word)) && !item.querySelector(".pick:checked");
  }
}

// Of a list too long to be here in full, the server finds them.
async function fetchFound(wanted) {
  const response = await fetch(`api/v1/documents?${new URLSearchParams({ find: wanted, limit: MOST })}`);
  if (!response.ok || document.getElementById("find")?.value !== wanted) return;
  const { documents } = await response.json();
  const list = document.querySelector("#article ul");
  const ticked = [...list.querySelectorAll("li:has(.pick:checked)")];
  const there = new Set(ticked.map((item) => item.querySelector(".pick").id));
  list.replaceChildren(...ticked, ...documents.filter(({ id }) => !there.has(`pick-${id}`)).map(item));
}

function item({ id, title, source }) {
  const box = Object.assign(document.createElement("input"), { type: "checkbox", className: "pick", id: `pick-${id}` });
  box.setAttribute("aria-label", "Ask this document");
  const link = Object.assign(document.createElement("a"), { className: "choose", id: `choose-${id}`, href: `?document=${id}` });
  link.textContent = title;
  const place = document.createElement("small");
  place.textContent = source;
  const made = document.createElement("li");
  made.append(box, link, place);
  return made;
}
