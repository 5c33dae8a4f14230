// A visitor's own texts, chosen or dropped anywhere on the page. The server keeps them in memory only.

import { act, say } from "./actions.js";

const LARGEST = 4_000_000; // bytes, as in uploads.py

// Sends files to be asked about, one after the other.
export async function add(files) {
  for (const file of files) {
    if (file.size > LARGEST) {
      const sizes = `${file.size.toLocaleString("en")} bytes; at most ${LARGEST.toLocaleString("en")}`;
      say(`${file.name} has ${sizes} can be added here. Cut it into parts.`, true);
      continue;
    }
    say(`Reading ${file.name} …`);
    act("upload", { name: file.name, content: await base64(file) });
  }
}

// Has the server fetch a page of the web.
export function addPage(address) {
  if (!address) return;
  say(`Fetching ${address} …`);
  act("input", { address });
}

// The file's bytes as base64.
function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
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
