// The way to the server and back: an action with its data goes to the Gradio component that listens for it, and what the
// server says of it comes back as an event.

// The component may have been there before this file was.
let ready = document.documentElement.dataset.actions === "ready";
const waiting = [];

document.addEventListener("qa:ready", () => {
  ready = true;
  for (const react of waiting.splice(0)) react();
});

// Calls `react` once the page can be acted on.
export function whenReady(react) {
  if (ready) react();
  else waiting.push(react);
}

// Asks the server for `action`, which is one of the events in page.py.
export function act(action, data) {
  whenReady(() => document.dispatchEvent(new CustomEvent("qa:do", { detail: { action, data } })));
}

let hiding;

// Says something in passing, on the screen and to a screen reader.
export function say(text, problem = false) {
  let place = document.getElementById("say");
  if (!place) {
    place = document.body.appendChild(document.createElement("div"));
    place.id = "say";
    place.setAttribute("role", "status");
  }
  place.className = problem ? "shown problem" : "shown";
  place.textContent = text;
  clearTimeout(hiding);
  // What went wrong stays for as long as it takes to read it.
  hiding = setTimeout(() => (place.className = ""), problem ? 12_000 : 4_000);
}

function download({ name, type, text }) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

document.addEventListener("qa:said", ({ detail }) => {
  if (detail?.download) download(detail.download);
  if (detail?.say) say(detail.say);
  if (detail?.problem) say(detail.problem, true);
});
