/* The page /embed: snippets that can be copied, and options that change the first of them and the widget itself. */

const copied = document.querySelector("#copied");

for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = copied.textContent = "Copied";
      setTimeout(() => (button.textContent = "Copy"), 2000);
    } catch {
      // Only pages over https, or from this machine, may write to the clipboard. Elsewhere the reader copies with the keyboard.
      getSelection().selectAllChildren(code);
      copied.textContent = "Selected. Copy it with the keyboard.";
    }
  });
}

const options = document.querySelector("#options");
const launcher = document.querySelector("#launcher");
const code = options.parentElement.querySelector("code");
const plain = code.textContent;

options.addEventListener("input", () => {
  const chosen = [...new FormData(options)].filter(([name, value]) => value && value !== options.elements[name].defaultValue);
  const quoted = (value) => value.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  code.textContent = plain.replace("></script>", chosen.map(([name, value]) => ` data-${name}="${quoted(value)}"`).join("") + "></script>");
  for (const { name } of options.elements) launcher.removeAttribute(name);
  for (const [name, value] of chosen) launcher.setAttribute(name, value);
});
