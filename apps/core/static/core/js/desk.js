// What is quicker at the desk: keys, many rows at once, quantities, dropped files. All works without.

// Keys. They can be switched off, and are never taken from somebody who types, nor from a scanner that does.
const KEYS = "keys-off";
const keys = document.getElementById("keys");
const LEAP = 1200;
// Long ago: the clock of a page begins at 0, and nothing was pressed before that.
let leaping = -LEAP;

const toggle = keys.querySelector("[data-keys-on]");
toggle.checked = !localStorage.getItem(KEYS);
toggle.addEventListener("change", () => {
  if (toggle.checked) localStorage.removeItem(KEYS);
  else localStorage.setItem(KEYS, "yes");
});

const TYPING = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

const step = (by) => {
  const links = [...document.querySelectorAll("[data-rows] .row-link")];
  const here = document.activeElement.closest("[data-rows] tr, [data-rows] li")?.querySelector(".row-link");
  links.at(Math.min(Math.max(links.indexOf(here) + by, 0), links.length - 1))?.focus();
};

const choose = () => document.activeElement.closest("[data-rows] tr")?.querySelector(".check input")?.click();

const PRESSED = {
  "?": () => keys.showModal(),
  "/": () => document.querySelector("main :is([data-search], [type=search])")?.focus(),
  n: () => document.querySelector("[data-new]")?.click(),
  j: () => step(1),
  k: () => step(-1),
  x: choose,
  g: () => (leaping = performance.now()),
};

const leap = (letter) => {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  link?.click();
  return Boolean(link);
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  if (!toggle.checked || event.target.closest(TYPING)) return;
  if (document.querySelector("dialog[open], form[data-scan]")) return;
  const soon = performance.now() - leaping < LEAP;
  leaping = -LEAP;
  if (soon && leap(event.key)) event.preventDefault();
  else if (PRESSED[event.key]) {
    event.preventDefault();
    PRESSED[event.key]();
  }
});

// Rows: one box for all of them, Shift for all in between, and how many they are.
let last = null;

const boxes = (scope) => [...scope.querySelectorAll("tbody .check input:not(:disabled)")];

const tally = (scope) => {
  const all = boxes(scope);
  const chosen = all.filter((box) => box.checked).length;
  const head = scope.querySelector("[data-check-all]");
  if (head) {
    head.checked = chosen > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
  for (const place of scope.querySelectorAll("[data-bulk-count]")) place.textContent = chosen;
};

document.addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("tbody .check input")) return;
  const all = boxes(box.closest("table"));
  if (event.shiftKey && last?.isConnected && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((one, other) => one - other);
    for (const between of all.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});

// With Shift a browser would select the words between, and forget the box.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest?.(".check")) event.preventDefault();
});

document.addEventListener("change", (event) => {
  const scope = event.target.closest(".bulk-scope");
  if (!scope) return;
  if (event.target.matches("[data-check-all]")) {
    for (const box of boxes(scope)) box.checked = event.target.checked;
  }
  tally(scope);
});

const tallyAll = () => document.querySelectorAll(".bulk-scope").forEach(tally);
document.addEventListener("htmx:afterSettle", tallyAll);
addEventListener("pageshow", tallyAll);

// Quantities: minus and plus.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const input = button.parentElement.querySelector("input");
  if (Number(button.dataset.step) > 0) input.stepUp();
  else input.stepDown();
  for (const name of ["input", "change"]) input.dispatchEvent(new Event(name, { bubbles: true }));
});

// Files: what is dropped on the field is chosen.
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    const field = event.target.closest?.(".drop");
    const input = field?.querySelector("input[type=file]:enabled");
    if (!input) return;
    event.preventDefault();
    field.classList.toggle("over", name === "dragover");
    if (name !== "drop" || !event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
