// The list of orders a little quicker: choose all, choose a stretch with Shift, count what is chosen.

const form = document.querySelector(".bulk-scope");
const boxes = form ? [...form.querySelectorAll("input[name=order]")] : [];
const all = form?.querySelector("[data-check-all]");
const count = form?.querySelector("[data-bulk-count]");
const matching = form?.querySelector("#all-matching");
let last = null;

const tell = () => {
  const chosen = boxes.filter((box) => box.checked).length;
  if (count) count.textContent = matching?.checked ? matching.labels[0].textContent : chosen;
  if (all) {
    all.checked = chosen === boxes.length && chosen > 0;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  if (matching && !chosen) matching.checked = false;
};

form?.addEventListener("click", (event) => {
  const here = boxes.indexOf(event.target);
  if (here < 0) return;
  if (event.shiftKey && last !== null) {
    const [from, to] = [Math.min(here, last), Math.max(here, last)];
    for (const box of boxes.slice(from, to + 1)) box.checked = boxes[here].checked;
  }
  last = here;
  tell();
});

form?.addEventListener("change", (event) => {
  if (event.target === all) for (const box of boxes) box.checked = all.checked;
  tell();
});

// Whoever comes back finds the ticks the browser kept.
addEventListener("pageshow", tell);

// The link to it opens what is folded.
const unfold = () => {
  const folded = location.hash === "#save-view" && document.querySelector("#save-view");
  if (!folded) return;
  folded.open = true;
  folded.querySelector("input[type=text]").focus();
};
addEventListener("hashchange", unfold);
unfold();
