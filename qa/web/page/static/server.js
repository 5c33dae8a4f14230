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
let problems = []; // those that are being shown

// Says something in passing, on the screen and to a screen reader. What went wrong is not taken away by what goes well.
export function say(text, problem = false) {
  problems = problem ? [...problems.filter((one) => one !== text), text] : problems;
  let place = document.getElementById("say");
  if (!place) {
    place = document.body.appendChild(document.createElement("div"));
    place.id = "say";
    place.setAttribute("role", "status");
  }
  place.className = problems.length ? "shown problem" : "shown";
  place.textContent = (problem ? problems : [...problems, text]).join("\n");
  clearTimeout(hiding);
  // What went wrong stays for as long as it takes to read it.
  hiding = setTimeout(() => ((place.className = ""), (problems = [])), problems.length ? 12_000 : 4_000);
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
