// Communication with the server: an action with its data goes to the Gradio component that listens for it, and the server's
// reply comes back as an event.

// The component may have been ready before this file was loaded.
let ready = document.documentElement.dataset.actions === "ready";
const waiting = [];

document.addEventListener("qa:ready", () => {
  ready = true;
  for (const react of waiting.splice(0)) react();
});

// Calls `react` once the component listens for actions.
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

// Shows a short notice, also to screen readers. A notice of success does not replace the notice of a problem.
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
  // A problem stays long enough to be read.
  hiding = setTimeout(() => ((place.className = ""), (problems = [])), problems.length ? 12_000 : 4_000);
}

// Says why a question did not reach the bot. Gradio's own notice says only "Error", and is hidden.
const send = window.fetch;
window.fetch = async (...request) => {
  const asks = String(request[0]).includes("/queue/join");
  let response;
  try {
    response = await send(...request);
  } catch (error) {
    if (asks) say("The server cannot be reached.", true);
    throw error;
  }
  if (asks && !response.ok) say((await response.clone().json().catch(() => ({}))).detail ?? "That did not work.", true);
  return response;
};

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
