// A visitor's own texts, chosen or dropped anywhere on the page. A file is read here and sent as text: the server never
// stores a file.

import { act, say } from "./actions.js";

const LARGEST = 300_000; // bytes, as in uploads.py

// Sends files to be asked about, one after the other.
export async function add(files) {
  for (const file of files) {
    if (file.size > LARGEST) {
      const sizes = `${file.size.toLocaleString("en")} bytes; at most ${LARGEST.toLocaleString("en")}`;
      say(`${file.name} has ${sizes} can be added here. Cut it into parts.`, true);
      continue;
    }
    let text;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      say(`${file.name} is not UTF-8 text. Save it as plain UTF-8 text (.txt), then add that.`, true);
      continue;
    }
    say(`Reading ${file.name} …`);
    act("upload", { name: file.name, text });
  }
}

function holdsFiles(event) {
  return event.dataTransfer?.types.includes("Files");
}

let inside = 0; // elements that the dragged files are over

function drag(by) {
  inside = Math.max(0, inside + by);
  document.documentElement.classList.toggle("dropping", inside > 0);
}

document.addEventListener("dragenter", (event) => holdsFiles(event) && drag(1));
document.addEventListener("dragleave", (event) => holdsFiles(event) && drag(-1));
document.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  drag(-inside);
  add([...event.dataTransfer.files]);
});
